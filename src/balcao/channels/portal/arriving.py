"""The last page comes in: what it asks the database before its transaction, in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.utils import timezone

from balcao.platform import settled
from balcao.platform.columns import columns_of
from balcao.platform.limits import TooMany, Window, address_of, alone, counting

from .models import Draft
from .shell import PortalRequest


@dataclass(frozen=True)
class Arrival:
    """The draft that the page's form names, whatever agency's it is; not sent yet, it was counted."""

    draft: Draft
    refusal: TooMany | None
    """There were too many from this address."""


def arrive(request: PortalRequest, scope: str, limit: int, per_seconds: int) -> Arrival | None:
    """What the form names, and the count of this address where that is a draft which was not sent; None where it is
    none, and nothing was counted. A view of the settings (`settled.one_view`) learns its token by the way."""
    try:
        uuid = UUID(request.POST.get("draft", ""))
    except ValueError:
        return None
    window = Window(scope, address_of(request), limit, per_seconds)
    values = (uuid.hex, timezone.now().isoformat(), *window.values())
    ((token, hits, seconds_left, *found),) = alone(_sql(), values)
    settled.told(token)
    if found[0] is None:
        return None
    refusal = None
    if hits is not None:
        try:
            window.judge(hits, seconds_left)
        except TooMany as refused:
            refusal = refused
    return Arrival(columns_of(Draft).instance(found), refusal)


@cache
def _sql() -> str:
    columns = columns_of(Draft)
    return f"""
WITH found AS (
    SELECT {columns.names} FROM {columns.table} WHERE uuid = %s::uuid AND expires_at > %s::timestamptz
), counted AS (
    {counting("FROM found WHERE case_id IS NULL")}
)
SELECT {settled.THIS}, hits, seconds_left, found.* FROM (SELECT) AS always
LEFT JOIN counted ON true LEFT JOIN found ON true
"""  # noqa: S608
