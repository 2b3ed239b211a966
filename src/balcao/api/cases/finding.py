"""The cases that a key may see: one by its protocol, a page by filters."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.finding import guess
from balcao.cases.models import Case, CaseQuerySet
from balcao.cases.moving import hold, to_lock, with_settled
from balcao.cases.paging import Key, Order, Page, page_of, page_of_found
from balcao.cases.states import State
from balcao.organization.queries import agency_known_as
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.numbering import UnknownProtocol, parse_protocol
from balcao.platform.standing import standing
from balcao.workorders.conditions import UNDELIVERED, UNROUTED

from ..door import agency_of
from .schemas import Filters

TOLD = (
    *("protocol", "version", "kind", "channel", "state", "next_actor", "priority", "opened_at", "closed_at"),
    *("outcome", "reopened", "sealed", "service_id", "area_id", "place_id"),
    *("deadline__due_at", "deadline__state", "primary__protocol"),
)  # the columns of `schemas.line_of`, and with which `with_settled` finds the names
OWN = ("deadline", "primary")  # what a line tells of, and nobody has settled
LINE = ("service", "area", "place", *OWN)
NEVER = ("search", "primary__search")  # large, and told to nobody


def case_of(actor: Actor, protocol: str, *also: str) -> Case:
    """Http404 when the actor may not see it, as when it does not exist."""
    case = _visible.one(actor.sight, also, protocol=_number(protocol))
    if case is None:
        raise Http404
    return with_settled(case)


def _number(protocol: str) -> str:
    try:
        return parse_protocol(protocol)
    except UnknownProtocol:
        raise Http404 from None


@standing
def _visible(actor: Actor, also: tuple[str, ...], *, protocol: str) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).select_related(*OWN, *also).defer(*NEVER).filter(protocol=protocol)


def case_to_act_on(actor: Actor, protocol: str) -> Case:
    """As `case_of`, locked, for the running action."""
    case = _to_act_on.one(actor.sight, protocol=_number(protocol))
    if case is None:
        raise Http404
    return hold(case)


@standing
def _to_act_on(actor: Actor, *, protocol: str) -> QuerySet[Case]:
    return to_lock(Case.objects.visible_to(actor).filter(protocol=protocol))


def page_for(actor: Actor, wanted: Filters, now: datetime | None = None) -> tuple[Page, bool]:
    """Up to 25 of the actor's cases, and whether people's data took part in finding them."""
    now = now or timezone.now()
    if wanted.after and Key.parse(wanted.after) is None:
        raise Invalid(_("This is not a `next` of ours."), field="after")
    found: CaseQuerySet = Case.objects.visible_to(actor).filter(_where(wanted, now)).select_related(*OWN).only(*TOLD)
    people = words = False
    if wanted.q:
        region = _region(agency_of(actor))
        taken_for = guess(wanted.q, actor, region=region)
        if taken_for.note:
            raise Invalid(taken_for.note, field="q")
        found, people, words = found.filter(taken_for.where), taken_for.people, taken_for.words
    order, after = Order(queue=wanted.order == "queue"), Key.parse(wanted.after)
    if words:
        page = page_of_found(found, order, actor.agency_id, after=after)
    else:
        page = page_of(found, order, after=after)
    for case in page.cases:
        with_settled(case)
    return page, people


def _region(agency_id: int) -> str:
    """By which country's habits a phone is read."""
    agency = agency_known_as(agency_id)
    assert agency is not None, "keys belong to an agency"
    return agency.jurisdiction


def _where(wanted: Filters, now: datetime) -> Q:
    equal: dict[str, Any] = {
        "state": wanted.state,
        "next_actor": wanted.next_actor,
        "kind": wanted.kind,
        "service__slug": wanted.service,
        "service__group__slug": wanted.group,
        "area__slug": wanted.area,
        "place__slug": wanted.place,
        "channel": wanted.channel,
        "opened_at__gte": wanted.opened_from,
        "opened_at__lt": wanted.opened_before,
    }
    where = Q(**{name: value for name, value in equal.items() if value})
    if wanted.due_before is not None:
        where &= Q(deadline__state="running", deadline__due_at__lt=wanted.due_before)
    either: list[tuple[bool | None, Q]] = [
        (wanted.open, ~Q(state=State.CLOSED)),
        (wanted.overdue, Q(deadline__state="running", deadline__due_at__lt=now)),
        (wanted.paused, Q(deadline__state="paused")),
        (wanted.legal_priority, Q(priority__lt=9)),
        (wanted.unrouted, UNROUTED),
        (wanted.undelivered, UNDELIVERED),
    ]
    for asked, condition in either:
        if asked is not None:
            where &= condition if asked else ~condition
    return where
