"""The grade at the end, asked where the talk was had. The answer is understood in a closed conversation without opening
it again; whatever is no grade opens it, as always."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from balcao.dialogue import begin
from balcao.dialogue.commands import read_command
from balcao.dialogue.text import fold
from balcao.inbox import intake
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.moving import change
from balcao.inbox.conversations.pausing import grade
from balcao.inbox.conversations.states import Ending, Kind
from balcao.inbox.conversations.window import may_write
from balcao.inbox.models import Message
from balcao.platform.actors import Actor
from balcao.platform.events import Happened

from .given import greets, thanks
from .keeping import Stage, kept
from .rendering import RENDERERS
from .telling import speak
from .wordings import COMMENT, ENOUGH, GRADE, question, tell

FOR_A_GRADE = timedelta(hours=24)  # a number that comes later means something else; a tap never does
FOR_A_COMMENT = timedelta(minutes=30)
_TAP = re.compile(rf"{GRADE}=(10|[0-9])")
_NUMBER = re.compile(
    r"(?:nota\s*:?\s*)?(10|[0-9])(?:\s*/\s*10)?(?:\s*[!.]*|\s*[,;.!:\n–-]+\s*(\S.*))", re.DOTALL | re.I
)
_SHORTEST = 3  # characters of a comment


@dataclass(frozen=True)
class Meant:
    """What a message in a closed conversation is: a grade, a comment, or (both missing) that there is none."""

    score: int | None = None
    comment: str = ""


def ask(happened: Happened) -> None:
    """ConversationClosed, in the same transaction: how was it? Asked of whoever was served, by a person or by the
    interview, where its line asks for it, and the channel can show it and may still be written to."""
    held: Conversation = happened.subject
    if held.line is not None and not held.line.asks_grade:
        return
    asked = kept(held)
    served = held.answered_at is not None or (held.handed_at is None and asked.stage in (Stage.MORE, Stage.OVER))
    shown = held.channel in RENDERERS and may_write(held, happened.at)
    if happened.fact.kind != Ending.DONE or not served or not shown:
        return
    _expect(held, GRADE, happened.at + FOR_A_GRADE)
    actor = Actor.system(held.agency_id)
    _put(held, GRADE, f"grade:{held.reopened}:{held.last_number}", actor, happened.at)


def meant_by(held: Conversation, kind: str, text: str, details: Mapping[str, Any], now: datetime) -> Meant | None:
    """What a message to this closed conversation says of its grade; None: it says something else."""
    expected = kept(held).grade
    tap = _TAP.fullmatch(str(details.get("id", ""))) if kind == Kind.REPLY else None
    if tap and (expected or held.score is not None):
        return Meant(score=int(tap[1]))
    if not expected or kind not in (Kind.TEXT, Kind.REPLY) or now >= datetime.fromisoformat(expected["until"]):
        return None
    if number := _NUMBER.fullmatch(text.strip()):
        return Meant(int(number[1]), (number[2] or "").strip())
    if expected["asked"] != COMMENT:
        return None
    if str(details.get("id", "")) == f"{COMMENT}!skip" or thanks(text):
        return Meant()
    asks = "?" in text or greets(text) or read_command(text) is not None
    return None if asks or len(fold(text)) < _SHORTEST or kind == Kind.REPLY else Meant(comment=text)


def take(held: Conversation, message: Message, *, actor: Actor, now: datetime) -> None:
    """Keep what the person said of the conversation, whose row is locked, and thank them."""
    meant = meant_by(held, message.kind, message.body, message.data, now)
    if meant is None:
        return
    mark, system = f"graded:{message.number}", Actor.system(held.agency_id)
    change(held, staff_read=held.last_number, staff_unread=0)  # nobody has to do anything about it
    if meant.score is not None:
        grade(actor=actor, conversation=held, score=meant.score, comment=meant.comment or held.comment, now=now)
    elif meant.comment and held.score is not None:
        grade(actor=actor, conversation=held, score=held.score, comment=meant.comment, now=now)
    if meant.score is not None and not meant.comment:
        _expect(held, COMMENT, now + FOR_A_COMMENT)
        _put(held, COMMENT, mark, system, now)
    else:
        change(held, interview=replace(kept(held), grade={}).dump())
        speak(system, held, (tell(ENOUGH, held.language),), mark, now)


def _expect(held: Conversation, code: str, until: datetime) -> None:
    change(held, interview=replace(kept(held), grade={"asked": code, "until": until.isoformat()}).dump())


def _put(held: Conversation, code: str, mark: str, actor: Actor, now: datetime) -> None:
    local = intake.local_now(held.agency, now)
    speak(actor, held, begin(question(code), now=local, language=held.language).prompts, mark, now)
