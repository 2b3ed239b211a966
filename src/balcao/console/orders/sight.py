"""What one may see of an order's case: the demand, its answers and photos; its author only where one may."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import get_language

from balcao.cases.models import Case
from balcao.cases.seal import attachments_for
from balcao.catalog.questions import read_questions
from balcao.dialogue import display
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read
from balcao.workorders.models import WorkOrder


@dataclass
class Sight:
    """`author` is None for whoever may not know it; `sealed` says that there is one."""

    answers: list[tuple[str, str]]
    pictures: list[Any]
    papers: list[Any]
    author: Any = None
    contact: str = ""
    sealed: bool = False
    pin: str = ""
    additions: list[Any] = field(default_factory=list)


def see(actor: Actor, order: WorkOrder, page: str) -> Sight:
    """Look at the case of `order`, and log that it was looked at."""
    case = order.case
    actor = actor.at(case.area_id)
    knows = actor.can("person.read") and (not case.sealed or actor.can("person.sealed"))
    author = case.reporter if knows else None
    attachments = attachments_for(case, actor)
    log_read(actor=actor, subject="case", ids=[case.pk], purpose=page, agency_id=case.agency_id)
    if author is not None:
        log_read(actor=actor, subject="person", ids=[author.pk], purpose=page, agency_id=case.agency_id)
    return Sight(
        answers=answers_of(case),
        pictures=[a for a in attachments if a.file.kind == "image"],
        papers=[a for a in attachments if a.file.kind != "image"],
        author=author,
        contact=case.contact.value if author is not None and case.contact else "",
        sealed=case.sealed and author is None,
        pin=f"{case.lon},{case.lat}" if case.lat is not None else "",
    )


def answers_of(case: Case) -> list[tuple[str, str]]:
    """The answers to the service's own questions, in order, as (question, answer) in the reader's language.

    Files and places stand elsewhere on the page; who asked is never among the questions of a service."""
    language = get_language() or "pt-br"
    questions = read_questions(case.service_version)
    if not questions:
        return [(code, str(value)) for code, value in case.answers.items() if value not in (None, "")]
    shown = []
    for question in questions:
        value = case.answers.get(question.code)
        if value is None or question.sensitive or str(question.type) in ("files", "location"):
            continue
        if words := display(question, value, language):
            shown.append((question.prompt.say(language), words))
    return shown
