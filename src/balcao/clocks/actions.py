"""Start, pause, resume, extend, stop. Who may is decided by the room that owns the promise; here only the agency is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django.utils import timezone

from balcao.organization.models import Agency
from balcao.organization.worktime import Calendar
from balcao.platform import rows
from balcao.platform.action import action, running
from balcao.platform.actors import Actor
from balcao.platform.events import Fact, emit
from balcao.platform.standing import standing

from .arithmetic import compute
from .errors import AlreadyPassed, MayNotExtend, MayNotPause, NeedsReason, NoLaterThanPromised, NotRunning
from .events import (
    DeadlineBreached,
    DeadlineExtended,
    DeadlinePaused,
    DeadlineResumed,
    DeadlineStarted,
    DeadlineStopped,
)
from .ladder import BREACH, ladder, next_rung
from .models import Alarm, Deadline, Extension, Pause
from .rules import Rule
from .rules import rule as rule_named
from .snapshots import pinned_for, snapshot_of


@action
def start_deadline(
    *,
    actor: Actor,
    agency: Agency,
    rule: str | Rule,
    calendar: Calendar,
    kind: str,
    amount: int | None = None,
    unit: str | None = None,
    case_id: int | None = None,
    now: datetime | None = None,
    warn_fractions: Sequence[float] | None = None,
    not_after: datetime | None = None,
) -> Deadline:
    """Start a clock. `amount` (in `unit`, which must be the rule's) may be shorter than the law's, never longer.

    `warn_fractions`: of its time, when it warns; the agency's own when None. The deadline keeps them.

    `not_after`: the citizen's date, for the clock of an area. It holds from now on, wherever that date moves."""
    actor.same_agency(agency.pk)
    now = now or timezone.now()
    law = rule_named(rule) if isinstance(rule, str) else rule
    terms = law.terms(amount, unit)
    pinned = pinned_for(calendar, now)
    found = compute(law, now, pinned, amount=terms, not_after=not_after)
    assert found.due_at  # there is no pause yet
    warn_fractions = agency.warn_fractions if warn_fractions is None else warn_fractions
    rung = next_rung(ladder(now, found.due_at, warn_fractions, pinned), "", now)
    deadline = rows.write(
        Deadline(
            agency=agency,
            case_id=case_id,
            kind=kind,
            rule_slug=law.slug,
            rule_version=law.version,
            amount=terms,
            unit=law.unit,
            started_at=now,
            original_due_at=found.due_at,
            due_at=found.due_at,
            snapshot_id=snapshot_of(pinned),
            explanation=found.explanation,
            warn_fractions=list(warn_fractions),
            next_alarm_at=rung.at if rung else None,
            next_level=rung.level if rung else "",
        )
    )
    _tell(
        DeadlineStarted(deadline_id=deadline.pk, kind=kind, rule=law.slug, due_at=_iso(deadline)), deadline, actor, now
    )
    return deadline


def may_pause(deadline: Deadline, now: datetime | None = None) -> bool:
    """Whether `pause_deadline` would hold it: it runs, its rule allows it and its date has not passed."""
    in_time = deadline.due_at is not None and (now or timezone.now()) <= deadline.due_at
    return deadline.state == Deadline.State.RUNNING and deadline.rule.may_pause and in_time


@action
def pause_deadline(*, actor: Actor, deadline: Deadline, reason: str, now: datetime | None = None) -> Deadline:
    """Hold the clock while the agency waits for the person, where the rule lets it: until it resumes it has no date."""
    now = now or timezone.now()
    deadline = _lock(deadline, actor, Deadline.State.RUNNING)
    if not deadline.rule.may_pause:
        raise MayNotPause(deadline.rule)
    _check(deadline, reason, now)
    pause = Pause.objects.create(
        deadline=deadline, started_at=now, reason=reason.strip(), actor_kind=actor.kind, actor_id=actor.id
    )
    deadline.state = Deadline.State.PAUSED
    _recompute(deadline, now)
    _tell(DeadlinePaused(deadline_id=deadline.pk, kind=deadline.kind, pause_id=pause.pk), deadline, actor, now)
    return deadline


@action
def resume_deadline(*, actor: Actor, deadline: Deadline, now: datetime | None = None) -> Deadline:
    """Let a paused clock run on, to a date that leaves out the days of the pause."""
    now = now or timezone.now()
    deadline = _lock(deadline, actor, Deadline.State.PAUSED)
    pause = _end_pause(deadline, now)
    deadline.state = Deadline.State.RUNNING
    _recompute(deadline, now)
    fact = DeadlineResumed(deadline_id=deadline.pk, kind=deadline.kind, pause_id=pause.pk, due_at=_iso(deadline))
    _tell(fact, deadline, actor, now)
    return deadline


@action
def extend_deadline(
    *, actor: Actor, deadline: Deadline, reason: str, amount: int | None = None, now: datetime | None = None
) -> Deadline:
    """More time, once and before the date has passed, where the rule gives any; by default all that it gives."""
    now = now or timezone.now()
    deadline = _lock(deadline, actor, Deadline.State.RUNNING)
    terms = deadline.rule.extension
    if terms is None:
        raise MayNotExtend(deadline.rule, "no extension")
    longest = terms.amount or deadline.amount
    amount = longest if amount is None else amount
    if deadline.extensions.count() >= terms.times or not 0 < amount <= longest:
        raise MayNotExtend(deadline.rule, f"{amount} of {longest}, {terms.times} times")
    _check(deadline, reason, now)
    extension = Extension.objects.create(
        deadline=deadline, at=now, amount=amount, reason=reason.strip(), actor_kind=actor.kind, actor_id=actor.id
    )
    deadline.round += 1
    before = deadline.due_at
    _recompute(deadline, now)
    if deadline.due_at == before:
        raise NoLaterThanPromised(log=f"deadline {deadline.pk} ends with the citizen's")
    fact = DeadlineExtended(
        deadline_id=deadline.pk, kind=deadline.kind, extension_id=extension.pk, due_at=_iso(deadline)
    )
    _tell(fact, deadline, actor, now)
    return deadline


@action
def stop_deadline(*, actor: Actor, deadline: Deadline, now: datetime | None = None) -> Deadline:
    """End a clock, running or paused: the promise was kept, late or in time, or is void. To reopen, start a new one.

    A date that has passed is recorded as breached, whether or not the sweep has come by."""
    now = now or timezone.now()
    deadline = _lock(deadline, actor, Deadline.State.RUNNING, Deadline.State.PAUSED)
    if deadline.state == Deadline.State.PAUSED:
        _end_pause(deadline, now)
        _recompute(deadline, now)
    if deadline.due_at and now > deadline.due_at and not deadline.breached_at:
        record_breach(deadline, now)
    deadline.state, deadline.stopped_at = Deadline.State.STOPPED, now
    deadline.next_alarm_at, deadline.next_level = None, ""
    rows.change(deadline, ["state", "stopped_at", "breached_at", "next_alarm_at", "next_level"])
    fact = DeadlineStopped(deadline_id=deadline.pk, kind=deadline.kind, met=deadline.breached_at is None)
    _tell(fact, deadline, actor, now)
    return deadline


def record_breach(deadline: Deadline, now: datetime) -> None:
    """Note that the date has passed, once; the caller holds the row's lock and saves it."""
    deadline.breached_at = deadline.due_at
    Alarm.objects.create(deadline=deadline, level=BREACH, round=deadline.round, at=now)
    fact = DeadlineBreached(deadline_id=deadline.pk, kind=deadline.kind, due_at=_iso(deadline))
    _tell(fact, deadline, Actor.system(deadline.agency_id), now)


def set_next_alarm(deadline: Deadline, now: datetime, sounded: str | None = None) -> None:
    """Set the rung to wait for after `sounded`, or after the last that sounded in this round. Does not save."""
    deadline.next_alarm_at, deadline.next_level = None, ""
    if deadline.due_at is None or deadline.state != Deadline.State.RUNNING:
        return
    if sounded is None:
        last = Alarm.objects.filter(deadline=deadline, round=deadline.round).last()
        sounded = last.level if last else ""
    pauses = [pause.value() for pause in deadline.pauses.all()]
    rungs = ladder(deadline.started_at, deadline.due_at, deadline.warn_fractions, deadline.calendar, pauses)
    if rung := next_rung(rungs, sounded, now):
        deadline.next_alarm_at, deadline.next_level = rung.at, rung.level


@standing
def _to_lock(*, deadline: int) -> QuerySet[Deadline]:
    return Deadline.objects.select_for_update().filter(pk=deadline)


def hold(deadline: Deadline) -> None:
    """Remember that the running action has this row locked."""
    if (memory := running()) is not None:
        memory["deadline", deadline.pk] = deadline


def _lock(deadline: Deadline, actor: Actor, *states: str) -> Deadline:
    actor.same_agency(deadline.agency_id)
    memory = running()
    held = memory is not None and memory.get(("deadline", deadline.pk)) is deadline
    locked = deadline if held else _to_lock.get(deadline=deadline.pk)
    if locked.state not in states:
        raise NotRunning(log=f"deadline {deadline.pk} is {locked.state}")
    return locked


def _check(deadline: Deadline, reason: str, now: datetime) -> None:
    if not reason.strip():
        raise NeedsReason(log=f"deadline {deadline.pk}: no reason")
    if deadline.due_at and now > deadline.due_at:
        raise AlreadyPassed(log=f"deadline {deadline.pk} was due {_iso(deadline)}")


def _end_pause(deadline: Deadline, now: datetime) -> Pause:
    pause = deadline.pauses.get(ended_at__isnull=True)
    pause.ended_at = max(now, pause.started_at)
    pause.save(update_fields=["ended_at"])
    return pause


def _promised(deadline: Deadline) -> datetime | None:
    """The citizen's date that an area's clock must not outlast. What the area was once given is never taken back."""
    if deadline.kind != Deadline.Kind.ORDER or deadline.case_id is None:
        return None
    answers = Deadline.objects.filter(case_id=deadline.case_id, kind=Deadline.Kind.ANSWER)
    due = answers.exclude(state=Deadline.State.STOPPED).order_by("-pk").values_list("due_at", flat=True).first()
    return max(due, deadline.original_due_at) if due else None


def _recompute(deadline: Deadline, now: datetime) -> None:
    found = compute(
        deadline.rule,
        deadline.started_at,
        deadline.calendar,
        [pause.value() for pause in deadline.pauses.all()],
        [extension.value() for extension in deadline.extensions.all()],
        amount=deadline.amount,
        not_after=_promised(deadline),
    )
    deadline.due_at, deadline.explanation = found.due_at, found.explanation
    set_next_alarm(deadline, now)
    deadline.save()
    if deadline.kind == Deadline.Kind.ANSWER and deadline.case_id and deadline.due_at:
        # the citizen's date has moved: an area that had to end with it goes along
        areas = Deadline.objects.filter(case_id=deadline.case_id, kind=Deadline.Kind.ORDER)
        for area in areas.select_for_update().filter(state=Deadline.State.RUNNING, due_at__gt=now):
            _recompute(area, now)


def _iso(deadline: Deadline) -> str:
    return deadline.due_at.isoformat() if deadline.due_at else ""


def _tell(fact: Fact, deadline: Deadline, actor: Actor, now: datetime) -> None:
    emit(fact, actor=actor, agency_id=deadline.agency_id, case_id=deadline.case_id, at=now)
