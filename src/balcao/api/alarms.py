"""What rings: the dates that come near or have passed. Pausing, resuming and extending a clock stand with its case and
with its order."""

from datetime import datetime
from typing import Any, Literal

from ninja import Query, Router, Schema
from pydantic import Field

from balcao.clocks.models import Alarm
from balcao.organization.models import Area
from balcao.workorders import queries

from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .own import own
from .words import In, Named, named

router = Router(tags=["alarms"])
PAGE = 50


class Wanted(In):
    show: Literal["ringing", "past"] = Field("ringing", description="past: those whose clock has stopped")
    area: str = Field("", max_length=80, description="a slug")
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class AlarmOut(Schema):
    id: int
    level: str = Field(description="warning-80 (per cent of the time), breach, escalation-1 (managers further up)")
    at: datetime
    clock: str = Field(description="answer: to the person; order: of the area")
    due_at: datetime | None
    case: str = Field(description="the protocol")
    service: Named
    area: Named | None


class AlarmPage(Schema):
    alarms: list[AlarmOut]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


@router.get("", response={200: AlarmPage, **ERRORS}, summary="The alarms that rang")
@scoped("case.read", "order.read")
def list_alarms(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Ringing: the date that comes first stands first. Past: the newest first."""
    actor = request.auth
    area = own(actor, Area, wanted.area).pk if wanted.area else None
    rows = _ringing(request, wanted, area) if wanted.show == "ringing" else _past(request, wanted, area)
    cases = queries.cases_of(actor, rows[:PAGE])
    seen(request, "list", [None], "alarms")
    told = [(alarm, cases.get(alarm.deadline.case_id or 0)) for alarm in rows[:PAGE]]
    return {
        "alarms": [_told(alarm, case) for alarm, case in told if case is not None],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }


def _ringing(request: KeyRequest, wanted: Wanted, area: int | None) -> list[Alarm]:
    last = Alarm.objects.filter(pk=wanted.after, deadline__agency_id=agency_of(request.auth)).first()
    after = (last.deadline.due_at, last.pk) if last else None
    return list(queries.open_alarms_page(request.auth, area, size=PAGE + 1, after=after))


def _past(request: KeyRequest, wanted: Wanted, area: int | None) -> list[Alarm]:
    found = queries.past_alarms(request.auth, area)
    return list((found.filter(pk__lt=wanted.after) if wanted.after else found)[: PAGE + 1])


def _told(alarm: Alarm, case: Any) -> dict[str, Any]:
    return {
        "id": alarm.pk,
        "level": alarm.level,
        "at": alarm.at,
        "clock": alarm.deadline.kind,
        "due_at": alarm.deadline.due_at,
        "case": case.protocol,
        "service": named(case.service),
        "area": named(case.area),
    }
