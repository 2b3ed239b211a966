"""What may be done with a conversation from its page: one `Act` for each form or button. `ACTS` has them in order.

An act offers itself only where the conversation stands so that it may be done; the action itself decides again. A
refused form keeps everything that was typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from balcao.console.shell import StaffRequest
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import State
from balcao.platform.actors import Actor

Field = dict[str, Any]
OPEN = frozenset({State.INTERVIEW, State.WAITING, State.HELD, State.SNOOZED})


@dataclass
class Ask:
    """A form of a conversation in the hands of somebody: what they typed, and what was wrong with it."""

    request: StaffRequest
    talk: Conversation
    data: Mapping[str, Any]
    bound: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def actor(self) -> Actor:
        return self.request.actor

    def typed(self, name: str, default: Any = "") -> str:
        return str(self.data.get(name, default))

    def field(self, name: str, label: str | Promise, *, default: Any = "", **options: Any) -> Field:
        """One field for the `field` tag, with what was typed and its error."""
        told = {"name": name, "label": label, "value": self.typed(name, default), "error": self.errors.get(name, "")}
        return {**told, "id": f"act_{name}", **options}

    def words(self, name: str, label: str | Promise, **options: Any) -> Field:
        return self.field(name, label, **{"type": "textarea", "rows": 4, "maxlength": 4000, **options})

    def summary(self, fields: Sequence[Field]) -> list[dict[str, str]]:
        """For the list of errors above the form: each with its field."""
        ids = {f["name"]: f["id"] for f in fields}
        return [{"message": said, "id": ids.get(name, "act"), "label": ""} for name, said in self.errors.items()]


@dataclass(frozen=True)
class Done:
    """What to tell whoever did it, and where they go on; without `href` back to the conversation."""

    said: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class Act:
    """One thing to do. `press`: without a form, a single button. `keeps`: also what its reader may not do is said on
    the page, with what they typed. `bar`: it stands among the buttons."""

    code: str
    label: str | Promise
    icon: str
    run: Callable[[Ask], Done]
    fields: Callable[[Ask], list[Field]] = lambda ask: []
    submit: str | Promise = ""
    key: str = ""
    states: frozenset[str] = OPEN
    mine: bool | None = None
    press: bool = False
    keeps: bool = False
    bar: bool = True
    help: str | Promise = ""
    permissions: Sequence[str] = ("inbox.attend",)
    templates: Sequence[str] = ()
    shown: Callable[[Ask], dict[str, Any]] = lambda ask: {}
    href: Callable[[Conversation], str] | None = None

    def offered(self, talk: Conversation, actor: Actor) -> bool:
        """Whether the page shows it. `mine`: only to its owner (True), only to others (False)."""
        if talk.state not in self.states or not all(actor.can(p) for p in self.permissions):
            return False
        owner = talk.owner_id is not None and talk.owner_id == actor.staff_id
        if self.mine is None:
            return owner or talk.owner_id is None or actor.can("inbox.lead")
        return owner is self.mine
