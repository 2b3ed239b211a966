"""Work orders: the areas' list, and everything that an area and its reviewer do with one."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from balcao.organization.models import Staff
from balcao.platform.actors import Actor
from balcao.platform.errors import IllegalMove, Invalid
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing
from balcao.workorders import actions as act
from balcao.workorders.models import WorkOrder
from balcao.workorders.moving import hold, to_lock
from balcao.workorders.queries import late
from balcao.workorders.states import OPEN, OrderState

from .acts import Acts
from .cases.finding import LINE as CASE_LINE
from .cases.schemas import CaseLine, MoreTime, Only, Reason, line_of
from .door import ERRORS, KeyRequest, scoped, seen
from .words import Day, HowItEnded, In, Named, Said, Told, Version, named, one_of

router = Router(tags=["orders"])
PAGE = 50


class OrderLine(Told):
    id: int
    case: str = Field(description="the protocol")
    number: int = Field(description="1, 2, … within its case")
    version: int
    service: Named
    area: Named
    state: str
    assignee: str = Field(description="the name of whoever has it; empty: nobody in particular")
    planned_for: Day | None
    issued_at: datetime
    due_at: datetime | None = Field(description="the area's own date; empty while its clock is paused")
    clock: str
    ended_at: datetime | None
    place: Named | None
    address: str
    lat: float | None
    lon: float | None


class OrderPage(Told):
    orders: list[OrderLine]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class ReportOut(Told):
    id: int
    outcome: str
    text: str
    impossible_because: str
    filed_at: datetime
    verdict: str
    review_note: str
    photos: list[UUID]


class OrderOut(OrderLine):
    """What the area needs to act: the demand in its words, never who asked."""

    description: str
    demand: CaseLine
    reports: list[ReportOut]


class Wanted(In):
    state: Annotated[OrderState, one_of(OrderState)] | None = None
    open: bool | None = None
    area: str = Field("", max_length=80, description="a slug")
    assignee: str = Field("", max_length=254, description="an e-mail of staff")
    overdue: bool | None = None
    planned_for: Day | None = None
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class Assign(In):
    staff: str = Field(min_length=3, max_length=254, description="the e-mail that they sign in with")
    version: Version


class Plan(In):
    planned_for: Day
    version: Version


class Report(In):
    outcome: HowItEnded
    text: Said
    impossible_because: str = Field("", max_length=4000)
    before: list[UUID] = Field(default_factory=list, max_length=10, description="pictures that `/files` took")
    after: list[UUID] = Field(default_factory=list, max_length=10)
    key: UUID | None = Field(None, description="your own id of this report: sent again it is filed once")
    version: Version


class Verdict(In):
    verdict: Literal["accept", "send_back"]
    note: str = Field("", max_length=4000, description="what is missing, when it is sent back")
    version: Version


LINE = ("area", "assignee", "deadline", "case__service", "case__place")  # what a line tells of
WHOLE = tuple(dict.fromkeys([*LINE, *(f"case__{name}" for name in CASE_LINE), "case__agency"]))


@standing
def _visible(actor: Actor, related: tuple[str, ...], *, pk: int) -> QuerySet[WorkOrder]:
    return WorkOrder.objects.visible_to(actor).select_related("case", *related).filter(pk=pk)


def order_of(actor: Actor, pk: int, *related: str) -> WorkOrder:
    """With what is `related` to it. Http404 when the actor may not see it."""
    found = _visible.one(actor.sight, related, pk=pk) if 0 < pk < 2**63 else None
    if found is None:
        raise Http404
    return found


def _order_to_act_on(actor: Actor, pk: int) -> WorkOrder:
    """As `order_of`, locked, for the running action."""
    found = _to_act_on.one(actor.sight, pk=pk) if 0 < pk < 2**63 else None
    if found is None:
        raise Http404
    return hold(found)


@standing
def _to_act_on(actor: Actor, *, pk: int) -> QuerySet[WorkOrder]:
    return to_lock(WorkOrder.objects.visible_to(actor).filter(pk=pk))


@router.get("", response={200: OrderPage, **ERRORS}, summary="A page of orders")
@scoped("order.read")
def list_orders(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Up to 50 at a time, the oldest first, of the areas that the key may see."""
    equal: dict[str, Any] = {
        "state": wanted.state,
        "area__slug": wanted.area,
        "assignee__email__iexact": wanted.assignee,
        "planned_for": wanted.planned_for,
        "pk__gt": wanted.after,
    }
    where = Q(**{name: value for name, value in equal.items() if value})
    if wanted.open is not None:
        where &= Q(state__in=OPEN) if wanted.open else ~Q(state__in=OPEN)
    if wanted.overdue is not None:
        where &= late(timezone.now()) if wanted.overdue else ~late(timezone.now())
    orders = WorkOrder.objects.visible_to(request.auth).filter(where)
    found = list(orders.select_related(*LINE).order_by("pk")[: PAGE + 1])
    seen(request, "list", [None], "orders")
    return {"orders": [_line(o) for o in found[:PAGE]], "next": found[PAGE - 1].pk if len(found) > PAGE else None}


