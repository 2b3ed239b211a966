"""Reading orders: an area's board, an agent's own day, what waits for review, the alarms that rang."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.clocks.models import Alarm, Deadline
from balcao.organization.models import Area, Membership, Staff
from balcao.platform import rows
from balcao.platform.actors import Actor
from balcao.platform.search import SortKey
from balcao.platform.standing import standing

from .models import AreaReport, WorkOrder, WorkOrderQuerySet
from .states import AT_WORK, OPEN, OrderState

BY_DUE = (F("deadline__due_at").asc(nulls_last=True), F("id").asc())
"""The most overdue first; what is paused has no date and comes last."""


@standing
def orders_of(actor: Actor, *, case: int) -> QuerySet[WorkOrder]:
    """A case's orders that the actor may read, the oldest first. Index: the one of the foreign key."""
    return WorkOrder.objects.visible_to(actor).filter(case_id=case).order_by("pk")


@dataclass(frozen=True)
class Filter:
    """What a board may be narrowed to. `assignee`: an id, or 0 for orders that nobody has."""

    area: int | None = None
    assignee: int | None = None
    overdue: bool = False
    planned_for: date | None = None

    @property
    def count(self) -> int:
        return sum([self.area is not None, self.assignee is not None, self.overdue, self.planned_for is not None])


def board(actor: Actor, wanted: Filter, now: datetime) -> WorkOrderQuerySet:
    """The open orders of the actor's areas. Served by the index `order_board`."""
    orders = WorkOrder.objects.visible_to(actor).filter(state__in=OPEN)
    if wanted.area is not None:
        orders = orders.filter(area_id=wanted.area)
    if wanted.assignee is not None:
        orders = orders.filter(assignee_id=wanted.assignee or None)
    if wanted.overdue:
        orders = orders.filter(late(now))
    if wanted.planned_for is not None:
        orders = orders.filter(planned_for=wanted.planned_for)
    return orders


def late(now: datetime) -> Q:
    """Orders at work whose inner date has passed."""
    return Q(deadline__state=Deadline.State.RUNNING, deadline__due_at__lt=now, state__in=AT_WORK)


Counts = Mapping[str, int]


def counts(orders: WorkOrderQuerySet, now: datetime) -> Counts:
    """How many there are in each open state, and how many are overdue ("late"). One query."""
    sums = {state: Count("pk", filter=Q(state=state)) for state in OPEN}
    return orders.order_by().aggregate(**sums, late=Count("pk", filter=late(now)))


def columns(orders: WorkOrderQuerySet, each: int, now: datetime) -> tuple[Mapping[str, Sequence[WorkOrder]], Counts]:
    """The first `each` of every open state, the most overdue first; and what `counts` tells of all. Two queries: the
    first passes once over ids and dates, for with all their columns eight thousand orders do not fit into memory."""
    ranked = orders.order_by().annotate(
        place=Window(RowNumber(), partition_by=F("state"), order_by=list(BY_DUE)),
        alike=Window(Count("pk"), partition_by=F("state")),
        late=Window(Count("pk", filter=late(now))),
    )
    first = list(ranked.filter(place__lte=each).values_list("pk", "state", "alike", "late"))  # type: ignore[misc]
    found: dict[str, list[WorkOrder]] = {state: [] for state in OPEN}
    for order in _with_all(WorkOrder.objects.filter(pk__in=[row[0] for row in first])).order_by(*BY_DUE):
        found[order.state].append(order)
    sums = dict.fromkeys(OPEN, 0) | {state: alike for _pk, state, alike, _late in first}
    return found, sums | {"late": first[0][3] if first else 0}


def one_column(
    orders: WorkOrderQuerySet, state: str, *, size: int, after: tuple[datetime | None, int] | None = None
) -> Sequence[WorkOrder]:
    """A page of one state, after the order with this (due date, id)."""
    orders = orders.filter(state=state)
    if after is not None:
        due, last = after
        if due is None:
            orders = orders.filter(deadline__due_at=None, pk__gt=last)
        else:
            orders = orders.filter(
                Q(deadline__due_at__gt=due) | Q(deadline__due_at=due, pk__gt=last) | Q(deadline__due_at=None)
            )
    return list(_with_all(orders).order_by(*BY_DUE)[:size])


def most_urgent(orders: WorkOrderQuerySet, most: int) -> Sequence[WorkOrder]:
    """The first `most` of these, the most overdue first."""
    return list(_with_all(orders).order_by(*BY_DUE)[:most])


