"""How the open demands stand: how many, for how long, with whom, where, and by when they are due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Case as Cases
from django.db.models import Count, IntegerField, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.timezone import make_aware

from .models import Case

SOON = timedelta(days=3)
AGES = ((0, 7), (8, 30), (31, 90), (91, 365), (366, None))  # days since the opening: from, to


def days_ago(days: int, now: datetime) -> date:
    """The day, in the current time zone."""
    return timezone.localtime(now).date() - timedelta(days=days)


def counted(cases: QuerySet[Case], now: datetime) -> list[tuple[int | None, int | None, int, int]]:
    """(place, area, line of AGES, how many) of these: one pass over them, without a date for each."""
    starts = [make_aware(datetime.combine(days_ago(most, now), time.min)) for _least, most in AGES if most is not None]
    whens = [When(opened_at__gte=start, then=Value(n)) for n, start in enumerate(starts)]
    age = Cases(*whens, default=Value(len(AGES) - 1), output_field=IntegerField())
    return list(cases.order_by().values_list("place_id", "area_id", age).annotate(n=Count("pk")))


def summed(pairs: Iterable[tuple[Any, int]]) -> dict[Any, int]:
    """The numbers of each key together."""
    found: dict[Any, int] = {}
    for key, n in pairs:
        found[key] = found.get(key, 0) + n
    return found


def late(clocked: QuerySet[Any], agency_id: int, now: datetime) -> dict[str, int]:
    """Of demands, or of orders: how many are overdue, and how many will be within SOON: of running clocks by their
    date, as the index has them; naming their agency lets it lead."""
    due = clocked.filter(deadline__agency_id=agency_id, deadline__state="running")
    counts = {
        "overdue": Count("pk", Q(deadline__due_at__lt=now)),
        "soon": Count("pk", Q(deadline__due_at__gte=now)),
    }
    return due.filter(deadline__due_at__lt=now + SOON).order_by().aggregate(**counts)
