"""A message of a person, as the interview takes it."""

from __future__ import annotations

import re
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from balcao.dialogue import Given, Question, QuestionType, Raw, Script, Tap, Words
from balcao.dialogue.text import fold
from balcao.inbox.conversations.late_files import UNKNOWN
from balcao.inbox.conversations.states import Direction, Kind
from balcao.inbox.models import Message
from balcao.platform.files.refused import SENTENCES

from .rendering import BY_LETTER
from .run import Run

TELLS = "description"  # the question in which people tell what happened
ENOUGH = 3  # words, with which a letter tells something
_ID = re.compile(r"([A-Za-z][A-Za-z0-9_-]*)?[=!].*", re.DOTALL)
_GREETING = re.compile(
    r"(oi+e?|ola|alo|opa|bom dia|boa tarde|boa noite|e ai|tudo bem|tudo bom|hi|hello|hey|good (morning|evening)"
    r"|voltei|estou aqui|pode continuar|continuar)([ ,!.]+|$)"
)


_THANKS = frozenset(
    ("obrigado", "obrigada", "muito obrigado", "muito obrigada", "valeu", "nao obrigado", "nao obrigada", "tchau",
     "nao", "so isso", "era so isso", "e so isso", "isso e tudo", "ate logo", "nada", "nada mais", "thanks",
     "thank you", "no thanks", "bye", "that is all", "no")
)  # fmt: skip


def thanks(text: str) -> bool:
    """Whether a line says that this was all."""
    return fold(text.replace(",", " ")) in _THANKS


def greets(text: str) -> bool:
    """Whether a line says hello and nothing else."""
    rest = fold(text)
    while rest and (found := _GREETING.match(rest)) is not None:
        rest = fold(rest[found.end() :])
    return not rest


def new_words(message: Message) -> str:
    """What was written; of a mail without its subject, and what we noted under it."""
    begins, ends = message.data.get("words") or (0, None)
    return message.body[begins:ends]


def told_at_first(run: Run, script: Script) -> dict[str, str]:
    """What the letter that began it told, as the answer to what happened; nothing where it only said hello. In a chat
    people say hello first, and are asked."""
    asks = script.by_code.get(TELLS)
    if run.held.channel not in BY_LETTER or run.asked.round > 1 or asks is None or asks.type is not QuestionType.TEXT:
        return {}
    first = Message.objects.filter(conversation=run.held, number=run.asked.since, direction=Direction.IN).first()
    words = new_words(first).strip() if first is not None else ""
    return {TELLS: words} if len(words.split()) >= ENOUGH and not greets(words) else {}


def is_coming(message: Message) -> bool:
    """Whether the message announced a file that is still on its way."""
    if message.kind not in (Kind.FILES, Kind.VOICE) or message.data.keys() & {"refused", "sticker"}:
        return False
    return not message.files.all()


def given_of(message: Message, question: Question | None) -> Given | None:
    """What was given, for the question that is open; None for what no interview can use (`why_not` says so kindly).

    Files are named by the message alone: whoever writes another file's id gets nothing of it."""
    data, kind = message.data, question.type if question is not None else None
    files = [str(one.file.uuid) for one in message.files.all()]
    if files and kind is QuestionType.FILES and not data.get("sticker"):
        return Raw(files)
    if message.kind == Kind.LOCATION:
        return Raw(_place(data))
    if message.kind == Kind.REPLY:
        return _tapped(str(data.get("id") or ""), message.body or str(data.get("title") or ""), question)
    if message.kind == Kind.CONTACTS and kind is QuestionType.PHONE:
        phones = [phone for card in data.get("contacts", []) for phone in card.get("phones", [])]
        return Words(phones[0]) if phones else None
    if "raw" in data and kind is not QuestionType.FILES:
        return Raw(data["raw"])
    if message.kind in (Kind.TEXT, Kind.FILES) and message.body:
        return Words(message.body)
    return None


def _tapped(id: str, title: str, question: Question | None) -> Given | None:
    names_a_file = question is not None and question.type is QuestionType.FILES and id.startswith(f"{question.code}=")
    if _ID.fullmatch(id) and not names_a_file:
        return Tap(id)
    return Words(title) if title else None


def _place(data: dict[str, Any]) -> dict[str, Any]:
    place = {key: data[key] for key in ("lat", "lon") if isinstance(data.get(key), int | float)}
    address = ", ".join(str(data[key]) for key in ("name", "address") if data.get(key))
    return place | ({"address": address[:250]} if address else {})


def why_not(message: Message) -> str | Promise:
    """A kind word for what no interview can use."""
    refused = message.data.get("refused")
    if refused:
        return SENTENCES.get(refused[-1], UNKNOWN)
    if message.kind == Kind.VOICE:
        return _("We keep your voice message for whoever reads this, but cannot listen to it now. Please write it.")
    if message.kind == Kind.REACTION:
        return _("Thank you! To answer, please write, or tap one of the choices.")
    if message.kind == Kind.FILES and not message.data.get("sticker"):
        return _("Thank you, we keep this file with our conversation.")
    return _("How nice! For this question, though, we need your answer in words, or a tap on one of the choices.")
