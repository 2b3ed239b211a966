"""What a person answered, for whoever goes on with them: nobody asks it again."""

from __future__ import annotations

from django.utils import timezone

from balcao.citizens.identifiers import format_document, format_phone
from balcao.dialogue import DamagedState, QuestionType, ReviewLine, ScriptError, VersionMismatch
from balcao.inbox.conversations.models import Conversation
from balcao.platform.actors import Actor

from .keeping import kept
from .run import CannotAsk, Run


def answers_of(conversation: Conversation) -> list[tuple[str, str]]:
    """Each question that was answered in the conversation's interview, with its answer in words, in order. Empty when
    none ran, or its script is gone."""
    asked = kept(conversation)
    if asked.state is None:
        return []
    run = Run(Actor.system(conversation.agency_id), conversation, asked, timezone.now())
    try:
        interview = run.load().interview
    except (CannotAsk, DamagedState, ScriptError, VersionMismatch):
        return []
    return [(line.question.prompt.say(interview.language), _shown(line, interview.values.get(line.question.code)))
            for line in interview.review() if line.text]  # fmt: skip


def _shown(line: ReviewLine, value: object) -> str:
    if value and line.question.type is QuestionType.DOCUMENT:
        return format_document(str(value))
    if value and line.question.type is QuestionType.PHONE and str(value).startswith("+"):
        return format_phone(str(value))
    return line.text
