"""Django's cache in PostgreSQL: what one web process counts or remembers, every other one knows at once.

allauth keeps its tries (sign-in, second factor, reset of a password) and the codes already used in it; each of these
rests on `add` being taken by one of two that ask at the same moment. Values are JSON. Keys are kept as keyed hashes,
since allauth writes addresses into them. The table is UNLOGGED, as that of `limits`: a crash forgives everybody.

Use it outside transactions: what is written within one is seen by the others when it commits. Where a page only saves
itself a query, `caches["process"]` costs none.
"""

from __future__ import annotations

import json
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import connection

from balcao.platform.crypto import keyed_hash

INSTALL_SQL = """
CREATE UNLOGGED TABLE IF NOT EXISTS platform_cache (
    key bytea PRIMARY KEY,
    value jsonb NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (fillfactor = 50);
"""
REMOVE_SQL = "DROP TABLE IF EXISTS platform_cache;"

# A number of seconds that is NULL makes the sum NULL: kept for ever.
_SET = """
INSERT INTO platform_cache AS kept (key, value, ends_at)
VALUES (%(key)s, %(value)s, coalesce(statement_timestamp() + make_interval(secs => %(seconds)s), 'infinity'))
ON CONFLICT (key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at
"""
_ADD = _SET + "WHERE kept.ends_at <= statement_timestamp()"
_GET = "SELECT value::text FROM platform_cache WHERE key = %(key)s AND ends_at > statement_timestamp()"
_TOUCH = """
UPDATE platform_cache
SET ends_at = coalesce(statement_timestamp() + make_interval(secs => %(seconds)s), 'infinity')
WHERE key = %(key)s AND ends_at > statement_timestamp()
"""
_INCR = """
UPDATE platform_cache SET value = to_jsonb(value::bigint + %(delta)s)
WHERE key = %(key)s AND ends_at > statement_timestamp() RETURNING value::bigint
"""


class SharedCache(BaseCache):
    """Each call is one statement, and atomic by itself."""

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(_GET, {"key": self._kept(key, version)})
            found = cursor.fetchone()
        return default if found is None else json.loads(found[0])

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        self._write(_SET, key, version, value=json.dumps(value), seconds=self._seconds(timeout))

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        """True for exactly one of those who add the same key while it lives."""
        return self._write(_ADD, key, version, value=json.dumps(value), seconds=self._seconds(timeout))

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return self._write(_TOUCH, key, version, seconds=self._seconds(timeout))

    def delete(self, key: Any, version: int | None = None) -> bool:
        return self._write("DELETE FROM platform_cache WHERE key = %(key)s", key, version)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """Adds to a number that is there (else ValueError); no two processes add to the same one at once."""
        with connection.cursor() as cursor:
            cursor.execute(_INCR, {"key": self._kept(key, version), "delta": delta})
            found = cursor.fetchone()
        if found is None:
            raise ValueError("there is no such number in the cache")
        return found[0]

    def clear(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM platform_cache")

    def _write(self, statement: str, key: Any, version: int | None, **values: Any) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"key": self._kept(key, version), **values})
            return cursor.rowcount > 0

    def _kept(self, key: Any, version: int | None) -> bytes:
        return keyed_hash(self.make_key(key, version), "cache")

    def _seconds(self, timeout: Any) -> float | None:
        """None keeps it for ever; zero and less are over at once."""
        return self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout


def sweep() -> int:
    """Delete what has ended; a periodic job calls it. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_cache WHERE ends_at <= statement_timestamp()")
        return cursor.rowcount
