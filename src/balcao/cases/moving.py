"""The one way a case changes its state: lock, check, move, and keep who must act next."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet

from balcao.catalog.queries import service_with
from balcao.clocks.actions import hold as holds
from balcao.organization.queries import area_with, place_with
from balcao.platform import rows
from balcao.platform.action import running
from balcao.platform.actors import Actor
from balcao.platform.errors import Stale
from balcao.platform.standing import standing

from . import states
from .models import Case
from .states import NextActor, State

_MIRROR = """
UPDATE cases_case SET next_actor = %s::varchar, area_id = %s::bigint, version = version + 1
WHERE primary_id = %s::bigint AND state = 'following'
  AND (next_actor, area_id) IS DISTINCT FROM (%s::varchar, %s::bigint)
"""


def to_lock(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The rows of these cases and of their clocks locked, the case first. Whoever has read them calls `hold`."""
    return cases.select_for_update(of=("self", "deadline")).select_related("deadline").defer("search")


@standing
def _to_lock(*, case: int) -> QuerySet[Case]:
    return to_lock(Case.objects.filter(pk=case))


def locked(case: Case, *, actor: Actor, version: int | None = None) -> Case:
    """The case as it is now, its row locked until the transaction ends.

    `version` is what the person's page showed: Stale when the case has moved on since."""
    actor.same_agency(case.agency_id)
    fresh = case if held(case) else hold(_to_lock.get(case=case.pk))
    if version is not None and fresh.version != version:
        raise Stale(log=f"case {case.pk} is at version {fresh.version}, not {version}")
    return fresh


def hold(case: Case) -> Case:
    """Remember that the running action has the rows of this case and of its clock locked (or has just written them)."""
    holds(with_settled(case).deadline)
    memory = running()
    if memory is not None:
        memory["case", case.pk] = case
    return case


def with_settled(case: Case) -> Case:
    """With its service, agency, area and place, which nearly everybody reads of a case and no statement need join: what
    is settled is read once in a process."""
    service = service_with(case.service_id)
    case._state.fields_cache.update(  # as setting them does, which also looks whether they fit
        service=service,
        agency=service.agency,
        area=area_with(case.area_id) if case.area_id else None,
        place=place_with(case.place_id),
    )
    return case


def held(case: Case) -> bool:
    """Whether the running action holds this very row."""
    memory = running()
    return memory is not None and memory.get(("case", case.pk)) is case


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
    rows.change(case, ["state", "version", *changes])
    if rows.waits(case):
        return case  # nobody can have joined it yet
    if case.state not in (State.CLOSED, State.FOLLOWING, State.ANSWERING) and before != State.FOLLOWING:
        mirror(case)
    return case


def mirror(case: Case) -> None:
    """Whoever must act on `case` must also act on those joined to it."""
    area = str(case.area_id) if case.area_id else None
    values = (follower_actor(case), area, str(case.pk), case.next_actor, area)
    if not rows.also(_MIRROR, values, table=Case._meta.db_table, beside=case):
        rows.run(_MIRROR, values)


def follower_actor(primary: Case) -> str:
    """A follower waits for its primary's next actor; where that is the primary's own citizen, for triage."""
    return NextActor.TRIAGE if primary.next_actor in (NextActor.CITIZEN, "") else primary.next_actor
