"""What the page of a case shows, fetched together."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.cases.seal import attachments_for
from balcao.catalog.questions import read_questions
from balcao.citizens import identifiers
from balcao.clocks.explain import explain
from balcao.console.faults import words
from balcao.dialogue import display
from balcao.dialogue.written import format_document, format_phone
from balcao.inbox.models import Message
from balcao.organization.logs import names_of, reads_of
from balcao.organization.queries import managers_of
from balcao.platform.actors import Actor
from balcao.platform.models import Fault, ReadLog
from balcao.workorders.models import WorkOrder

from .history import history

SHOWN_READERS = 20


def case_for(actor: Actor, pk: int) -> Case:
    """The case with all that its page names; 404 when the actor may not see it, as when it does not exist."""
    return get_object_or_404(
        Case.objects.visible_to(actor).select_related(
            "agency", "service__group", "area", "attendant", "place", "deadline", "reporter__priority", "contact",
            "primary", "service_version",
        ),
        pk=pk,
    )  # fmt: skip


def page_of_case(case: Case, actor: Actor, *, revealed: bool = False) -> dict[str, Any]:
    """The context of the page. The number of queries does not depend on how much has happened."""
    attachments = attachments_for(case, actor)
    return {
        "case": case,
        "answers": answers_in_words(case, actor),
        "person": person_panel(case, actor, revealed=revealed),
        "history": history(case),
        "deadline_words": explain(case.deadline, get_language() or "pt-br"),
        "photos": [a for a in attachments if a.file.kind == "image"],
        "papers": [a for a in attachments if a.file.kind != "image"],
        "orders": list(
            WorkOrder.objects.visible_to(actor)
            .filter(case=case)
            .select_related("area", "assignee", "deadline")
            .prefetch_related("reports")
            .order_by("number")
        ),
        "heads": list(managers_of(case.area)) if case.area and case.closed_at is None else [],
        "messages_sent": messages_of(case, actor),
        "to_mend": [
            {"fault": fault, "words": words.of(fault)}
            for fault in Fault.objects.visible_to(actor).filter(case_id=case.pk, ended_at=None).order_by("pk")[:5]
        ],
        "followers": list(case.followers.filter(state="following").only("pk", "protocol")[:50]),
        "readers": readers_of(case) if actor.can("audit.read") else None,
    }


def answers_in_words(case: Case, actor: Actor) -> list[tuple[str, str]]:
    """The service's own questions with their answers, in the words that the person saw. A sensitive one is only for
    those who may know who asked."""
    language = get_language() or case.locale
    questions = {q.code: q for q in read_questions(case.service_version)}
    knows = actor.can("person.sealed" if case.sealed else "person.read")
    known = [code for code, asked in questions.items() if code in case.answers and (knows or not asked.sensitive)]
    said = [
        (questions[code].prompt.say(language), display(questions[code], case.answers[code], language)) for code in known
    ]
    # a question that can no longer be read is still shown, by its code
    return said + [(code, str(value)) for code, value in case.answers.items() if code not in questions]


def person_panel(case: Case, actor: Actor, *, revealed: bool) -> dict[str, Any]:
    """Who asked, as far as the reader may know: masked until they ask for more, sealed where the law says so."""
    person = case.reporter
    if person is None:
        return {"anonymous": True}
    if not actor.can("person.read"):
        return {"hidden": True}
    if case.sealed and not (revealed and actor.can("person.sealed")):
        return {"sealed": True, "may_reveal": actor.can("person.sealed")}
    contacts = []
    for contact in person.contacts.all():
        phone = contact.kind == "phone"
        if revealed:
            value = format_phone(contact.value) if phone else contact.value
        else:
            value = identifiers.mask_phone(contact.value) if phone else identifiers.mask_email(contact.value)
        contacts.append((contact.get_kind_display(), value))
    document = ""
    if person.document:
        write = format_document if revealed else identifiers.mask_document
        document = write(person.document)
    return {
        "name": case.said_name or person.name or _("no name given"),
        "registered": person.name if case.said_name else "",
        "document_kind": person.document_kind.upper(),
        "document": document,
        "contacts": contacts,
        "priority": person.priority,
        "revealed": revealed,
        "may_reveal": bool(person.document or contacts),
        "others": _others(case, actor),
        "pk": person.pk,
    }


def _others(case: Case, actor: Actor) -> int:
    """How many other demands the person has, as far as the reader may know that they are theirs."""
    if case.sealed:
        return 0
    theirs = Case.objects.visible_to(actor).filter(reporter_id=case.reporter_id).exclude(pk=case.pk)
    return (theirs if actor.can("person.sealed") else theirs.filter(sealed=False)).count()


def messages_of(case: Case, actor: Actor) -> list[Message]:
    """What was sent about it. The letters to a sealed author name them: only who may know reads these."""
    found = (
        Message.objects.visible_to(actor)
        .filter(case=case, staff=None)
        .exclude(purpose="alarm")
        .exclude(purpose="mail")  # their own words stand in the history
        .prefetch_related("deliveries")
        .order_by("id")
    )
    shown = list(found)
    hidden = case.sealed and not actor.can("person.sealed")
    for message in shown:
        if message.purpose == "way_back":
            message.body = ""  # it holds a link that opens the citizen's page
        else:
            message.body = message.for_staff
        if hidden:
            message.body = ""
            message.subject = ""
    return shown


def readers_of(case: Case) -> list[dict[str, Any]]:
    """Who has read this case, the latest first."""
    read = list(reads_of("case", case.pk)[:SHOWN_READERS])
    names = names_of(read)
    gone = {"key": _("another system"), "staff": _("a former colleague")}

    def who(one: ReadLog) -> str:
        return names.get((one.actor_kind, one.actor_id or 0), gone.get(one.actor_kind, _("the citizen")))

    return [{"at": one.at, "purpose": one.purpose, "who": who(one)} for one in read]
