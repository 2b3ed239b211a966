"""Where the interview of a conversation stands, as it is kept in `Conversation.interview`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any

from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import State


class Stage(StrEnum):
    ASKING = "asking"  # its script's questions
    MORE = "more"  # it is done; whether there is anything else
    OVER = "over"  # handed over, or done
    ENDED = "ended"  # an answer ended it: what to do instead was said


@dataclass(frozen=True, kw_only=True)
class Kept:
    """`script`: the slug of the agency's interview. `state`: `dialogue.save_state`; None before the first question.
    `done`: up to which number the person's messages were heard. `since`: the first message of this round, of which
    `round` says how many there were. `reopened`: as the conversation's when it was last heard. `known`: what the person
    said of themselves in earlier rounds. `phone`: the number that their channel vouches for. `refused`: how many
    answers in a row were not taken. `grade`: what is `asked` at the end, and `until` when (ISO). `handover`: the
    question whether another agency may go on, while it is open."""

    script: str = ""
    state: Mapping[str, Any] | None = None
    done: int = 0
    stage: str = Stage.ASKING
    since: int = 1
    round: int = 1
    reopened: int = 0
    known: Mapping[str, Any] = field(default_factory=dict)
    phone: str = ""
    refused: int = 0
    grade: Mapping[str, str] = field(default_factory=dict)
    handover: int | None = None

    def dump(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def kept(conversation: Conversation) -> Kept:
    """What is kept of this conversation's interview; of one without any, an empty one."""
    found = conversation.asked
    return Kept(**{one.name: found[one.name] for one in fields(Kept) if one.name in found})


def goes_on(conversation: Conversation) -> bool:
    """Whether this conversation, closed for the person's silence, was in the middle of its interview: nobody had taken
    it over, and a question waits for its answer."""
    asked = kept(conversation)
    return conversation.handed_at is None and asked.state is not None and asked.stage == Stage.ASKING


def without_words(conversation: Conversation) -> str | None:
    """What stays of a running interview when all that was said is forgotten: it begins anew. None where none runs."""
    if conversation.state != State.INTERVIEW:
        return None
    asked, number = kept(conversation), conversation.last_number
    return Kept(
        script=asked.script, done=number, since=number + 1, round=asked.round + 1, reopened=conversation.reopened
    ).dump()
