"""The rows of the running action, written together: one statement however many tables they stand in.

An action that opens a case writes some fifteen rows. Sent one by one they cost fifteen round trips, and the ORM
compiles each anew. Here a new row takes its primary key at once (the ids that an action will need are reserved in one
statement), waits, and is sent with all the others: `WITH a AS (INSERT …), b AS (INSERT …) …`, prepared once a shape.

Nobody has to know: whatever else the action says to the database is said after the rows that wait. A foreign key is
checked at the commit, so their order matters to nobody; the ids of one table rise in the order of their taking."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models

from . import statements
from .action import running
from .columns import columns_of

M = TypeVar("M", bound=models.Model)
Job = tuple[str, str, str]  # queue, task, arguments as JSON
Other = tuple[str, Sequence[str | None]]  # a statement that changes rows, and its values as PostgreSQL's text

#: The ids that the last run of an action took, by the action's name: the next run reserves as many at its first.
_needs: dict[str, Counter[str]] = {}
_expressions: dict[str, str] = {}  # how a number is taken that is no table's id, by a name of its own
MOST = 32  # ids of one table that are reserved ahead; an action that needs more takes them one by one


class Unit:
    """What one action has still to write."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.pending: dict[tuple[type[models.Model], Any], models.Model] = {}
        self.changes: dict[tuple[type[models.Model], Any], tuple[models.Model, set[str]]] = {}
        self.jobs: list[Job] = []
        self.others: list[Other] = []
        self.tables: set[str] = set()  # of the others, where it is known; "" where it is not
        self.ids: dict[str, deque[int]] = defaultdict(deque)
        self.taken: Counter[str] = Counter()
        connection.execute_wrappers.append(self)

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        """Around every other statement: the rows come first. What a savepoint takes back is not written at all."""
        if self.waits():
            if isinstance(sql, str) and sql.startswith("ROLLBACK TO"):
                self._forget()
            else:
                self.flush()
        return execute(sql, params, many, context)

    def waits(self) -> bool:
        return bool(self.pending or self.changes or self.jobs or self.others)

    def concerns(self, tables: frozenset[str] | None) -> bool:
        """Whether something waits that a question of these tables would see; None: of any."""
        if tables is None or "" in self.tables or not tables.isdisjoint(self.tables):
            return self.waits()
        return any(model._meta.db_table in tables for model, _pk in (*self.pending, *self.changes))

    def flush(self, *, last: bool = False) -> None:
        """Write what waits, in one statement; `last`: the action says nothing after it. Raises what the database
        raises."""
        if not self.waits():
            return
        groups: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        for row in self.pending.values():
            groups[type(row)].append(row)
        jobs, others = list(self.jobs), list(self.others)
        for row, fields in self.changes.values():
            others.append(statements.update(columns_of(type(row)), row, frozenset(fields)))
        self._forget()
        sql, values = statements.together({columns_of(model): rows for model, rows in groups.items()}, others, jobs)
        _execute(sql, values, alone=last)
        for rows in groups.values():
            for row in rows:
                columns_of(type(row)).written(row)

    def end(self) -> None:
        """The action is over: learn from it."""
        connection.execute_wrappers.remove(self)
        if self.taken:
            _needs[self.name] = Counter({name: min(n, MOST) for name, n in self.taken.items()})

    def _forget(self) -> None:
        self.pending.clear()
        self.changes.clear()
        self.jobs.clear()
        self.others.clear()
        self.tables.clear()

    def reserve(self, sequence: str, extra: Sequence[str] = (), values: Sequence[str | None] = ()) -> list[Any]:
        """Fill the stock; `sequence` gets at least one. Returns the values of the `extra` expressions, which take
        `values`."""
        wanted = Counter({name: n - self.taken[name] for name, n in _needs.get(self.name, Counter()).items()})
        wanted = Counter({name: n - len(self.ids[name]) for name, n in wanted.items()})
        if sequence:
            wanted[sequence] = max(1, wanted[sequence])
        names = [name for name in sorted(wanted) for _ in range(wanted[name])]
        taken = (_expressions.get(name) or f"nextval('{name}')" for name in names)
        # Taking a number is in no transaction: it is never given back. What else is asked for may lock.
        (found,) = _execute("SELECT " + ", ".join([*taken, *extra]), values, alone=not extra)
        for name, number in zip(names, found, strict=False):
            if number is not None:
                self.ids[name].append(number)
        return list(found[len(names) :])

    def take(self, sequence: str) -> int | None:
        if not self.ids[sequence]:
            self.reserve(sequence)
        self.taken[sequence] += 1
        return self.ids[sequence].popleft() if self.ids[sequence] else None


def _unit() -> Unit | None:
    memory = running()
    if memory is None:
        return None
    if memory.unit is None:
        memory.unit = Unit(memory.name)
    return memory.unit


def new_id(model: type[models.Model]) -> int:
    """The next id of `model`'s table, taken now and never given again."""
    sequence = columns_of(model).sequence
    unit = _unit()
    if unit is not None:
        number = unit.take(sequence)
        assert number is not None
        return number
    found = run(f"SELECT nextval('{sequence}')")
    assert found is not None
    return int(found[0])


def number(name: str, expression: str) -> int | None:
    """The value of an SQL expression that gives another number each time, reserved beside the ids; it may be NULL."""
    _expressions[name] = expression
    unit = _unit()
    if unit is not None:
        return unit.take(name)
    found = run(f"SELECT {expression}")
    return found[0] if found else None


