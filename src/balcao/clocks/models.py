"""Clocks that run: a deadline with its calendar, its arithmetic and its alarms."""

from __future__ import annotations

from functools import lru_cache
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from balcao.organization.worktime import Calendar
from balcao.platform.actors import Actor
from balcao.platform.instances import Row

from .arithmetic import More, Stop
from .rules import Rule, rule


class CalendarSnapshot(models.Model):
    """A working calendar as it was when clocks were started by it. Its key follows from its content, and nothing
    changes it (a trigger refuses that): thousands of deadlines that began by the same calendar point at one row."""

    key = models.CharField(primary_key=True, max_length=32)
    data = models.JSONField()

    def __str__(self) -> str:
        return self.key


@lru_cache(maxsize=256)
def _calendar(key: str) -> Calendar:
    """It never changes, so each process reads it once."""
    return Calendar.from_dict(CalendarSnapshot.objects.get(pk=key).data)


class DeadlineQuerySet(models.QuerySet["Deadline"]):
    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency; of all agencies for the installation's own operator."""
        return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)


class Deadline(Row):
    """A promise with a date. What it was computed from stands with it: rule and version, calendar, arithmetic.

    `due_at` is empty only while a pause lasts. `case_id` is a plain number for the events: clocks know no cases.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PAUSED = "paused", _("Paused")
        STOPPED = "stopped", _("Stopped")

    class Kind(models.TextChoices):
        ANSWER = "answer", _("Answer to the citizen")
        ORDER = "order", _("Order to an area")

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="+", db_index=False)
    case_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    rule_slug = models.CharField(max_length=40)
    rule_version = models.PositiveSmallIntegerField()
    amount = models.PositiveSmallIntegerField()
    unit = models.CharField(max_length=15)
    started_at = models.DateTimeField()
    original_due_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    stopped_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    snapshot = models.ForeignKey(CalendarSnapshot, models.PROTECT, related_name="+", db_index=False)
    explanation = models.JSONField(default=list)
    warn_fractions = models.JSONField(default=list)
    round = models.PositiveSmallIntegerField(default=0, help_text="extensions so far: each brings its own warnings")
    next_alarm_at = models.DateTimeField(null=True)
    next_level = models.CharField(max_length=20, blank=True)

    objects = DeadlineQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="running") | Q(due_at__isnull=False), name="deadline_running_has_a_date"
            ),
            models.CheckConstraint(
                condition=~Q(state="stopped") ^ Q(stopped_at__isnull=False), name="deadline_stopped_has_its_moment"
            ),
            models.CheckConstraint(
                condition=Q(state="running") | Q(next_alarm_at__isnull=True), name="deadline_only_running_alarms"
            ),
            models.CheckConstraint(
                condition=Q(due_at__isnull=True) | Q(due_at__gte=F("original_due_at")), name="deadline_never_shorter"
            ),
        ]
        indexes = [
            # sweep(): what must sound by now, the longest overdue first
            models.Index(fields=["next_alarm_at"], name="deadline_sweep", condition=Q(next_alarm_at__isnull=False)),
            # deadlines_of_case(): a case's clocks, newest first
            models.Index(fields=["case_id", "-id"], name="deadline_of_case", condition=Q(case_id__isnull=False)),
            # the console's list of cases whose clock is paused
            models.Index(fields=["agency"], name="deadline_paused", condition=Q(state="paused")),
            # overdue(), and the console's list of cases by promised date: an agency's running clocks by date
            models.Index(fields=["agency", "due_at"], name="deadline_open", condition=Q(state="running")),
        ]

    def __str__(self) -> str:
        return f"{self.rule_slug} → {self.due_at or self.state}"

    @property
    def rule(self) -> Rule:
        """The rule as it read when the clock was started."""
        return rule(self.rule_slug, self.rule_version)

    @property
    def calendar(self) -> Calendar:
        return _calendar(self.snapshot_id)

    @property
    def met(self) -> bool | None:
        """Whether it was stopped in time; None while that is open."""
        if self.breached_at:
            return False
        return True if self.state == self.State.STOPPED else None


class Pause(Row):
    """A time in which the clock does not run. Open while `ended_at` is empty."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    reason = models.TextField(help_text="read by the person who waits")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["started_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["deadline"], condition=Q(ended_at__isnull=True), name="pause_open_once"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="pause_ends_after_start"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at} – {self.ended_at or ''}"

    def value(self) -> Stop:
        return Stop(self.started_at, self.ended_at, self.reason)


class Extension(Row):
    """More time, in the rule's unit, with the reason that the law asks for."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="extensions")
    at = models.DateTimeField()
    amount = models.PositiveSmallIntegerField()
    reason = models.TextField(help_text="read by the person who waits")
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="extension_adds")]

    def __str__(self) -> str:
        return f"+{self.amount}"

    def value(self) -> More:
        return More(self.amount, self.reason)


class Alarm(Row):
    """An alarm that sounded: once for each rung, and again for the rungs that an extension sets anew."""

    deadline = models.ForeignKey(Deadline, models.CASCADE, related_name="alarms", db_index=False)
    level = models.CharField(max_length=20, help_text="warning-80 (per cent), breach, escalation-1")
    round = models.PositiveSmallIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "id"]
        constraints = [models.UniqueConstraint(fields=["deadline", "level", "round"], name="alarm_once")]

    def __str__(self) -> str:
        return self.level
