"""Moments as they are read: each list and each act reads dozens, and Django's own way takes each apart by a pattern."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import BaseTzLoader


class Moment(BaseTzLoader):
    """A `timestamptz` of a session in UTC, read by Python's own parser; what that cannot read (before Christ, another
    DateStyle) or finds elsewhere is left to the driver."""

    timezone = UTC

    def load(self, data: Any) -> datetime:
        try:
            found = datetime.fromisoformat(str(data, "ascii"))
            if found.tzinfo is UTC:
                return found
        except ValueError:
            pass
        told: datetime = super().load(data)
        return told


def read_moments(*, connection: Any, **_signal: Any) -> None:
    """On each new connection."""
    if connection.timezone is UTC:
        connection.connection.adapters.register_loader("timestamptz", Moment)
