"""Facts in the past tense: the history, the audit trail, the live stream and the source of the indicators.

A fact carries ids and figures, never a person's words or data. `emit` writes it in the caller's transaction,
runs the reactions that the promise needs before commit, and leaves a job for each of the others.
Who reacts to what stands in one file, `config/wiring.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, ClassVar

from django.db import transaction
from django.utils import timezone

from . import rows
from .actors import Actor
from .models import Event


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Base of every event. Fields are JSON-able: ids, codes, numbers, ISO moments."""

    registry: ClassVar[dict[str, type[Fact]]] = {}

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        Fact.registry[cls.__name__] = cls


@dataclass(frozen=True, kw_only=True)
class FaultGiven(Fact):
    """A colleague was asked to mend a fault."""

    fault_id: int
    staff_id: int


@dataclass(frozen=True)
class Happened:
    """A fact with where, when and by whom: what a reaction receives."""

    fact: Any
    actor: Actor
    agency_id: int | None
    case_id: int | None
    at: datetime
    event_id: int
    subject: Any = None  # at once only: the row that the action holds, so that nobody reads it again


Reaction = Callable[[Happened], None]
_wanted: dict[Reaction, Callable[[Happened], bool]] = {}


def only_where(wanted: Callable[[Happened], bool]) -> Callable[[Reaction], Reaction]:
    """For a reaction that comes later: a job is left only for what it would do something about. Asked in the fact's own
    transaction, so it reads nothing but what it is given; when it cannot tell from that it says yes."""

    def keep(reaction: Reaction) -> Reaction:
        _wanted[reaction] = wanted
        return reaction

    return keep


def _wants(reaction: Reaction, happened: Happened) -> bool:
    wanted = _wanted.get(reaction)
    return wanted is None or wanted(happened)


_at_once: dict[type[Fact], Sequence[Reaction]] = {}
_later: dict[type[Fact], Sequence[Reaction]] = {}
_later_by_name: dict[str, Reaction] = {}
_defer: Callable[[list[dict[str, Any]]], None] | None = None


def wire(
    at_once: Mapping[type[Fact], Sequence[Reaction]],
    later: Mapping[type[Fact], Sequence[Reaction]],
    defer: Callable[[list[dict[str, Any]]], None],
) -> None:
    """Install the two lists of reactions and the way to leave jobs. Called once, by `config/wiring.py`."""
    global _defer
    for kept in (_at_once, _later, _later_by_name):
        kept.clear()
    _at_once.update(at_once)
    _later.update(later)
    _later_by_name.update({_name(r): r for reactions in later.values() for r in reactions})
    _defer = defer


def _name(reaction: Reaction) -> str:
    return f"{reaction.__module__}.{reaction.__qualname__}"  # type: ignore[attr-defined]


def emit(
    fact: Fact,
    *,
    actor: Actor,
    agency_id: int | None,
    case_id: int | None = None,
    at: datetime | None = None,
    subject: Any = None,
) -> Happened:
    """Write `fact` and react to it. Must run inside the transaction of the action that made it true."""
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("emit() outside a transaction: the fact could outlive what it tells")
    at = at or timezone.now()
    event = rows.write(
        Event(
            at=at,
            kind=type(fact).__name__,
            agency_id=agency_id,
            case_id=case_id,
            actor_kind=actor.kind,
            actor_id=actor.id,
            data=dict(fact.__dict__),
        )
    )
    happened = Happened(fact, actor, agency_id, case_id, at, event.pk, subject)
    for reaction in _at_once.get(type(fact), ()):
        reaction(happened)
    later = [reaction for reaction in _later.get(type(fact), ()) if _wants(reaction, happened)]
    if later and _defer:
        _defer([{"event_id": event.pk, "reaction": _name(reaction)} for reaction in later])
    return happened


def react(event_id: int, reaction: str) -> None:
    """Run one after-commit reaction. It may run more than once: each reaction is idempotent."""
    event = Event.objects.get(pk=event_id)
    cls = Fact.registry[event.kind]
    known = {f.name for f in fields(cls)}
    happened = Happened(
        fact=cls(**{k: v for k, v in event.data.items() if k in known}),
        actor=Actor.system(event.agency_id),
        agency_id=event.agency_id,
        case_id=event.case_id,
        at=event.at,
        event_id=event.pk,
    )
    _later_by_name[reaction](happened)
