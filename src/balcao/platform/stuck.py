"""What was acknowledged and has not moved: each room says what standing still means there, one job looks for it.

A check is a query of rows that stand still now. What it finds becomes a fault of kind "stuck"; once a row is no longer
found, its fault ends by itself. Acts on state, never on having been called on time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from . import faults
from .actors import Actor
from .errors import Refusal
from .models import Fault

KIND = "stuck"
MOST = 500  # new faults of one check in one sweep: a thousand rows on one page help nobody
QUIET = timedelta(days=7)  # what a person ended by hand comes back after this, if it still has not moved
log = structlog.get_logger()


@dataclass(frozen=True)
class Check:
    """`rows(now)` are those that stand still. `agency` and `case` name their columns ("" where there is none).

    `data` goes with each fault; `columns` too, as {name: column of the row}. `mend(pk, actor)` tries to set one going
    again; None where only a person can decide."""

    why: str
    reason: str
    rows: Callable[[datetime], QuerySet[Any]]
    agency: str = "agency_id"
    case: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    mend: Callable[[int, Actor], None] | None = None


CHECKS: dict[str, Check] = {}  # filled in by config/wiring.py


def install(checks: Iterable[Check]) -> None:
    CHECKS.clear()
    CHECKS.update({check.why: check for check in checks})


def sweep(now: datetime) -> int:
    """Run every check; how many new faults there are. A check that breaks stops no other: it becomes a fault itself."""
    return sum(_guarded(check, now) for check in CHECKS.values())


def _guarded(check: Check, now: datetime) -> int:
    try:
        found = _look(check, now)
    except Exception as error:
        log.exception("stuck_check_failed", why=check.why)
        faults.record("job", f"stuck:{check.why}", f"The check “{check.why}” failed ({type(error).__name__}).")
        return 0
    faults.mended("job", f"stuck:{check.why}")
    return found


def _look(check: Check, now: datetime) -> int:
    columns = ["pk", *filter(None, (check.agency, check.case)), *check.columns.values()]
    rows = check.rows(now)
    known = {f.data["pk"]: f for f in Fault.objects.filter(kind=KIND, ended_at=None, data__why=check.why)}
    still = set(rows.filter(pk__in=known).values_list("pk", flat=True)) if known else set()
    for pk, fault in known.items():
        if pk not in still:
            faults.mended(KIND, fault.key)
    ended = Fault.objects.filter(kind=KIND, data__why=check.why, ended_by__isnull=False, ended_at__gt=now - QUIET)
    silent = {data["pk"] for data in ended.values_list("data", flat=True)}
    fresh = rows.exclude(pk__in=known.keys() | silent).order_by("pk").values(*columns)[:MOST]
    count = 0
    for row in fresh:
        faults.record(
            KIND,
            f"{check.why}:{row['pk']}",
            check.reason,
            agency_id=row.get(check.agency),
            case_id=row.get(check.case or "") if check.case != "pk" else row["pk"],
            data={"why": check.why, "pk": row["pk"], **check.data, **{k: row[c] for k, c in check.columns.items()}},
        )
        count += 1
    return count


def mendable(fault: Fault) -> bool:
    """Whether `retry` can do more than send to a person."""
    check = CHECKS.get(fault.data.get("why", ""))
    return check is not None and check.mend is not None


def may_retry(fault: Fault) -> bool:
    """Whether a machine can try it again; where only a person can decide, nothing promises otherwise."""
    return mendable(fault) if fault.kind == KIND else fault.kind in faults.MENDERS


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "stuck": set it going where the machine can, and say so where a person must."""
    check = CHECKS.get(fault.data.get("why", ""))
    if check is None or check.mend is None:
        raise Refusal(_("Only a person can move this one on. Open its case and decide what comes next."))
    if not check.rows(timezone.now()).filter(pk=fault.data["pk"]).exists():
        faults.mended(fault.kind, fault.key)
        return
    check.mend(fault.data["pk"], actor)
    if not check.rows(timezone.now()).filter(pk=fault.data["pk"]).exists():
        faults.mended(fault.kind, fault.key)


@app.periodic(cron="*/10 * * * *")
@app.task(name="platform.sweep_stuck", queue="clocks", queueing_lock="platform.sweep_stuck")
def sweep_stuck(timestamp: int) -> int:
    """Look for what stands still, every ten minutes."""
    return sweep(timezone.now())