def of_agent(actor: Actor) -> Sequence[WorkOrder]:
    """What is assigned to the actor and still to be done, by planned day, then by date. Index `order_mine`."""
    mine = WorkOrder.objects.visible_to(actor).filter(assignee_id=actor.staff_id or 0, state__in=AT_WORK)
    return list(_with_all(mine).order_by(F("planned_for").asc(nulls_last=True), *BY_DUE)[:200])


def order_page(actor: Actor, order_id: int) -> WorkOrder:
    """One order with what its page shows. WorkOrder.DoesNotExist when the actor may not see it."""
    whole = WorkOrder.objects.visible_to(actor).select_related(
        "deadline",
        "area",
        "assignee",
        "rule",
        "remote",
        "case__agency",
        "case__service",
        "case__service_version",
        "case__place",
        "case__deadline",
        "case__reporter",
        "case__contact",
        "case__area",
    )
    return whole.defer("case__place__boundary").get(pk=order_id)


def with_another_area(actor: Actor, order_id: int) -> bool:
    """Whether an order that the actor may not see is in their own agency: no more than that it exists."""
    own = WorkOrder.objects.filter(pk=order_id, agency_id=actor.agency_id or 0)
    return actor.kind == "staff" and actor.can("order.read") and own.exists()


def reports_of(order: WorkOrder) -> QuerySet[AreaReport]:
    """The reports of an order, the first first, with photos."""
    return order.reports.select_related("author", "reviewer").prefetch_related("photos__file")


def to_review(
    actor: Actor, *, size: int, area: int | None = None, after: tuple[datetime, int] | None = None
) -> Sequence[AreaReport]:
    """Reports that wait for a verdict, the oldest first. Empty for those who may not review."""
    if not actor.can("report.review"):
        return []
    waiting = AreaReport.objects.filter(
        verdict=AreaReport.Verdict.FILED,
        order__in=WorkOrder.objects.where(actor, "report.review").filter(state=OrderState.REPORTED).values("pk"),
    )
    if area is not None:
        waiting = waiting.filter(order__area_id=area)
    if after is not None:
        waiting = waiting.filter(Q(filed_at__gt=after[0]) | Q(filed_at=after[0], pk__gt=after[1]))
    waiting = waiting.select_related(
        "author",
        "order__area",
        "order__deadline",
        "order__case__service",
        "order__case__place",
        "order__case__deadline",
    )
    return list(waiting.defer("order__case__place__boundary").order_by("filed_at", "pk")[:size])


def to_send(actor: Actor, *, size: int, area: int | None = None) -> Sequence[WorkOrder]:
    """Accepted orders whose answer is a draft that nobody has sent, the promise that ends first first."""
    if not actor.can("report.review"):
        return []
    drafts = WorkOrder.objects.where(actor, "report.review").filter(state=OrderState.DONE, case__state=State.DRAFTING)
    newer = WorkOrder.objects.filter(case_id=OuterRef("case_id"), number__gt=OuterRef("number"))
    drafts = drafts.filter(~Exists(newer))
    if area is not None:
        drafts = drafts.filter(area_id=area)
    chosen = drafts.select_related("area", "case__service", "case__place", "case__deadline")
    chosen = chosen.defer("case__place__boundary")
    return list(chosen.order_by(F("case__deadline__due_at").asc(nulls_last=True), "pk")[:size])


def areas_of(actor: Actor) -> Sequence[Area]:
    """The areas whose orders the actor sees, by name."""
    areas, seen = Area.objects.filter(agency_id=actor.agency_id or 0, is_active=True), actor.areas_with("order.read")
    if seen is not None:
        areas = areas.filter(pk__in=seen)
    return list(areas.order_by(SortKey("name")))


def members_of(agency_id: int, areas: Sequence[int]) -> Sequence[Staff]:
    """The active colleagues of these areas, by name."""
    found = Staff.objects.filter(agency_id=agency_id, is_active=True)
    inside = Exists(Membership.objects.filter(staff=OuterRef("pk"), area_id__in=areas))
    return list(found.filter(inside).order_by(SortKey("name")))


def _with_all(orders: WorkOrderQuerySet) -> WorkOrderQuerySet:
    shown = orders.select_related("deadline", "area", "assignee", "case__service", "case__place")
    return shown.only(*LINE)


LINE = (
    *("state", "version", "planned_for", "area__name", "assignee__name", "deadline__state", "deadline__due_at"),
    *(f"case__{name}" for name in ("protocol", "address", "lat", "lon", "priority", "reopened")),
    *("case__service__name", "case__place__name"),
)
"""What a line or a card tells of an order. The rest is long (a district's polygon) or nobody reads it there."""


