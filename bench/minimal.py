"""The ceiling: what PostgreSQL does at best with the same rows. Minimal SQL, one transaction, run by `pgbench`.

The rows are taken from one real opening, so that their widths, indexes, keys and triggers are the product's. Only what
must differ from case to case (ids, protocol, unique keys) is filled in anew."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from .harness import Run

# Written by triggers, or not a row of the case: counters, and the draft that is emptied (an update).
LEFT_OUT = {"procrastinate_events", "portal_draft", "django_migrations"}
# Parents before children; whatever else an opening writes comes after.
ORDER = ("citizens_person", "citizens_contactpoint", "clocks_deadline", "cases_case", "workorders_workorder")
# Unique from case to case: expressions over the ids that were reserved; {own} is the row's own.
UNIQUE: Mapping[tuple[str, str], str] = {
    ("cases_case", "protocol"): "'B' || :case_id::text",
    ("cases_case", "external_id"): "'bench-' || :case_id::text",
    ("inbox_message", "key"): "'bench:' || :case_id::text",
    ("inbox_delivery", "uid"): "gen_random_uuid()",
    ("django_session", "session_key"): "md5(:case_id::text)",
    ("whatsapp_arrival", "key"): "sha256(:{own}::text::bytea)",
}
# Plain numbers that are ids without a foreign key.
REFERENCES = {("clocks_deadline", "case_id"): "cases_case", ("platform_event", "case_id"): "cases_case"}


@dataclass
class Ceiling:
    url: str
    rows: dict[str, int]
    """table → rows of one opening."""
    statements: list[str]

    @classmethod
    def from_one_opening(cls, url: str, open_one: Callable[[], Any]) -> Ceiling:
        with psycopg.connect(url, autocommit=True) as link:
            before = _marks(link)
            open_one()
            found = {table: rows for table in before if (rows := _new_rows(link, table, before[table]))}
            return cls(url, {table: len(rows) for table, rows in found.items()}, _written(link, found))

    def run(self, clients: int, seconds: int) -> Run:
        """Transactions a second. SystemExit with pgbench's words when it fails."""
        from balcao.platform.postgres_user import binaries

        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            script.write("\n".join(self.statements) + "\n")
            script.flush()
            command = [str(binaries() / "pgbench"), "-n", "-M", "prepared", "-c", str(clients), "-j", "2"]
            done = subprocess.run(
                [*command, "-T", str(seconds), "-f", script.name, self.url], capture_output=True, text=True
            )
        rate = re.search(r"tps = ([0-9.]+)", done.stdout)
        if done.returncode or rate is None or "number of failed transactions: 0 " not in done.stdout:
            raise SystemExit(f"pgbench failed:\n{done.stderr[-1500:]}{done.stdout[-500:]}")
        return Run(float(rate[1]))

    def check(self) -> None:
        """One more transaction must write exactly the rows that one opening wrote. SystemExit otherwise."""
        before = count_rows(self.url)
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
            from balcao.platform.postgres_user import binaries

            script.write("\n".join(self.statements) + "\n")
            script.flush()
            command = [str(binaries() / "pgbench"), "-n", "-c", "1", "-t", "1", "-f", script.name, self.url]
            subprocess.run(command, capture_output=True, check=True)
        after = count_rows(self.url)
        written = {table: after[table] - before[table] for table in after if after[table] != before[table]}
        if {t: n for t, n in written.items() if t not in LEFT_OUT} != self.rows:
            raise SystemExit(f"the ceiling writes {written}, the product {self.rows}")


