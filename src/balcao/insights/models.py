"""The rollups: what happened to each demand, and sums of it by month, service, area, district and channel.

Nothing here tells of a person. Ids are plain numbers: figures outlive what they count. In a cell 0 (or "") stands for
"any" and -1 for "none yet"."""

from __future__ import annotations

from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models

from balcao.platform.actors import Actor

from .talks.models import Talk

__all__ = ["ANY", "NONE", "Cell", "Duration", "Follower", "Happening", "Talk"]

ANY, NONE = 0, -1


class Follower(models.Model):
    """How far the event table was read, written in the transaction of the figures themselves. One row.

    `generation` names the rows that are shown: a rebuild writes the next one beside it and then moves this number."""

    epoch = models.BigIntegerField(default=-1)
    tx = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)
    generation = models.PositiveSmallIntegerField(default=1)
    moved_at = models.DateTimeField(null=True)
    shown_services = ArrayField(models.BigIntegerField(), default=list, help_text="public when the figures were made")


class HappeningQuerySet(models.QuerySet["Happening"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of the actor's agency, as far as its roles reach: like the demands themselves."""
        mine = self.filter(agency_id=actor.agency_id)
        areas = actor.areas_with("case.read")
        if not actor.can("case.read"):
            return mine.none()
        return mine if areas is None else mine.filter(area_id__in=areas)


class Happening(models.Model):
    """One thing to count, of one demand: opened, answered, reopened, graded, or that it is open now.

    It keeps what it added to the cells, so that a change of service or area takes it out where it stood."""

    class What(models.TextChoices):
        OPENED = "opened"
        ANSWERED = "answered"
        REOPENED = "reopened"
        GRADED = "graded"
        OPEN = "open"

    generation = models.PositiveSmallIntegerField()
    agency_id = models.BigIntegerField()
    case_id = models.BigIntegerField()
    what = models.CharField(max_length=8, choices=What.choices)
    at = models.DateTimeField()
    day = models.DateField(help_text="in the agency's time zone; of what is open, the day of its opening")
    service_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    channel = models.CharField(max_length=20)
    shown = models.BooleanField(help_text="counts in public figures: a public service, and no report of wrongdoing")
    h3 = models.CharField(max_length=16, help_text="H3 cell, resolution 8: some 0.7 km²")
    bucket = models.SmallIntegerField(null=True, help_text="how long the answer took, see durations.py")
    within = models.BooleanField(null=True, help_text="by its deadline; empty: not measured")
    outcome = models.CharField(max_length=12)
    score = models.SmallIntegerField(null=True)

    objects = HappeningQuerySet.as_manager()

    class Meta:
        indexes = [
            # what a demand counted for before it changed
            models.Index(fields=["generation", "case_id"], name="happening_of_case"),
            # the live view: throughput by hour, hot spots of some weeks
            models.Index(fields=["generation", "agency_id", "what", "day"], name="happening_by_day"),
        ]


class Cell(models.Model):
    """Sums over one group of demands in one time. `view` says which columns are set: city, service, service-place …

    `grain`: d(ay), m(onth), y(ear), a(ll), and o: what is open now by the day of its opening."""

    generation = models.PositiveSmallIntegerField()
    agency_id = models.BigIntegerField()
    view = models.CharField(max_length=15)
    grain = models.CharField(max_length=1)
    day = models.DateField(help_text="the first of its month or year")
    service_id = models.BigIntegerField()
    area_id = models.BigIntegerField()
    place_id = models.BigIntegerField()
    channel = models.CharField(max_length=20)

    opened = models.IntegerField()
    answered = models.IntegerField()
    measured = models.IntegerField(help_text="answers whose deadline is known")
    within = models.IntegerField()
    solved = models.IntegerField()
    reopened = models.IntegerField()
    graded = models.IntegerField()
    grades_sum = models.IntegerField()
    grades = ArrayField(models.IntegerField(), size=11, help_text="how many gave 0, 1 … 10")
    open = models.IntegerField()
    median = models.SmallIntegerField(null=True, help_text="bucket")
    p90 = models.SmallIntegerField(null=True, help_text="bucket")
    stale = models.BooleanField(default=True, help_text="its percentiles wait to be read from its durations")

    class Meta:
        constraints = [
            # also the pages' own way in: one view of one time
            models.UniqueConstraint(
                fields=[
                    "generation", "agency_id", "view", "grain", "day", "service_id", "area_id", "place_id", "channel",
                ],
                name="cell_once",
            )
        ]  # fmt: skip
        indexes = [
            # settle(): cells whose percentiles are to be read anew
            models.Index(fields=["generation", "id"], name="cell_stale", condition=models.Q(stale=True)),
        ]


class Duration(models.Model):
    """A cell's histogram: how many answers took how long. Histograms of two cells are merged by adding them up."""

    cell_id = models.BigIntegerField()
    bucket = models.SmallIntegerField()
    count = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cell_id", "bucket"], name="duration_once")]
