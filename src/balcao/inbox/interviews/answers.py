"""What a person answered, for whoever goes on with them: nobody asks it again."""

from __future__ import annotations

from django.utils import timezone

from balcao.dialogue import DamagedState, Interview, QuestionType, ScriptError, VersionMismatch
from balcao.inbox.conversations.models import Conversation
from balcao.platform.actors import Actor

from .keeping import Stage, kept
from .people import SELF
from .run import CannotAsk, Run


def answers_of(conversation: Conversation) -> list[tuple[str, str]]:
    """Each question that was answered in the conversation's interview, with its answer in words, in order. Empty when
    none ran, or its script is gone."""
    interview = _interview(conversation)
    if interview is None:
        return []
    return [(line.question.prompt.say(interview.language), line.text) for line in interview.review() if line.text]


def fields_of(conversation: Conversation) -> dict[str, list[str]]:
    """The answers as fields of a posted form (`parse_form`), for questions of the same codes elsewhere: options, words
    and places; not what people say of themselves, and no files. `description`: what they told in their own words."""
    interview = _interview(conversation)
    if interview is None:
        return {}
    found: dict[str, list[str]] = {}
    told: list[str] = []
    for code, value in interview.values.items():
        question = interview.script.by_code[code]
        if code in SELF or question.type is QuestionType.FILES:
            continue
        if question.type is QuestionType.TEXT and isinstance(value, str):
            told.append(value)
        if isinstance(value, dict):
            found |= {f"{code}.{part}": [str(one)] for part, one in value.items()}
        elif isinstance(value, str | list):
            found[code] = [value] if isinstance(value, str) else [str(one) for one in value]
    return found | ({"description": ["\n".join(told)]} if told else {})


def open_question(conversation: Conversation) -> str:
    """The code of the question that waits for its answer; "" when none does."""
    interview = _interview(conversation) if kept(conversation).stage == Stage.ASKING else None
    question = interview.next_question() if interview is not None else None
    return question.code if question is not None else ""


def _interview(conversation: Conversation) -> Interview | None:
    asked = kept(conversation)
    if asked.state is None:
        return None
    run = Run(Actor.system(conversation.agency_id), conversation, asked, timezone.now())
    try:
        return run.load().interview
    except (CannotAsk, DamagedState, ScriptError, VersionMismatch):
        return None
