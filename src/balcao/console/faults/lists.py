"""The open faults of the agency, the oldest first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.console.paging import cursor_of, read_cursor, with_query
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.models import Staff
from balcao.platform.faults import MENDERS
from balcao.platform.models import Fault
from balcao.platform.stuck import may_retry

from . import words

PAGE = 40


@staff_page("faults.mend")
def faults(request: StaffRequest) -> HttpResponse:
    """`?kind=` narrows to one kind, `?mine=1` to those given to me, `?show=ended` lists what has ended."""
    actor = request.actor
    everything = Fault.objects.visible_to(actor)
    open_ones = everything.filter(ended_at=None)
    ended = request.GET.get("show") == "ended"
    kind, mine, after = request.GET.get("kind", ""), request.GET.get("mine") == "1", read_cursor(request)
    found = everything.filter(ended_at__isnull=False).order_by("-id") if ended else open_ones.order_by("id")
    if kind in words.kinds():
        found = found.filter(kind=kind)
    if mine:
        found = found.filter(owner_id=actor.id)
    if after:
        found = found.filter(pk__lt=after[1]) if ended else found.filter(pk__gt=after[1])
    rows = list(found[: PAGE + 1])
    sums = dict(open_ones.values_list("kind").annotate(n=Count("pk")))
    context = {
        "now": timezone.now(),
        "rows": dressed(request, rows[:PAGE]),
        "ended": ended,
        "kind": kind,
        "kind_name": words.kinds().get(kind, ""),
        "may_retry_all": not ended and kind in MENDERS and sums.get(kind, 0) > 1,
        "total": sum(sums.values()),
        "tabs": _tabs(request, sums, kind, ended),
        "mine": mine,
        "mine_href": with_query(request, mine=None if mine else 1, after=None),
        "next": with_query(request, after=cursor_of(None, rows[PAGE - 1].pk)) if len(rows) > PAGE else "",
        "first": with_query(request, after=None) if after else "",
    }
    return render(request, "console/faults/list.html", context)


def _tabs(request: StaffRequest, sums: dict[str, int], kind: str, ended: bool) -> list[dict[str, Any]]:
    def tab(label: str, **query: Any) -> dict[str, Any]:
        return {"label": label, "href": with_query(request, after=None, **query)}

    items = [tab(_("All"), kind=None, show=None) | {"count": sum(sums.values()), "current": not kind and not ended}]
    items += [
        tab(label, kind=code, show=None) | {"count": sums.get(code, 0), "current": kind == code and not ended}
        for code, label in words.kinds().items()
    ]
    return [*items, tab(_("Ended"), kind=None, show="ended") | {"current": ended}]


def dressed(request: StaffRequest, rows: Sequence[Fault]) -> list[dict[str, Any]]:
    """Each fault with its words, its case and its owner. Two queries."""
    actor = request.actor
    cases = Case.objects.visible_to(actor).select_related("service").in_bulk({f.case_id for f in rows if f.case_id})
    ids = {i for f in rows for i in (f.owner_id, f.ended_by) if i}
    names = dict(Staff.objects.filter(pk__in=ids, agency_id=actor.agency_id or 0).values_list("pk", "name"))
    return [
        {
            "fault": fault,
            "words": words.of(fault),
            "case": cases.get(fault.case_id or 0),
            "owner": names.get(fault.owner_id or 0, ""),
            "ended_by": names.get(fault.ended_by or 0, ""),
            "may_retry": fault.ended_at is None and may_retry(fault),
        }
        for fault in rows
    ]
