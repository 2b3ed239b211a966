"""Who it is, and which demands it is about."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.models import Case
from balcao.citizens import identifiers
from balcao.citizens.actions import contact_hash, know_person
from balcao.citizens.models import ContactPoint, Person, PriorityGroup
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.papers import attach_case, identify
from balcao.inbox.conversations.states import State
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.numbering import format_protocol

from .acts import OPEN, Act, Ask, Done, Field
from .listing import number

EVERY = OPEN | {State.CLOSED}
MOST = 8


def known_by_address(talk: Conversation, actor: Actor) -> list[Person]:
    """The people of the agency who can be reached where this conversation is had."""
    kind = {"email": "email", "whatsapp": "phone"}.get(talk.channel)
    if kind is None:
        return []
    points = ContactPoint.objects.filter(kind=kind, value_hash=contact_hash(kind, talk.address))
    people = Person.objects.visible_to(actor).filter(
        agency_id=talk.agency_id, erased_at=None, pk__in=points.values("person")
    )
    return list(people.order_by("pk")[:MOST])


def _identify_fields(ask: Ask) -> list[Field]:
    groups = PriorityGroup.objects.in_force(ask.talk.agency.jurisdiction)
    without = _("no document")
    people = [(p.pk, f"{p.name} · {identifiers.mask_document(p.document) if p.document else without}")
              for p in known_by_address(ask.talk, ask.actor)]  # fmt: skip
    fields: list[Field] = []
    if people:
        options = [*people, ("", _("Somebody else"))]
        fields.append(ask.field("person", _("Is it one of these? They have this address."), type="radio",
                                options=options, default=people[0][0]))  # fmt: skip
    known = ask.talk.person
    return [
        *fields,
        ask.field("name", _("Name"), default=known.name if known else ask.talk.said_name, maxlength=200,
                  autocomplete="off"),
        ask.field("document", _("Document"), inputmode="numeric", maxlength=20, autocomplete="off",
                  help=_("CPF, CNPJ or NIF. With it we find what they asked before.")),
        ask.field("priority", _("Legal priority"), type="select",
                  options=[("", _("None")), *groups.values_list("slug", "name")]),
    ]  # fmt: skip


def _identify(ask: Ask) -> Done:
    talk, group = ask.talk, None
    if slug := ask.typed("priority"):
        group = PriorityGroup.objects.in_force(talk.agency.jurisdiction).filter(slug=slug).first()
    chosen = number(ask.typed("person"))
    if chosen and not ask.typed("document").strip():
        person = next((p for p in known_by_address(talk, ask.actor) if p.pk == chosen), None)
        if person is None:
            raise Invalid(_("Choose one of the list."), field="person")
    else:
        name = ask.typed("name").strip()
        if not name:
            raise Invalid(_("Please write their name."), field="name")
        contacts = {"email": talk.address} if talk.channel == "email" and talk.proven else {}
        person, _points = know_person(
            actor=ask.actor, agency_id=talk.agency_id, name=name, document=ask.typed("document").strip(),
            contacts=contacts, priority=group, locale=talk.language,
        )  # fmt: skip
    identify(actor=ask.actor, conversation=talk, person=person, rank=group.rank if group else None)
    return Done(_("Now we know who it is."))


def _attach_fields(ask: Ask) -> list[Field]:
    fields: list[Field] = []
    theirs = Case.objects.visible_to(ask.actor).filter(reporter_id=ask.talk.person_id, sealed=False)
    if ask.talk.person_id and ask.actor.can("person.read"):
        tied = ask.talk.links.values("case")
        found = theirs.exclude(pk__in=tied).select_related("service").order_by("-opened_at", "-pk")[:MOST]
        options = [(c.protocol, f"{format_protocol(c.protocol)} · {c.service.name}") for c in found]
        if options:
            fields.append(ask.field("chosen", _("One of theirs"), type="radio",
                                    options=[*options, ("", _("Another one"))]))  # fmt: skip
    return [*fields, ask.field("protocol", _("Protocol number"), inputmode="numeric", maxlength=30)]


def _attach(ask: Ask) -> Done:
    digits = "".join(c for c in ask.typed("protocol") or ask.typed("chosen") if c.isdigit())
    case = Case.objects.visible_to(ask.actor).filter(protocol=digits).first() if digits else None
    if case is None:
        raise Invalid(_("There is no demand with this number that you may see."), field="protocol")
    attach_case(actor=ask.actor, conversation=ask.talk, case=case)
    return Done(_("The conversation is about this demand too."))


def _nothing(ask: Ask) -> Done:
    return Done(href=new_demand(ask.talk))


def new_demand(talk: Conversation) -> str:
    return f"{reverse('console:new_case')}?talk={talk.pk}"


def _more(**options: Any) -> dict[str, Any]:
    return {"states": EVERY, **options}


OPEN_CASE = Act(
    code="open",
    label=gettext_lazy("Open a demand"),
    icon="plus",
    key="o",
    run=_nothing,
    href=new_demand,
    permissions=("inbox.attend", "case.open"),
    states=frozenset({State.HELD, State.SNOOZED}),
)
ATTACH = Act(
    code="attach",
    bar=False,
    label=gettext_lazy("Tie to a demand"),
    icon="link",
    key="d",
    run=_attach,
    fields=_attach_fields,
    submit=gettext_lazy("Tie it"),
    permissions=("inbox.attend", "case.read"),
    **_more(),
)
IDENTIFY = Act(
    code="identify",
    bar=False,
    label=gettext_lazy("Who is it?"),
    icon="users",
    key="i",
    run=_identify,
    fields=_identify_fields,
    submit=gettext_lazy("That is who it is"),
    permissions=("inbox.attend", "person.read"),
    **_more(),
)
