"""What a city has settled (services, areas, places, calendars, rules, words), remembered by each process.

Opening a case asks for a dozen settings that change a few times a week. A trigger on each of their tables writes a new
token, in the transaction of the change, whoever makes it and by whatever way; one cheap read of the token tells whether
what this process remembers still holds. A value is loaded after its token was read, so it is never older than it says;
a token is random, so what a rolled-back change showed to its own transaction is found by nobody else.

Remembered rows are shared by threads: read them, never change them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from . import rows
from .action import running

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)
_NOTHING: Any = object()  # None is remembered too
MOST = 20_000  # values that a process remembers

INSTALL_SQL = """
CREATE TABLE platform_settled (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    token uuid NOT NULL
) WITH (fillfactor = 50);
INSERT INTO platform_settled (token) VALUES (gen_random_uuid());
CREATE FUNCTION platform_settle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO platform_settled (only_one, token) VALUES (true, gen_random_uuid())
    ON CONFLICT (only_one) DO UPDATE SET token = excluded.token;
    RETURN NULL;
END $$;
"""
REMOVE_SQL = "DROP TABLE platform_settled; DROP FUNCTION platform_settle();"


def watch_sql(*tables: str, of: str = "") -> str:
    """SQL for a migration: any change of these tables, by whatever way, ends what was remembered. `of`: columns, with
    commas between; an UPDATE that sets none of them changes nothing that is remembered."""
    update = f"UPDATE OF {of}" if of else "UPDATE"
    return "\n".join(
        f"CREATE TRIGGER settled AFTER INSERT OR {update} OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION platform_settle();"
        for table in tables
    )


def unwatch_sql(*tables: str) -> str:
    return "\n".join(f"DROP TRIGGER settled ON {table};" for table in tables)


class _Store:
    def __init__(self, token: object) -> None:
        self.token, self.values = token, {}  # type: object, dict[Hashable, Any]


_store = _Store(None)
_view: ContextVar[dict[Any, Any] | None] = ContextVar("one_view_of_the_settings", default=None)
_KEY = "settled"
THIS = "(SELECT token FROM platform_settled)"  # for a statement that is sent anyway; `told` takes what it found


@contextmanager
def one_view() -> Iterator[None]:
    """Within it the token is read once: for a page of the public, which changes no setting, and for a call of the API,
    whose changes of settings end the view (`forget_view`). One within another is part of it."""
    if _view.get() is not None:
        yield
        return
    token = _view.set({})
    try:
        yield
    finally:
        _view.reset(token)


def forget_view() -> None:
    """A setting was changed just now, here: the token is read again."""
    for memory in (_view.get(), running()):
        if memory is not None:
            memory.pop(_KEY, None)


def told(token: object) -> None:
    """The token, as a statement of this view found it beside something else."""
    if (view := _view.get()) is not None:
        view.setdefault(_KEY, token)


def perhaps(key: Hashable) -> Any:
    """What `settled` last found for `key`; None when it is not remembered. It may be outdated: whoever acts on it asks
    `settled` before anything comes of it."""
    return _store.values.get(key)


def settled(key: Hashable, load: Callable[[], T]) -> T:
    """What `load` found for `key`, as long as no setting has changed since. One statement in a view or an action,
    however often it is asked; None is remembered too."""
    token, store = _token(), _store
    if token is not None and store.token == token:
        value = store.values.get(key, _NOTHING)
        if value is not _NOTHING:
            return value  # type: ignore[no-any-return]  # what `load` gave
    return settled_all([key], lambda _missing: {key: load()})[key]


def settled_all(keys: Sequence[K], load: Callable[[Sequence[K]], Mapping[K, T]]) -> dict[K, T]:
    """As `settled` for several keys: those that are not remembered are loaded together."""
    global _store
    token, store = _token(), _store
    if token is None:
        return dict(load(keys))
    if store.token != token:
        _store = store = _Store(token)
    # Looked up before they are counted on: another thread may forget all in between.
    found = {key: value for key in keys if (value := store.values.get(key, _NOTHING)) is not _NOTHING}
    missing = [key for key in keys if key not in found]
    if missing:
        loaded = load(missing)
        if (
            len(store.values) >= MOST
        ):  # made-up names are asked for too: forgetting all is cheaper than growing for ever
            store.values.clear()
        for key, value in loaded.items():
            store.values[key] = found[key] = value
    return found


def _token() -> object:
    view = _view.get()
    memory: dict[Any, Any] | None = view if view is not None else running()
    if memory is None:
        return _read()
    if _KEY not in memory:
        memory[_KEY] = _read()
    return memory[_KEY]


def _read() -> object:
    found = rows.run("SELECT token FROM platform_settled")
    return found[0] if found else None