@router.get("/{pk}", response={200: OrderOut, **ERRORS}, summary="One order with its demand and its reports")
@scoped("order.read")
def read_order(request: KeyRequest, pk: int) -> Any:
    order = order_of(request.auth, pk, *WHOLE)
    seen(request, "case", [order.case_id], "order")
    reports = order.reports.prefetch_related("photos__file").order_by("filed_at", "pk")
    return {
        **_line(order),
        "description": order.case.description,
        "demand": line_of(order.case),
        "reports": [
            {
                **{f: getattr(r, f) for f in ("outcome", "text", "impossible_because", "filed_at", "verdict")},
                "id": r.pk,
                "review_note": r.review_note,
                "photos": [photo.file.uuid for photo in r.photos.all()],
            }
            for r in reports
        ],
    }


orders = Acts(router, "pk", int, _order_to_act_on, lambda _actor, order: _line(order), OrderLine, held=True, plain=True)


@orders.on("accept", "order.work", summary="The area takes it on")
def accept(actor: Actor, order: WorkOrder, body: Only) -> None:
    act.accept_order(actor=actor, order=order, version=body.version)


@orders.on("assign", "order.assign", summary="Give it to a member of the area")
def assign(actor: Actor, order: WorkOrder, body: Assign) -> None:
    staff = Staff.objects.filter(agency_id=order.agency_id, is_active=True, email__iexact=body.staff).first()
    if staff is None:
        raise Invalid(_("Nobody here signs in with this e-mail."), field="staff")
    act.assign_order(actor=actor, order=order, staff=staff, version=body.version)


@orders.on("plan", "order.work", summary="Set the day of the work")
def plan(actor: Actor, order: WorkOrder, body: Plan) -> None:
    """The promise to the citizen does not move with it."""
    act.plan_order(actor=actor, order=order, planned_for=body.planned_for, version=body.version)


@orders.on("report", "order.work", summary="Say what was done", status=201)
def report(actor: Actor, order: WorkOrder, body: Report) -> None:
    """The area's own clock stops; a reviewer reads it before the citizen is answered."""
    act.file_report(
        actor=actor,
        order=order,
        outcome=body.outcome,
        text=body.text,
        impossible_because=body.impossible_because,
        photos={"before": _photos(actor, body.before), "after": _photos(actor, body.after)},
        key=body.key,
        version=body.version,
    )


@orders.on("review", "report.review", summary="Accept its report, or send it back")
def review(actor: Actor, order: WorkOrder, body: Verdict) -> None:
    """Accepted, the answer is drafted from the template of its outcome: read it and send it."""
    filed = act.report_to_review(order)
    if filed is None:
        raise IllegalMove(log=f"order {order.pk} has no report under review")
    if body.verdict == "accept":
        act.accept_report(actor=actor, report=filed, version=body.version)
    else:
        act.send_report_back(actor=actor, report=filed, note=body.note, version=body.version)


@orders.on("give-back", "order.assign", summary="“Not ours, because…”")
def give_back(actor: Actor, order: WorkOrder, body: Reason) -> None:
    """The order ends and triage must act."""
    act.give_back_order(actor=actor, order=order, reason=body.reason, version=body.version)


@orders.on("pause", "deadline.change", summary="Pause its clock, where its rule allows it")
def pause(actor: Actor, order: WorkOrder, body: Reason) -> None:
    act.hold_order(actor=actor, order=order, reason=body.reason, version=body.version)


@orders.on("resume", "deadline.change", summary="Let its clock run again")
def resume(actor: Actor, order: WorkOrder, body: Only) -> None:
    act.go_on_with_order(actor=actor, order=order, version=body.version)


@orders.on("extend", "deadline.change", summary="More time for the area")
def extend(actor: Actor, order: WorkOrder, body: MoreTime) -> None:
    act.extend_order(
        actor=actor,
        order=order,
        reason=body.reason,
        amount=body.amount,
        version=body.version,
    )


def _photos(actor: Actor, wanted: list[UUID]) -> list[StoredFile]:
    """Pictures that this very key has brought."""
    if not wanted:
        return []
    mine = StoredFile.objects.visible_to(actor).filter(uploaded_by_kind="key", uploaded_by_id=actor.id, kind="image")
    found = list(mine.filter(uuid__in=wanted))
    if len(found) != len(set(wanted)):
        raise Invalid(_("This file was not brought by this key."), field="photos")
    return found


def _line(order: WorkOrder) -> dict[str, Any]:
    case = order.case
    return {
        "id": order.pk,
        "case": case.protocol,
        "number": order.number,
        "version": order.version,
        "service": named(case.service),
        "area": named(order.area),
        "state": order.state,
        "assignee": order.assignee.name if order.assignee else "",
        "planned_for": order.planned_for,
        "issued_at": order.issued_at,
        "due_at": order.deadline.due_at,
        "clock": order.deadline.state,
        "ended_at": order.ended_at,
        "place": named(case.place),
        "address": case.address,
        "lat": case.lat,
        "lon": case.lon,
    }
