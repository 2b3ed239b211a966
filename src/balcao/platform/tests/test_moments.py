"""Moments are read as Django reads them, only sooner."""

from datetime import UTC, datetime

import pytest
from django.db import DataError, connection
from psycopg.pq import Format

from balcao.platform.moments import Moment


def told(moment: str) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::timestamptz", [moment])
        (found,) = cursor.fetchone()
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-11-23 19:00:00+00", datetime(2026, 11, 23, 19, tzinfo=UTC)),
        ("2026-11-23 19:00:00.5-03", datetime(2026, 11, 23, 22, 0, 0, 500_000, tzinfo=UTC)),
        ("1889-11-15 00:00:00.000001+00", datetime(1889, 11, 15, 0, 0, 0, 1, tzinfo=UTC)),
        ("9999-12-31 23:59:59.999999+00", datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_a_moment_in_utc(said: str, moment: datetime) -> None:
    assert told(said) == moment and told(said).tzinfo is UTC


@pytest.mark.django_db
def test_what_python_cannot_hold_is_refused_as_ever() -> None:
    for said in ("0044-03-15 12:00:00+00 BC", "infinity", "12000-01-01 00:00:00+00"):
        with pytest.raises(DataError):
            told(said)


@pytest.mark.django_db
def test_django_reads_them_so() -> None:
    told("2026-11-23 12:00:00+00")
    adapters = connection.connection.adapters
    assert adapters.get_loader(adapters.types["timestamptz"].oid, Format.TEXT) is Moment
