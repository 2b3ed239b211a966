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
from balcao.cases.words import MAX_WORDS
from balcao.platform.actors import Actor

Field = dict[str, Any]


class Another(Exception):
    """Nothing is done yet: the form is drawn again, over what was typed."""


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

    def words(self, name: str, label: str | Promise, help: str | Promise, *, rows: int = 5, **options: Any) -> Field:
        """The box of words that an act is about: required, and the cursor stands in it."""
        return self.field(
            name,
            label,
            **{"type": "textarea", "rows": rows, "required": True, "maxlength": MAX_WORDS, "help": help}
            | {"attrs": {"autofocus": True}}
            | options,
        )

    def field(self, name: str, label: str | Promise, *, default: Any = "", **options: Any) -> Field:
        """One field for the `field` tag, with what was typed and its error."""
        return {
            "name": name,
            "label": label,
            "value": self.typed(name, default),
            "error": self.errors.get(name, ""),
            **options,
        }


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing to do. `leaves`: the case then waits for somebody else, so the reader goes on to the next one; where it
    still waits in triage after all, they stay."""

    code: str
    label: str | Promise
    icon: str
    fields: Callable[[Ask], list[Field]] = lambda ask: []
    run: Callable[[Ask], str]
    submit: str | Promise
    key: str = ""
    verbs: Sequence[str] = ()
    permissions: Sequence[str] = ("case.triage",)
    leaves: bool = False
    help: str | Promise = ""
    danger: bool = False
    condition: Callable[[Case], bool] = lambda case: True
    template: str = ""
    shown: Callable[[Ask], dict[str, Any]] = lambda ask: {}

    def offered(self, case: Case, actor: Actor) -> bool:
        """Whether the page shows it."""
        moves = states.moves_from(case.state)
        return (
            any(actor.can(p) for p in self.permissions)
            and (not self.verbs or any(v in moves for v in self.verbs))
            and self.condition(case)
        )
