"""After the first of BALCAO_FIELD_KEYS has changed: every encrypted field anew, a batch a transaction.

A row that is already under the first key is not written, so that a run which was cut goes on where it stopped, and a
second one changes nothing. The rows of a batch are locked while it is written: nobody's change in between is lost.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from psycopg import sql

from balcao.platform import crypto

BATCH = 500


@dataclass(frozen=True)
class Place:
    """One table with encrypted columns."""

    model: type[models.Model]
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.model._meta.db_table

    @property
    def key(self) -> str:
        return str(self.model._meta.pk.column)  # type: ignore[union-attr]

    def count(self) -> int:
        return self.model._base_manager.count()


@dataclass
class Tally:
    """What a run met: `seen` rows, `renewed` rows, and `unreadable` texts that open with no key of the list."""

    seen: int = 0
    renewed: int = 0
    unreadable: int = 0
    last: Any = field(default=None, repr=False)


def places() -> list[Place]:
    """Every table with an EncryptedTextField."""
    found = []
    for model in apps.get_models():
        columns = tuple(str(f.column) for f in model._meta.local_fields if isinstance(f, crypto.EncryptedTextField))
        if columns:
            found.append(Place(model, columns))
    return found


def renew(place: Place, batch: int = BATCH) -> Iterator[Tally]:
    """Encrypt a table anew; yields the running tally after each batch that is committed."""
    tally = Tally()
    write = sql.SQL("UPDATE {} SET {} WHERE {} = %s").format(
        sql.Identifier(place.name),
        sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(column)) for column in place.columns),
        sql.Identifier(place.key),
    )
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            rows = _read(cursor, place, tally.last, batch, lock=True)
            changed = []
            for pk, *tokens in rows:
                fresh = [_renewed(token, tally) for token in tokens]
                if fresh != tokens:
                    changed.append((*fresh, pk))
            if changed:
                cursor.executemany(write, changed)
        tally.seen += len(rows)
        tally.renewed += len(changed)
        if rows:
            tally.last = rows[-1][0]
            yield tally
        if len(rows) < batch:
            return


def left_under_older_keys(place: Place, batch: int = 5000) -> bool:
    """Whether any text of the table is not under the first key; it reads until it meets one."""
    last = None
    while True:
        with connection.cursor() as cursor:
            rows = _read(cursor, place, last, batch, lock=False)
        if any(token and not crypto.is_under_first_key(token) for _pk, *tokens in rows for token in tokens):
            return True
        if len(rows) < batch:
            return False
        last = rows[-1][0]


def _read(cursor: Any, place: Place, after: Any, limit: int, *, lock: bool) -> list[tuple[Any, ...]]:
    key = sql.Identifier(place.key)
    query = sql.SQL("SELECT {}, {} FROM {} WHERE {} ORDER BY {} LIMIT %s {}").format(
        key,
        sql.SQL(", ").join(map(sql.Identifier, place.columns)),
        sql.Identifier(place.name),
        sql.SQL("TRUE") if after is None else sql.SQL("{} > %s").format(key),
        key,
        sql.SQL("FOR NO KEY UPDATE" if lock else ""),
    )
    cursor.execute(query, [limit] if after is None else [after, limit])
    return cursor.fetchall()


def _renewed(token: str | None, tally: Tally) -> str | None:
    if not token or crypto.is_under_first_key(token):
        return token
    try:
        return crypto.encrypt(crypto.decrypt(token))
    except crypto.Unreadable:
        tally.unreadable += 1
        return token
