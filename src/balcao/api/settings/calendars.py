"""The days of a calendar: municipal holidays, closures, extra working days."""

from typing import Annotated, Any

from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import Field

from balcao.organization.actions import change_holiday, remove_holiday
from balcao.organization.models import Holiday

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..words import Day, In, one_of
from .kinds import CALENDARS, Hours

router = Router(tags=["settings"])


class DayIn(In):
    date: Day
    name: Annotated[str, Field(min_length=1, max_length=120)]
    kind: Annotated[Holiday.Kind, one_of(Holiday.Kind)] = Holiday.Kind.HOLIDAY
    yearly: bool = Field(False, strict=True, description="returns on its date")
    with_easter: bool = Field(False, strict=True, description="moves with Easter: give its date in any one year")
    hours: Hours | None = Field(None, description="of an extra working day")


class DayOut(Schema):
    id: int
    date: Day
    name: str
    kind: str
    yearly: bool
    with_easter: bool
    hours: list[list[str]] | None


@router.get("/calendars/{calendar}/days", response={200: list[DayOut], **ERRORS}, summary="The days of a calendar")
@scoped("settings.edit")
def list_days(request: KeyRequest, calendar: str) -> Any:
    """Those that the agency added: the country's own holidays are known by its code."""
    return list(CALENDARS.find(request.auth, calendar).holidays.all())


@router.post("/calendars/{calendar}/days", response={201: DayOut, **ERRORS}, summary="Add a day to a calendar")
@scoped("settings.edit")
def add_day(request: KeyRequest, calendar: str, body: DayIn) -> Any:
    """Dates that were promised already stay as they are."""
    day = Holiday(calendar=CALENDARS.find(request.auth, calendar), **body.model_dump())
    return Status(201, change_holiday(actor=request.auth, holiday=day))


@router.delete("/calendars/{calendar}/days/{day}", response={204: None, **ERRORS}, summary="Remove a day")
@scoped("settings.edit")
def remove_day(request: KeyRequest, calendar: str, day: int) -> Any:
    own = Holiday.objects.filter(calendar__agency_id=agency_of(request.auth), calendar__slug=calendar)
    found = own.select_related("calendar").filter(pk=day if 0 < day < 2**63 else 0).first()
    if found is None:
        raise Http404
    remove_holiday(actor=request.auth, holiday=found)
    return Status(204, None)
