"""What may be done with a case from its page: one `Act` for each form. `ACTS` in `all_acts.py` lists them in order.

An act offers itself only where the state has its move and the reader holds the permission; the action itself decides
again. A refused form keeps everything that was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from balcao.cases import states
from balcao.cases.models import Case
from balcao.platform.actors import Actor

Field = dict[str, Any]


@dataclass
class Ask:
    """A form of a case in the hands of somebody: what they typed, and what was wrong with it."""

    actor: Actor
    case: Case
    data: Mapping[str, Any]
    bound: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def version(self) -> int | None:
        """The version of the case that the form was drawn over."""
        text = str(self.data.get("version", ""))
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None

    def typed(self, name: str, default: Any = "") -> str:
        return str(self.data.get(name, default) if self.bound or name in self.data else default)

    def number(self, name: str) -> int | None:
        """What was chosen in a list, as an id; None when nothing was."""
        text = self.typed(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None

    def field(self, name: str, label: str | Promise, *, default: Any = "", **options: Any) -> Field:
        """One field for the `field` tag, with what was typed and its error."""
        return {
            "name": name,
            "label": label,
            "value": self.typed(name, default),
            "error": self.errors.get(name, ""),
            **options,
        }


@dataclass(frozen=True)
class Act:
    """One thing to do. `leaves`: the case then waits for somebody else, so the reader goes on to the next one."""

    code: str
    label: str | Promise
    icon: str
    key: str
    verbs: Sequence[str]
    permissions: Sequence[str]
    fields: Callable[[Ask], list[Field]]
    run: Callable[[Ask], str]
    submit: str | Promise
    leaves: bool = False
    help: str | Promise = ""
    variant: str = "secondary"
    condition: Callable[[Case], bool] = lambda case: True
    template: str = ""
    shown: Callable[[Ask], dict[str, Any]] = lambda ask: {}

    def offered(self, case: Case, actor: Actor) -> bool:
        """Whether the page shows it."""
        moves, here = states.moves_from(case.state), actor.at(case.area_id)
        return (
            any(here.can(p) for p in self.permissions)
            and (not self.verbs or any(v in moves for v in self.verbs))
            and self.condition(case)
        )
