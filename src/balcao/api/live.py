"""The live view's figures: a day by the hour, and where more is asked for than in other years."""

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.catalog.models import Service
from balcao.insights import live
from balcao.organization.models import Agency, Area, Place

from .door import ERRORS, KeyRequest, agency_of, scoped
from .own import own
from .words import Day, In

router = Router(tags=["figures"])


class Wanted(In):
    day: Day | None = Field(None, ge=date(2000, 1, 1), lt=date(2200, 1, 1), description="empty: today")
    service: str = Field("", max_length=100, description="a slug")
    area: str = Field("", max_length=80, description="a slug")
    place: str = Field("", max_length=80, description="a slug")
    channel: str = Field("", max_length=20)


class SpotOut(Schema):
    """A cell of some 0.7 km², by its middle."""

    lat: float
    lon: float
    asked: int = Field(description="demands of the four weeks up to the day")
    usual: float | None = Field(description="the mean of the same weeks of other years; empty without any")


class LiveOut(Schema):
    day: date
    opened: list[int] = Field(description="in each of the day's 24 hours, in the agency's time zone")
    answered: list[int]
    hot_spots: list[SpotOut] = Field(description="where much more was asked for than is usual, the most first")
    years: int = Field(description="how many other years there are to compare with")


@router.get("", response={200: LiveOut, **ERRORS}, summary="The city on a day")
@scoped("case.read")
def read_city(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Of all demands that the key may see, also those that no public figure counts: not for publishing."""
    actor = request.auth
    named = {"service": Service, "area": Area, "place": Place}
    given = {name: getattr(wanted, name) for name in named}
    only: dict[str, int | str] = {
        f"{name}_id": own(actor, named[name], slug, name).pk for name, slug in given.items() if slug
    }
    if wanted.channel:
        only["channel"] = wanted.channel
    zone = Agency.objects.values_list("timezone", flat=True).get(pk=agency_of(actor))
    with timezone.override(zone):
        day = wanted.day or timezone.localdate()
        hours = live.by_hour(actor, day, only)
        spots, years = live.hot_spots(actor, day, only)
    return {"day": day, **hours, "hot_spots": [spot.__dict__ for spot in spots], "years": years}
