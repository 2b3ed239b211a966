"""Pages by key, never by offset: the address carries where the last page ended."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest


def cursor_of(moment: datetime | None, key: int) -> str:
    """ "2026-03-01T12:00:00+00:00~42": the sort value and the id of the last row shown."""
    return f"{moment.isoformat() if moment else ''}~{key}"


def read_cursor(request: HttpRequest, name: str = "after") -> tuple[datetime | None, int] | None:
    """What `cursor_of` wrote. None when there is none, or when somebody changed it: the first page is shown."""
    moment, _, key = request.GET.get(name, "").partition("~")
    try:
        return (datetime.fromisoformat(moment.replace(" ", "+")) if moment else None), int(key)
    except ValueError:
        return None


def with_query(request: HttpRequest, **changes: object) -> str:
    """This page's query with `changes`; None takes one out. Starts with "?"."""
    query = request.GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value not in (None, ""):
            query[name] = str(value)
    return f"?{query.urlencode()}"
