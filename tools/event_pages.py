"""docs/reference/events.md: every fact that the history can hold, who emits it and who reacts to it."""

from __future__ import annotations

import importlib
import inspect
import typing
from types import UnionType

from django.apps import apps
from django.utils.module_loading import module_has_submodule

from balcao.config import wiring
from balcao.platform.events import Fact

HEAD = """# Events

For whoever reads the history, builds an indicator or adds a reaction. Written from the code by `make docs`; do not edit
it.

An event is a fact in the past tense. It is a row of `platform_event`, written in the transaction of the action that
made it true, and nothing changes or deletes it. Each row has, beside the fields below (in `data`): `id`, `tx` (the
writing transaction, which the live stream follows), `at`, `kind` (the name below), `agency_id`, `case_id`, `actor_kind`
(`staff`, `citizen`, `system`) and `actor_id`. Facts hold ids, codes and figures, never a person's words.

*At once* reactions run in the same transaction; *later* ones are jobs that run at least once after the commit. Both
lists stand in `src/balcao/config/wiring.py`.
"""


def _type(hint: object) -> str:
    if isinstance(hint, UnionType):
        return " or ".join(_type(part) for part in typing.get_args(hint))
    return "nothing" if hint is type(None) else getattr(hint, "__name__", str(hint))


def _reactions(fact: type[Fact], wired: object) -> str:
    found = typing.cast("dict[type[Fact], list[object]]", wired).get(fact, [])
    return ", ".join(f"`{r.__module__.removeprefix('balcao.')}.{r.__qualname__}`" for r in found)  # type: ignore[attr-defined]


def text() -> str:
    """The whole page."""
    for config in apps.get_app_configs():  # also those that nothing has imported yet
        if config.name.startswith("balcao.") and module_has_submodule(config.module, "events"):
            importlib.import_module(f"{config.name}.events")
    parts, rooms = [HEAD], {}
    for fact in Fact.registry.values():
        if fact.__module__.startswith("balcao.") and fact.__module__.endswith(".events"):
            rooms.setdefault(fact.__module__.split(".")[1], []).append(fact)
    for room in sorted(rooms):
        parts.append(f"\n## {room}\n")
        for fact in rooms[room]:
            parts.append(f"\n### {fact.__name__}\n\n")
            said = inspect.cleandoc(fact.__doc__ or "")
            if said and not said.startswith(f"{fact.__name__}("):  # what @dataclass writes by itself says nothing
                parts.append(said + "\n\n")
            hints = {k: v for k, v in typing.get_type_hints(fact).items() if k != "registry"}
            parts.append("; ".join(f"`{k}`: {_type(v)}" for k, v in hints.items()) + "\n" if hints else "No fields.\n")
            for words, wired in (("At once", wiring.AT_ONCE), ("Later", wiring.LATER)):
                if reactions := _reactions(fact, wired):
                    parts.append(f"\n{words}: {reactions}\n")
    return "".join(parts)
