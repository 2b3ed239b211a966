"""The cases that a key may see: one by its protocol, a page by filters."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.finding import Guess, guess
from balcao.cases.models import Case, CaseQuerySet
from balcao.cases.moving import hold, to_lock, with_settled
from balcao.cases.naming import Ids, where_of
from balcao.cases.paging import Key, Order, Page, newest_of, page_of, page_of_found, page_of_said
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


def id_of(actor: Actor, protocol: str) -> int:
    """Of the case that the actor may see; else Http404."""
    case = _id.one(actor.sight, protocol=_number(protocol))
    if case is None:
        raise Http404
    return case.pk


@standing
def _id(actor: Actor, *, protocol: str) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).only("pk").filter(protocol=protocol)


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
    taken_for = _taken_for(actor, wanted.q) if wanted.q else None
    page, where = None, _where(wanted, now)
    order, after = Order(queue=wanted.order == "queue"), Key.parse(wanted.after)
    said = taken_for.said if taken_for is not None and not (where or order.queue or after) else None
    if said is not None:
        page = page_of_said(said, actor, _newest)
    if page is None:
        found = _lines(actor).filter(where)
        if taken_for is not None:
            found = found.filter(taken_for.where)
        if taken_for is not None and taken_for.words and said is None:
            page = page_of_found(found, order, actor.agency_id, after=after)
        else:
            page = page_of(found, order, after=after)
    for case in page.cases:
        with_settled(case)
    return page, taken_for is not None and taken_for.people


def _lines(actor: Actor) -> CaseQuerySet:
    return Case.objects.visible_to(actor).select_related(*OWN).only(*TOLD)


@standing
def _newest(actor: Actor, shape: tuple[Ids, ...], *, since: Any, **texts: Any) -> QuerySet[Case]:
    """The newest that say some words: what is asked most, so it is compiled once for each way to ask it."""
    return newest_of(_lines(actor).filter(where_of(shape, list(texts.values())), opened_at__gte=since))


def _taken_for(actor: Actor, text: str) -> Guess:
    taken_for = guess(text, actor, region=_region(agency_of(actor)))
    if taken_for.note:
        raise Invalid(taken_for.note, field="q")
    return taken_for


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