# --- alarms -----------------------------------------------------------------------------------------------------


def _seen_clocks(actor: Actor, area: int | None = None, clock: str = "") -> Q:
    """The clocks of the cases that the actor sees, perhaps of one area. `clock` leads to them ("deadline__")."""
    mine = Q(**{f"{clock}agency_id": actor.agency_id or 0})
    if area is None and Case.objects.all_seen_by(actor):  # then the clock's agency, which is the case's, says it
        return mine & Q(**{f"{clock}case_id__isnull": False})
    cases = Case.objects.visible_to(actor)
    if area is not None:
        cases = cases.filter(area_id=area)
    return mine & Q(**{f"{clock}case_id__in": cases.values("pk")})


def _ringing_clocks(actor: Actor, area: int | None, state: str) -> QuerySet[Any]:
    """The clocks in this state that rang, each with its `last` alarm."""
    alarms = Alarm.objects.filter(deadline=OuterRef("pk"))
    last = Subquery(alarms.order_by("-pk").values("pk")[:1])
    clocks = Deadline.objects.filter(_seen_clocks(actor, area), state=state)
    return clocks.filter(Exists(alarms)).annotate(last=last)


def open_alarms_page(
    actor: Actor, area: int | None = None, *, size: int, after: tuple[datetime | None, int] | None = None
) -> Sequence[Alarm]:
    """The last alarm of each clock that still runs, the longest overdue first, then of those that pause: somebody still
    waits. A page of them, after the one with this (due date, id). At most three queries; the first walks the index
    `deadline_open` in its order, so that a page costs what it shows."""
    due, last = after or (None, 0)
    found: list[int] = []
    if after is None or due is not None:
        running = _ringing_clocks(actor, area, Deadline.State.RUNNING)
        if due is not None:
            running = running.filter(due_at__gte=due).filter(Q(due_at__gt=due) | Q(last__gt=last))
        found += running.order_by("due_at", "last").values_list("last", flat=True)[:size]
    if len(found) < size:
        paused = _ringing_clocks(actor, area, Deadline.State.PAUSED)
        if after is not None and due is None:
            paused = paused.filter(last__gt=last)
        found += paused.order_by("last").values_list("last", flat=True)[: size - len(found)]
    alarms = Alarm.objects.select_related("deadline").only(*RUNG).in_bulk(found)
    return [alarms[pk] for pk in found]


RUNG = ("level", "at", *(f"deadline__{name}" for name in ("agency_id", "case_id", "kind", "state", "due_at")))
"""What a list tells of an alarm and its clock: how a date was found is long."""


RINGING = """
SELECT count(*) FROM (
    SELECT FROM clocks_deadline d
    WHERE d.agency_id = %s::bigint AND d.state = 'running' AND d.case_id IS NOT NULL
      AND EXISTS (SELECT FROM clocks_alarm a WHERE a.deadline_id = d.id)
    LIMIT %s::int
) rang
"""


def ringing(actor: Actor, most: int = 99) -> int:
    """How many running clocks have rung for the actor; counted up to `most`. One query, from the index `deadline_open`:
    it is asked on every page, most often by somebody who sees all of an agency."""
    if Case.objects.all_seen_by(actor):
        found = rows.run(RINGING, (str(actor.agency_id or 0), str(most)))
        return int(found[0]) if found else 0
    running = Deadline.objects.filter(_seen_clocks(actor), state=Deadline.State.RUNNING)
    rang = running.filter(Exists(Alarm.objects.filter(deadline=OuterRef("pk"))))
    return len(rang.values_list("pk")[:most])  # counting them here costs less than compiling a count around them


def past_alarms(actor: Actor, area: int | None = None) -> QuerySet[Alarm]:
    """The alarms of clocks that have stopped, the newest first."""
    stopped = Alarm.objects.filter(_seen_clocks(actor, area, "deadline__"), deadline__state=Deadline.State.STOPPED)
    return stopped.select_related("deadline").only(*RUNG).order_by("-pk")


def cases_of(actor: Actor, alarms: Sequence[Alarm]) -> Mapping[int, Case]:
    """The cases of these alarms by id, with their area and service."""
    ids = {alarm.deadline.case_id for alarm in alarms}
    cases = Case.objects.visible_to(actor).select_related("service", "area")
    parts = (f"{part}__{name}" for part in ("service", "area") for name in ("slug", "name"))
    return cases.only("protocol", *parts).in_bulk(ids)
