"""What the page of a conversation shows, fetched together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from balcao.cases.finding import author_may_be_known
from balcao.cases.models import Case
from balcao.citizens import identifiers
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.queries import place_in_line
from balcao.inbox.conversations.states import State
from balcao.inbox.interviews.answers import answers_of
from balcao.inbox.models import CaseLink
from balcao.platform.actors import Actor
from balcao.platform.standing import standing

OTHERS = 8  # conversations and demands that are named beside it


def talk_for(actor: Actor, pk: int) -> Conversation:
    """The conversation with what its page names; 404 for whoever may not see it, as when it does not exist."""
    found = seen_by(actor, pk)
    if found is None:
        raise Http404
    return found


def seen_by(actor: Actor, pk: int) -> Conversation | None:
    """The same; None for whoever may not see it."""
    return _seen.one(actor, pk=pk if pk < 2**63 else 0)


def is_seen_by(actor: Actor, pk: int) -> bool:
    return _known.one(actor, pk=pk if pk < 2**63 else 0) is not None


@standing
def _known(actor: Actor, *, pk: int) -> QuerySet[Conversation]:
    return Conversation.objects.visible_to(actor).filter(pk=pk).only("pk")


@standing
def _seen(actor: Actor, *, pk: int) -> QuerySet[Conversation]:
    visible = Conversation.objects.visible_to(actor)
    return visible.select_related("agency", "line", "owner", "account", "person__priority").filter(pk=pk)


def beside(talk: Conversation, actor: Actor, now: datetime) -> dict[str, Any]:
    """The person, their other conversations, their demands, as far as the reader may know."""
    knows = actor.can("person.read")
    linked = CaseLink.objects.filter(conversation=talk).values_list("case_id", flat=True)
    cases = Case.objects.visible_to(actor).select_related("service", "deadline").order_by("-opened_at", "-pk")
    context: dict[str, Any] = {
        "linked": list(cases.filter(pk__in=linked)[:OTHERS]) if actor.can("case.read") else [],
        "others": others(talk, actor) if knows else [],
        "place": place_in_line(talk) if talk.state == State.WAITING else None,
        "knows": knows,
        "answers": answers_of(talk) if knows else [],
    }
    if knows and talk.person is not None:
        theirs = cases.filter(author_may_be_known(actor), reporter=talk.person).exclude(pk__in=linked)
        context["cases"] = list(theirs[:OTHERS]) if actor.can("case.read") else []
        context["person"] = person_of(talk)
    return context


def others(talk: Conversation, actor: Actor) -> list[Conversation]:
    """What the same person talked with us about before, on any channel that is known to be theirs."""
    seen = Conversation.objects.visible_to(actor).exclude(pk=talk.pk)
    same = seen.filter(account_id=talk.account_id, contact_hash=bytes(talk.contact_hash))
    if talk.person_id:
        same = same | seen.filter(person_id=talk.person_id)
    return list(same.select_related("line").order_by("-pk")[:OTHERS])


def person_of(talk: Conversation) -> dict[str, Any]:
    """Who the person is: masked, as on a demand's page."""
    person = talk.person
    assert person is not None
    contacts = [
        (
            c.get_kind_display(),
            identifiers.mask_phone(c.value) if c.kind == "phone" else identifiers.mask_email(c.value),
        )
        for c in person.contacts.all()
    ]
    return {
        "pk": person.pk,
        "name": person.name,
        "document_kind": person.document_kind.upper(),
        "document": identifiers.mask_document(person.document) if person.document else "",
        "contacts": contacts,
        "priority": person.priority,
    }