def count_rows(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as link:
        return {table: _value(link, sql.SQL("SELECT count(*) FROM {}"), table) for table in _tables(link)}


def _tables(link: psycopg.Connection) -> list[str]:
    found = link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
    return [table for (table,) in found if table not in LEFT_OUT]


def _value(link: psycopg.Connection, query: sql.SQL, table: str) -> int:
    row = link.execute(query.format(sql.Identifier(table))).fetchone()
    return int(row[0]) if row and row[0] is not None else 0


def _marks(link: psycopg.Connection) -> dict[str, Any]:
    """Per table the highest id, or the set of its row versions where it has no numeric id."""
    marks: dict[str, Any] = {}
    for table in _tables(link):
        if "id" in (here := columns(link, table)) and here["id"][0] in ("bigint", "integer"):
            marks[table] = _value(link, sql.SQL("SELECT max(id) FROM {}"), table)
        else:
            marks[table] = {key for (key,) in link.execute(sql.SQL("SELECT t::text FROM {} t").format(_name(table)))}
    return marks


def _name(table: str) -> sql.Identifier:
    return sql.Identifier(table)


def _new_rows(link: psycopg.Connection, table: str, mark: Any) -> list[dict[str, str | None]]:
    """The rows since `mark`, each column as PostgreSQL writes it."""
    names = [name for name, (_, generated) in columns(link, table).items() if not generated]
    wanted = sql.SQL(", ").join(sql.SQL("t.{}::text").format(sql.Identifier(name)) for name in names)
    if isinstance(mark, int):
        query = sql.SQL("SELECT {} FROM {} t WHERE id > {} ORDER BY id").format(wanted, _name(table), sql.Literal(mark))
        return [dict(zip(names, row, strict=True)) for row in link.execute(query)]
    query = sql.SQL("SELECT t::text, {} FROM {} t").format(wanted, _name(table))
    fresh = [row for row in link.execute(query) if row[0] not in mark]
    if table != "django_session":
        return []  # counters that every request updates
    return [dict(zip(names, row[1:], strict=True)) for row in fresh]


def columns(link: psycopg.Connection, table: str) -> dict[str, tuple[str, bool]]:
    """name → (type, whether the server fills it in)."""
    query = """SELECT attname, format_type(atttypid, atttypmod),
            attgenerated <> '' OR format_type(atttypid, -1) = 'xid8'
        FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum"""
    return {name: (kind, generated) for name, kind, generated in link.execute(query, [table])}


def foreign_keys(link: psycopg.Connection) -> dict[tuple[str, str], str]:
    query = """SELECT conrelid::regclass::text, attname, confrelid::regclass::text FROM pg_constraint
        JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] WHERE contype = 'f'"""
    return {(table, column): target for table, column, target in link.execute(query)} | REFERENCES


def _written(link: psycopg.Connection, found: Mapping[str, list[dict[str, str | None]]]) -> list[str]:
    """The transaction as pgbench takes it: ids reserved in one statement, then one INSERT a table."""
    tables = sorted(found, key=lambda table: (ORDER.index(table) if table in ORDER else len(ORDER), table))
    names = {
        (table, row["id"]): "case_id" if table == "cases_case" else f"{table}_{place}"
        for table in tables
        for place, row in enumerate(found[table])
        if "id" in row
    }
    reserved = ", ".join(
        f"nextval(pg_get_serial_sequence('{table}', 'id')) AS {name}" for (table, _), name in names.items()
    )
    keys = foreign_keys(link)
    lines = ["BEGIN;", f"SELECT {reserved} \\gset"]
    for table in tables:
        kinds = columns(link, table)
        rows = [
            ", ".join(
                _cell(table, column, value, kinds[column][0], names, keys, row.get("id"))
                for column, value in row.items()
            )
            for row in found[table]
        ]
        into = ", ".join(f'"{column}"' for column in found[table][0])
        lines.append(f'INSERT INTO "{table}" ({into}) VALUES ' + ", ".join(f"({row})" for row in rows) + ";")
    return [*lines, "COMMIT;"]


def _cell(
    table: str,
    column: str,
    value: str | None,
    kind: str,
    names: Mapping[tuple[str, str | None], str],
    keys: Mapping[tuple[str, str], str],
    own: str | None,
) -> str:
    if (table, column) in UNIQUE and value is not None:
        return f"({UNIQUE[table, column].format(own=names.get((table, own)))})::{kind}"
    target = table if column == "id" else keys.get((table, column), "")
    if (target, value) in names:
        return f":{names[target, value]}::{kind}"
    if value is None:
        return f"NULL::{kind}"
    # No colon stays in a literal: pgbench would take it for a variable.
    escaped = value.replace("\\", "\\\\").replace("'", "''").replace(":", "\\072").replace("\n", "\\n")
    return f"E'{escaped}'::{kind}"
