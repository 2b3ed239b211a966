"""How often one address may do one thing: fixed windows, counted in PostgreSQL, so that every web process counts alike.

No address is stored: a row's key is a keyed hash of the scope and the address. The table is UNLOGGED: counting writes
no WAL and waits for no disk; after a crash PostgreSQL empties it, which forgives everybody and loses nothing that
anyone was promised.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from balcao.platform import rows, settled
from balcao.platform.columns import array
from balcao.platform.crypto import keyed_hash
from balcao.platform.errors import Refusal

# No index but the key: every counted hit is then a heap-only update, and the sweep reads a small table.
INSTALL_SQL = """
CREATE UNLOGGED TABLE IF NOT EXISTS platform_limit (
    key bytea PRIMARY KEY,
    hits integer NOT NULL,
    ends_at timestamptz NOT NULL
) WITH (fillfactor = 50);
"""

REMOVE_SQL = "DROP TABLE IF EXISTS platform_limit;"

# The count stops one past the limit: whoever keeps hammering is refused, not remembered more and more.
_HIT = """
INSERT INTO platform_limit AS kept (key, hits, ends_at)
SELECT %s::bytea, 1, statement_timestamp() + make_interval(secs => %s::float) {source}
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN kept.ends_at <= statement_timestamp() THEN 1 ELSE least(kept.hits + 1, %s::integer + 1) END,
    ends_at = CASE WHEN kept.ends_at <= statement_timestamp() THEN excluded.ends_at ELSE kept.ends_at END
RETURNING hits, extract(epoch FROM ends_at - statement_timestamp())::float AS seconds_left
"""
_ONE = _HIT.format(source="")


def counting(source: str) -> str:
    """SQL of one hit, to stand in a statement that asks for more and counts only if there is a row in `source` (FROM …
    WHERE …). Its values are `Window.values()`; it gives hits and seconds_left, for `Window.judge`."""
    return _HIT.format(source=source)


class TooMany(Refusal):
    """One address did one thing too often. `retry_after` is in whole seconds."""

    status = 429
    default = _("That was a lot in a short time. Please wait a moment and try again: nothing you typed is lost.")

    def __init__(self, scope: str, retry_after: int) -> None:
        super().__init__(log=f"rate limit {scope}")
        self.scope, self.retry_after = scope, retry_after


@dataclass(frozen=True)
class Window:
    """What may be done `limit` times within `seconds` by one `key`, an address for instance."""

    scope: str
    key: str
    limit: int
    seconds: int

    def values(self) -> tuple[str, str, str]:
        key = keyed_hash(f"{self.scope}\0{self.key}", "rate-limit")
        return f"\\x{key.hex()}", str(self.seconds), str(self.limit)

    def judge(self, hits: int, seconds_left: float) -> None:
        """Raise TooMany when it was done too often."""
        if hits > self.limit:
            raise TooMany(self.scope, max(1, ceil(seconds_left)))


def hit(scope: str, key: str, limit: int, per_seconds: int) -> None:
    """Count one; raise TooMany when it is more than `limit` within the running window of `per_seconds`.

    Call it outside transactions (else RuntimeError): a count that is rolled back with a failed request would let an
    attacker fail for ever, and one that waits for a commit would queue everybody from that address behind a lock.
    """
    window = Window(scope, key, limit, per_seconds)
    window.judge(*alone(_ONE, window.values())[0])


def alone(sql: str, values: Sequence[str | None]) -> list[tuple[Any, ...]]:
    """A statement that counts, in a transaction of its own."""
    if connection.in_atomic_block:
        with transaction.atomic(durable=True):  # passes only within a test's own transaction
            return rows.ask(sql, values)
    return rows.ask(sql, values)


# The smaller of two windows must count on while the larger one is what refuses: each row has its own limit.
_HIT_ALL = f"""
INSERT INTO platform_limit AS kept (key, hits, ends_at)
SELECT decode(key, 'hex'), 1, statement_timestamp() + make_interval(secs => seconds)
FROM unnest(%s::text[], %s::float[]) AS asked(key, seconds) ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    hits = CASE WHEN kept.ends_at <= statement_timestamp() THEN 1 ELSE least(kept.hits + 1, %s::integer + 1) END,
    ends_at = CASE WHEN kept.ends_at <= statement_timestamp() THEN excluded.ends_at ELSE kept.ends_at END
RETURNING encode(key, 'hex'), hits, extract(epoch FROM ends_at - statement_timestamp())::float, {settled.THIS}
"""  # noqa: S608


def hit_all(windows: list[tuple[str, str, int, int]]) -> None:
    """Count one in each of several windows (scope, key, limit, seconds), in one statement; TooMany names the first that
    is full. As `hit`, outside transactions. A view of the settings (`settled.one_view`) learns its token by the way."""
    keys = {keyed_hash(f"{scope}\0{key}", "rate-limit").hex(): (scope, limit) for scope, key, limit, _ in windows}
    values = (array(keys), array(w[3] for w in windows), str(max(w[2] for w in windows)))
    found = alone(_HIT_ALL, values)
    settled.told(found[0][3])
    counted = {key: (hits, left) for key, hits, left, _token in found}
    for key, (scope, limit) in keys.items():
        hits, left = counted[key]
        if hits > limit:
            raise TooMany(scope, max(1, ceil(left)))


def forgive(scope: str, key: str) -> None:
    """Forget what was counted: after a right password, say."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_limit WHERE key = %s", [keyed_hash(f"{scope}\0{key}", "rate-limit")])


def sweep() -> int:
    """Delete windows that have ended; a periodic job calls it. Returns how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM platform_limit WHERE ends_at < statement_timestamp()")
        return cursor.rowcount


def address_of(request: HttpRequest) -> str:
    """The network that a request comes from: an IPv4 address, or an IPv6 /64 (one household holds a whole one).

    Trusts REMOTE_ADDR alone: the server puts the client's address there when it stands behind a proxy that it knows.
    """
    raw = request.META.get("REMOTE_ADDR", "")
    try:
        address = ipaddress.ip_address(raw.split("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
