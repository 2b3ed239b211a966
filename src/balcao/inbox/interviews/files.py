"""Files that came before the question that asks for them: nobody sends them twice."""

from __future__ import annotations

from balcao.dialogue import Interview, QuestionType, State
from balcao.dialogue.validation import MAX_FILES
from balcao.inbox.conversations.states import Direction
from balcao.inbox.models import Message

from .run import Run


def files_in(interview: Interview) -> list[str]:
    """The files of every question that takes some."""
    found: list[str] = []
    for question in interview.asked():
        value = interview.values.get(question.code)
        if question.type is QuestionType.FILES and isinstance(value, list):
            found += value
    return found


def sent_before(run: Run, state: State) -> list[str]:
    """For the question for files that has just come up: those of this round that no other question has, as many as it
    takes. None for one that is being corrected, or that has some already."""
    interview = state.interview
    question = interview.next_question()
    if question is None or question.type is not QuestionType.FILES or state.gathered or state.choosing:
        return []
    if question.code in interview.aside or question.code in interview.reopened:
        return []
    used, most = set(files_in(interview)), question.max if isinstance(question.max, int) else MAX_FILES
    sent = Message.objects.filter(conversation=run.held, direction=Direction.IN, number__gte=run.asked.since)
    here = [
        str(one.file.uuid)
        for message in sent.prefetch_related("files__file").order_by("number")
        for one in message.files.all()
        if not message.data.get("sticker")
    ]
    return [one for one in here if one not in used][:most]
