"""The live view's figures: what is open now and when it is due, a day by the hour, and where more is asked for than in
other years."""

from datetime import date
from typing import Any

from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.cases.models import Case
from balcao.cases.standing import AGES, counted, late, summed
from balcao.cases.states import State
from balcao.catalog.models import Service
from balcao.insights import live
from balcao.organization.models import Agency, Area, Place
from balcao.platform.actors import Actor
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import OPEN

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


class AgeOut(Schema):
    since: int = Field(description="days since the opening, from")
    until: int | None = Field(description="to; empty: any more")
    open: int


class OpenOf(Schema):
    slug: str = Field(description="empty: none yet")
    open: int


class LiveOut(Schema):
    open: int = Field(description="demands that are open now, whatever the day")
    overdue: int = Field(description="of these")
    soon: int = Field(description="of these, due within three days")
    ages: list[AgeOut]
    areas: list[OpenOf] = Field(description="the open ones by area, the most first")
    places: list[OpenOf] = Field(description="the open ones by district, the most first")
    orders_overdue: int | None = Field(description="open orders now; empty without the scope order.read")
    orders_soon: int | None
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
    only: dict[str, Any] = {
        f"{name}_id": own(actor, named[name], slug, name).pk for name, slug in given.items() if slug
    }
    if wanted.channel:
        only["channel"] = wanted.channel
    zone = Agency.objects.values_list("timezone", flat=True).get(pk=agency_of(actor))
    with timezone.override(zone):
        day = wanted.day or timezone.localdate()
        hours = live.by_hour(actor, day, only)
        spots, years = live.hot_spots(actor, day, only)
        standing = _standing(actor, only)
    return {**standing, "day": day, **hours, "hot_spots": [spot.__dict__ for spot in spots], "years": years}


def _standing(actor: Actor, only: dict[str, Any]) -> dict[str, Any]:
    """As the live view counts them."""
    now, agency_id = timezone.now(), agency_of(actor)
    cases = Case.objects.visible_to(actor).exclude(state=State.CLOSED).filter(**only)
    rows = counted(cases, now)
    ages = summed((age, n) for _place, _area, age, n in rows)
    due: dict[str, int | None] = {"overdue": None, "soon": None}
    if actor.can("order.read"):
        of = {name if name == "area_id" else f"case__{name}": value for name, value in only.items()}
        due |= late(WorkOrder.objects.visible_to(actor).filter(state__in=OPEN, **of), agency_id, now)
    return {
        "open": sum(row[3] for row in rows),
        **late(cases, agency_id, now),
        "ages": [{"since": a, "until": z, "open": ages.get(n, 0)} for n, (a, z) in enumerate(AGES)],
        "areas": _by(Area, agency_id, summed((area, n) for _place, area, _age, n in rows)),
        "places": _by(Place, agency_id, summed((place, n) for place, _area, _age, n in rows)),
        **{f"orders_{name}": n for name, n in due.items()},
    }


def _by(model: type[Area | Place], agency_id: int, counts: dict[Any, int]) -> list[dict[str, Any]]:
    slugs = dict(model.objects.filter(agency_id=agency_id).values_list("pk", "slug"))
    return [{"slug": slugs.get(pk, ""), "open": n} for pk, n in sorted(counts.items(), key=lambda one: -one[1])]
