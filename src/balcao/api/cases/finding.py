"""The cases that a key may see: one by its protocol, a page by filters."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.finding import guess
from balcao.cases.models import Case, CaseQuerySet
from balcao.cases.paging import Key, Order, Page, page_of
from balcao.cases.states import State
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.numbering import UnknownProtocol, parse_protocol

from ..door import agency_of
from .schemas import Filters

LINE = ("service", "area", "place", "deadline", "primary")


def case_of(actor: Actor, protocol: str, *also: str) -> Case:
    """Http404 when the actor may not see it, as when it does not exist."""
    try:
        number = parse_protocol(protocol)
    except UnknownProtocol:
        raise Http404 from None
    case = Case.objects.visible_to(actor).select_related("agency", *LINE, *also).filter(protocol=number).first()
    if case is None:
        raise Http404
    return case


def page_for(actor: Actor, wanted: Filters, now: datetime | None = None) -> tuple[Page, bool]:
    """Up to 25 of the actor's cases, and whether people's data took part in finding them."""
    now = now or timezone.now()
    if wanted.after and Key.parse(wanted.after) is None:
        raise Invalid(_("This is not a `next` of ours."), field="after")
    found: CaseQuerySet = Case.objects.visible_to(actor).select_related(*LINE).filter(_where(wanted, now))
    people = False
    if wanted.q:
        region = Agency.objects.values_list("jurisdiction", flat=True).get(pk=agency_of(actor))
        taken_for = guess(wanted.q, actor, region=region)
        if taken_for.note:
            raise Invalid(taken_for.note, field="q")
        found, people = found.filter(taken_for.where), taken_for.people
    return page_of(found, Order(queue=wanted.order == "queue"), after=Key.parse(wanted.after)), people


def _where(wanted: Filters, now: datetime) -> Q:
    equal: dict[str, Any] = {
        "state": wanted.state,
        "next_actor": wanted.next_actor,
        "kind": wanted.kind,
        "service__slug": wanted.service,
        "area__slug": wanted.area,
        "place__slug": wanted.place,
        "channel": wanted.channel,
        "opened_at__gte": wanted.opened_from,
        "opened_at__lt": wanted.opened_before,
    }
    where = Q(**{name: value for name, value in equal.items() if value})
    late = Q(deadline__state="running", deadline__due_at__lt=now)
    if wanted.open is not None:
        where &= ~Q(state=State.CLOSED) if wanted.open else Q(state=State.CLOSED)
    if wanted.overdue is not None:
        where &= late if wanted.overdue else ~late
    return where
