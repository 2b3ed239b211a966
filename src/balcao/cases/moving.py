"""The one way a case changes its state: lock, check, move, and keep who must act next."""

from __future__ import annotations

from typing import Any

from django.db import models

from balcao.platform import rows
from balcao.platform.action import running
from balcao.platform.actors import Actor
from balcao.platform.errors import Stale

from . import states
from .models import Case
from .states import NextActor, State


def locked(case: Case, *, actor: Actor, version: int | None = None) -> Case:
    """The case as it is now, its row locked until the transaction ends.

    `version` is what the person's page showed: Stale when the case has moved on since."""
    actor.same_agency(case.agency_id)
    memory = running()
    if memory is not None and memory.get(("case", case.pk)) is case and version is None:
        return case  # this very row, held since this action locked or wrote it
    fresh = Case.objects.select_for_update(of=("self",)).select_related("deadline", "service").get(pk=case.pk)
    if version is not None and fresh.version != version:
        raise Stale(log=f"case {case.pk} is at version {fresh.version}, not {version}")
    hold(fresh)
    return fresh


def hold(case: Case) -> None:
    """Remember that the running action has this row locked (or has just written it)."""
    memory = running()
    if memory is not None:
        memory["case", case.pk] = case


def move(case: Case, verb: str, **changes: Any) -> Case:
    """Move a locked case by `verb`, with `changes` to its other fields. IllegalMove when it may not.

    Whatever follows it (merged duplicates) waits for the same next actor from the same moment."""
    before = case.state
    case.state = states.after(before, verb, resume_state=case.resume_state)
    if verb == "ask":
        changes["resume_state"] = before
    if verb != "merge":
        changes.setdefault("next_actor", states.NEXT_ACTOR[case.state])
    for field, value in changes.items():
        setattr(case, field, value)
    case.version += 1
    rows.save(case, ["state", "version", *changes])
    if rows.waits(case):
        return case  # nobody can have joined it yet
    if case.state not in (State.CLOSED, State.FOLLOWING, State.ANSWERING) and before != State.FOLLOWING:
        mirror(case)
    return case


def mirror(case: Case) -> None:
    """Whoever must act on `case` must also act on those joined to it."""
    Case.objects.filter(primary=case, state=State.FOLLOWING).exclude(
        next_actor=case.next_actor, area=case.area_id
    ).update(next_actor=follower_actor(case), area=case.area_id, version=models.F("version") + 1)


def follower_actor(primary: Case) -> str:
    """A follower waits for its primary's next actor; where that is the primary's own citizen, for triage."""
    return NextActor.TRIAGE if primary.next_actor in (NextActor.CITIZEN, "") else primary.next_actor