def reserve(*expressions: str, values: Sequence[str | None] = ()) -> list[Any]:
    """The values of some SQL expressions, asked for in the same statement that reserves the action's ids.

    Each is SQL of ours; what came from outside stands in `values`, as PostgreSQL's text."""
    unit = _unit()
    if unit is not None:
        return unit.reserve("", expressions, values)
    found = run("SELECT " + ", ".join(expressions), values)
    return list(found or ())


def write(row: M) -> M:
    """Insert `row` with the other rows of the running action, before the action says anything else to the database;
    at once outside of any. It has its primary key from here on; what the database computes is read when asked for."""
    unit = _unit()
    if unit is None:
        row.save(force_insert=True)
        return row
    if row.pk is None:
        row.pk = unit.take(columns_of(type(row)).sequence)
    unit.pending[type(row), row.pk] = row
    return row


def waits(row: models.Model) -> bool:
    """Whether `row` is new and not yet sent: a change to it goes along; nothing points at it but what waits too."""
    memory = running()
    unit = memory.unit if memory is not None else None
    return unit is not None and unit.pending.get((type(row), row.pk)) is row


def save(row: models.Model, fields: Sequence[str]) -> None:
    """Keep a change of these fields; a row that waits takes it along."""
    if not waits(row):
        row.save(update_fields=list(fields))


def defer(queue: str, task: str, arguments: str) -> bool:
    """Leave a job of procrastinate with the rows. False outside of an action: the caller then defers it itself."""
    unit = _unit()
    if unit is None:
        return False
    unit.jobs.append((queue, task, arguments))
    return True


def also(sql: str, values: Sequence[str | None], *, table: str = "", beside: models.Model | None = None) -> bool:
    """An INSERT, UPDATE or DELETE that goes with the rows: of other rows than those, and nobody waits for its result.
    False outside of an action: the caller then runs it itself.

    `table`: the only one that it changes; of its rows none but `beside`, which this leaves alone, goes with it."""
    unit = _unit()
    if unit is None:
        return False
    others = [row for row in (*unit.pending.values(), *(row for row, _ in unit.changes.values())) if row is not beside]
    if table and any(row._meta.db_table == table for row in others):
        unit.flush()
    unit.others.append((sql, values))
    unit.tables.add(table)
    return True


def change(row: M, fields: Sequence[str]) -> M:
    """Keep a change of these fields of a row that stands in the database, with the rows of the running action. Changed
    again before it is written, it is written once: one statement may touch a row only once.

    Where a constraint needs an older row to give way before a newer one comes, write the older one by `save`."""
    unit = _unit()
    if unit is None or waits(row):
        save(row, fields)
        return row
    name = (type(row), row.pk)
    held = unit.changes.get(name)
    twice = held is not None and held[0] is not row  # two copies of one row, each with its own change
    if twice or row._meta.db_table in unit.tables:
        unit.flush()
        held = None
    if held is None:
        unit.changes[name] = (row, set(fields))
    else:
        held[1].update(fields)
    return row


def put(*new: models.Model) -> None:
    """Insert rows of one table whose ids nobody asks for, now, in one statement."""
    if new:
        memory = running()
        if memory is not None and memory.unit is not None:
            memory.unit.flush()
        run(*statements.together({columns_of(type(new[0])): new}, (), ()))


def once(sql: str, values: Sequence[str | None], job: Job) -> None:
    """One statement that changes rows, and the job that follows from it, in one round trip: outside of an action it is
    a transaction by itself."""
    run(*statements.together({}, [(sql, values)], [job]))


def run(sql: str, values: Sequence[str | None] = ()) -> tuple[Any, ...] | None:
    """One statement outside of the ORM, prepared by the driver, counted like any other; its first row."""
    return next(iter(_execute(sql, values)), None)


def ask(sql: str, values: Sequence[str | None] = (), *, of: frozenset[str] | None = None) -> list[tuple[Any, ...]]:
    """The rows that a SELECT of the tables `of` finds (None: nobody knows which). What the action has still to write
    of them is written first."""
    memory = running()
    if memory is not None and memory.unit is not None and memory.unit.concerns(of):
        memory.unit.flush()
    return _execute(sql, values)


def _execute(sql: str, values: Sequence[str | None], *, alone: bool = False) -> list[tuple[Any, ...]]:
    """`alone`: where no statement has begun the transaction yet, this one is sent without, as one by itself."""
    link: Any = connections[DEFAULT_DB_ALIAS]  # once: its proxy looks for it at each touch
    link.ensure_connection()
    link.validate_no_broken_transaction()
    with link.wrap_database_errors:
        found = statements.execute(link.connection, sql, values, alone=alone and link.in_atomic_block)
    if link.queries_logged:
        link.queries_log.append({"sql": sql, "time": "0.000"})
    # It has just answered: Django need not ask it how it is before its own statements of this request.
    link.health_check_done = True
    return found


def fetch(model: type[M], where: str, values: Sequence[str | None]) -> M | None:
    """One row of `model`, without what the ORM does for each question: for what every request asks. `where` is SQL of
    ours, its values are PostgreSQL's text. What the action has still to write is written first."""
    columns = columns_of(model)
    found = ask(f"SELECT {columns.names} FROM {columns.table} WHERE {where}", values)  # noqa: S608
    return columns.instance(found[0]) if found else None
