"""Work orders: the areas' list, and everything that an area and its reviewer do with one."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.organization.models import Staff
from balcao.platform.actors import Actor
from balcao.platform.errors import IllegalMove, Invalid
from balcao.platform.models import StoredFile
from balcao.workorders import actions as act
from balcao.workorders.models import AreaReport, WorkOrder
from balcao.workorders.queries import late
from balcao.workorders.states import OPEN, OrderState

from .cases.schemas import CaseLine, MoreTime, Only, OutcomeName, Reason, line_of
from .door import ERRORS, KeyRequest, scoped, seen
from .words import Day, In, Named, Said, Version, named

router = Router(tags=["orders"])
PAGE = 50
StateName = Literal[tuple(OrderState.values)]  # type: ignore[valid-type]


class OrderLine(Schema):
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


class OrderPage(Schema):
    orders: list[OrderLine]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class ReportOut(Schema):
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
    state: StateName | None = None  # type: ignore[valid-type]
    open: bool | None = None
    area: str = Field("", max_length=80, description="a slug")
    assignee: str = Field("", max_length=254, description="an e-mail of staff")
    overdue: bool | None = None
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class Assign(In):
    staff: str = Field(min_length=3, max_length=254, description="the e-mail that they sign in with")
    version: Version


class Plan(In):
    planned_for: Day
    version: Version


class Report(In):
    outcome: OutcomeName  # type: ignore[valid-type]
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


LINE = {200: OrderLine, **ERRORS}


def order_of(actor: Actor, pk: int) -> WorkOrder:
    """Http404 when the actor may not see it."""
    whole = WorkOrder.objects.visible_to(actor).select_related(
        "area", "assignee", "deadline", "case__service", "case__place", "case__area", "case__deadline",
        "case__primary", "case__agency",
    )  # fmt: skip
    found = whole.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise Http404
    return found


@router.get("", response={200: OrderPage, **ERRORS}, summary="A page of orders")
@scoped("order.read")
def list_orders(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Up to 50 at a time, the oldest first, of the areas that the key may see."""
    equal: dict[str, Any] = {
        "state": wanted.state,
        "area__slug": wanted.area,
        "assignee__email__iexact": wanted.assignee,
        "pk__gt": wanted.after,
    }
    where = Q(**{name: value for name, value in equal.items() if value})
    if wanted.open is not None:
        where &= Q(state__in=OPEN) if wanted.open else ~Q(state__in=OPEN)
    if wanted.overdue is not None:
        where &= late(timezone.now()) if wanted.overdue else ~late(timezone.now())
    orders = WorkOrder.objects.visible_to(request.auth).filter(where)
    related = ("area", "assignee", "deadline", "case__service", "case__place")
    found = list(orders.select_related(*related).order_by("pk")[: PAGE + 1])
    seen(request, "list", [None], "orders")
    return {"orders": [_line(o) for o in found[:PAGE]], "next": found[PAGE - 1].pk if len(found) > PAGE else None}


@router.get("/{pk}", response={200: OrderOut, **ERRORS}, summary="One order with its demand and its reports")
@scoped("order.read")
def read_order(request: KeyRequest, pk: int) -> Any:
    order = order_of(request.auth, pk)
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


@router.post("/{pk}/accept", response=LINE, summary="The area takes it on")
@scoped("order.work")
def accept(request: KeyRequest, pk: int, body: Only) -> Any:
    order = order_of(request.auth, pk)
    act.accept_order(actor=request.auth, order=order, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/assign", response=LINE, summary="Give it to a member of the area")
@scoped("order.assign")
def assign(request: KeyRequest, pk: int, body: Assign) -> Any:
    order = order_of(request.auth, pk)
    staff = Staff.objects.filter(agency_id=order.agency_id, is_active=True, email__iexact=body.staff).first()
    if staff is None:
        raise Invalid(_("Nobody here signs in with this e-mail."), field="staff")
    act.assign_order(actor=request.auth, order=order, staff=staff, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/plan", response=LINE, summary="Set the day of the work")
@scoped("order.work")
def plan(request: KeyRequest, pk: int, body: Plan) -> Any:
    """The promise to the citizen does not move with it."""
    order = order_of(request.auth, pk)
    act.plan_order(actor=request.auth, order=order, planned_for=body.planned_for, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/report", response={201: OrderLine, **ERRORS}, summary="Say what was done")
@scoped("order.work")
def report(request: KeyRequest, pk: int, body: Report) -> Any:
    """The area's own clock stops; a reviewer reads it before the citizen is answered."""
    order = order_of(request.auth, pk)
    act.file_report(
        actor=request.auth,
        order=order,
        outcome=body.outcome,
        text=body.text,
        impossible_because=body.impossible_because,
        photos={"before": _photos(request.auth, body.before), "after": _photos(request.auth, body.after)},
        key=body.key,
        version=body.version,
    )
    return Status(201, _line(order_of(request.auth, pk)))


@router.post("/{pk}/review", response=LINE, summary="Accept its report, or send it back")
@scoped("report.review")
def review(request: KeyRequest, pk: int, body: Verdict) -> Any:
    """Accepted, the answer is drafted from the template of its outcome: read it and send it."""
    order = order_of(request.auth, pk)
    filed = order.reports.filter(verdict=AreaReport.Verdict.FILED).select_related("order__case").first()
    if filed is None:
        raise IllegalMove(log=f"order {pk} has no report under review")
    if body.verdict == "accept":
        act.accept_report(actor=request.auth, report=filed, version=body.version)
    else:
        act.send_report_back(actor=request.auth, report=filed, note=body.note, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/give-back", response=LINE, summary="“Not ours, because…”")
@scoped("order.assign")
def give_back(request: KeyRequest, pk: int, body: Reason) -> Any:
    """The order ends and triage must act."""
    order = order_of(request.auth, pk)
    act.give_back_order(actor=request.auth, order=order, reason=body.reason, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/pause", response=LINE, summary="Pause its clock, where its rule allows it")
@scoped("deadline.change")
def pause(request: KeyRequest, pk: int, body: Reason) -> Any:
    order = order_of(request.auth, pk)
    act.hold_order(actor=request.auth, order=order, reason=body.reason, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/resume", response=LINE, summary="Let its clock run again")
@scoped("deadline.change")
def resume(request: KeyRequest, pk: int, body: Only) -> Any:
    order = order_of(request.auth, pk)
    act.go_on_with_order(actor=request.auth, order=order, version=body.version)
    return _line(order_of(request.auth, pk))


@router.post("/{pk}/extend", response=LINE, summary="More time for the area")
@scoped("deadline.change")
def extend(request: KeyRequest, pk: int, body: MoreTime) -> Any:
    order = order_of(request.auth, pk)
    act.extend_order(
        actor=request.auth,
        order=order,
        reason=body.reason,
        amount=body.amount,
        version=body.version,
    )
    return _line(order_of(request.auth, pk))


def _photos(actor: Actor, wanted: list[UUID]) -> list[StoredFile]:
    """Pictures that this very key has brought."""
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
