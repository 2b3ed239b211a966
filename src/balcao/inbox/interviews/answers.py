"""What a person answered, for whoever goes on with them: nobody asks it again."""

from __future__ import annotations

from django.utils import timezone

from balcao.dialogue import DamagedState, Interview, ScriptError, VersionMismatch
from balcao.inbox.conversations.models import Conversation
from balcao.platform.actors import Actor

from .keeping import Stage, kept
from .run import CannotAsk, Run


def answers_of(conversation: Conversation) -> list[tuple[str, str]]:
    """Each question that was answered in the conversation's interview, with its answer in words, in order. Empty when
    none ran, or its script is gone."""
    interview = _interview(conversation)
    if interview is None:
        return []
    return [(line.question.prompt.say(interview.language), line.text) for line in interview.review() if line.text]


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
