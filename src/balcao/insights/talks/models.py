"""One row for each conversation: what it counts for. Nothing here tells of a person, and figures outlive the words."""

from __future__ import annotations

from typing import Self

from django.db import models

from balcao.platform.actors import Actor


class TalkQuerySet(models.QuerySet["Talk"]):
    def visible_to(self, actor: Actor) -> Self:
        """Of the actor's agency, for those who lead its inbox."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        return self.filter(agency_id=actor.agency_id) if actor.can("inbox.lead") else self.none()


class Talk(models.Model):
    """All times in seconds; empty: not measured, because it has not come to that (or will not).

    It counts on the day of its beginning, for the line that had it last and for the attendant who wrote last."""

    class GaveUp(models.TextChoices):
        LINE = "line"
        INTERVIEW = "interview"

    conversation_id = models.BigIntegerField(primary_key=True)
    agency_id = models.BigIntegerField()
    day = models.DateField(help_text="of its beginning, in the agency's time zone")
    channel = models.CharField(max_length=20)
    line_id = models.BigIntegerField(help_text="-1: none yet")
    staff_id = models.BigIntegerField(help_text="who of the attendants wrote last; -1: nobody")
    first_id = models.BigIntegerField(help_text="the same person's first conversation: people are counted by it")
    response = models.IntegerField(null=True, help_text="from the interview's end to an attendant's first word")
    waited = models.IntegerField(null=True, help_text="in lines, until somebody took it first")
    handled = models.IntegerField(null=True, help_text="from its taking to the attendant's last word; once closed")
    alone = models.BooleanField(help_text="the interview ended it, without an attendant")
    gave_up = models.CharField(max_length=9, choices=GaveUp.choices, blank=True)
    gave_up_after = models.IntegerField(null=True, help_text="from the line's or the interview's beginning")
    question = models.CharField(max_length=50, blank=True, help_text="the code at which an interview was given up")
    score = models.SmallIntegerField(null=True)

    objects = TalkQuerySet.as_manager()

    class Meta:
        indexes = [
            # every figure: an agency's conversations of a time
            models.Index(fields=["agency_id", "day"], name="talk_by_day"),
        ]
