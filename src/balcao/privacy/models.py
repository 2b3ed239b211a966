"""How long words are kept, by service and by how a demand ended; and what must not be touched meanwhile."""

from __future__ import annotations

from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor


class Stage(models.TextChoices):
    """How a demand ended, or that there is none: a conversation that led to no demand. What is open is never cleared:
    somebody still owes an answer."""

    ANSWERED = "answered", _("Answered")
    REFUSED = "refused", _("Refused")
    SEALED = "sealed", _("Report of wrongdoing")
    TALK = "talk", _("Conversation without a demand")


class Then(models.TextChoices):
    PSEUDONYMISE = "pseudonymise", _("Take the person out of it")
    DELETE = "delete", _("Delete all words and files")


class RetentionRule(models.Model):
    """After so many days from its end, this becomes of a demand. The rule of its own service goes before the general
    one; without any rule a demand is kept. The same for conversations without a demand, by their line: of these all
    words always go. One with a demand goes with it."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="retention_rules")
    service = models.ForeignKey(
        "catalog.Service", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("service")
    )
    line = models.ForeignKey(
        "inbox.Line", models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"),
        help_text=_("Of conversations without a demand only. Empty: all other teams."),
    )  # fmt: skip
    stage = models.CharField(_("how it ended"), max_length=10, choices=Stage.choices)
    days = models.PositiveIntegerField(
        _("days it is kept"), validators=[MinValueValidator(1), MaxValueValidator(36_500)]
    )
    then = models.CharField(_("what happens then"), max_length=12, choices=Then.choices, default=Then.PSEUDONYMISE)
    binding = models.BooleanField(
        _("must be kept until then"), default=False, help_text=_("A person's wish to be erased waits until that day.")
    )
    law = models.CharField(_("law"), max_length=200, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "service", "line", "stage"], nulls_distinct=False, name="retention_rule_once"
            ),
            models.CheckConstraint(
                name="retention_rule_of_its_kind",
                condition=Q(stage=Stage.TALK, service=None, then=Then.DELETE, binding=False)
                | ~Q(stage=Stage.TALK) & Q(line=None),
            ),
        ]
        ordering = ["stage", "service_id", "line_id"]

    def __str__(self) -> str:
        return f"{self.service or self.line or '*'}/{self.stage}: {self.days}"


class HoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, actor: Actor) -> HoldQuerySet:
        """The holds of the actor's agency, for those who look after people's data."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        return self.filter(agency_id=actor.agency_id) if actor.can("privacy.manage") else self.none()

    def standing(self, now: datetime) -> HoldQuerySet:
        return self.filter(lifted_at=None).filter(Q(until=None) | Q(until__gte=now.date()))


class LegalHold(models.Model):
    """Something that must be kept as it is: one demand, or everything of a person. Until a day, or until it is lifted.

    `person_id` is a plain number: the hold's own history outlives the person."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    case = models.ForeignKey("cases.Case", models.CASCADE, null=True, related_name="+")
    person_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=300)
    until = models.DateField(_("until"), null=True, blank=True)
    placed_at = models.DateTimeField(db_default=Now())
    lifted_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(case__isnull=False) ^ Q(person_id__isnull=False), name="hold_of_one_thing"
            )
        ]
        indexes = [
            # whether a person is held; the case's own index serves the other question
            models.Index(fields=["person_id"], name="hold_of_person", condition=Q(person_id__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"hold {self.pk}"


class Cleared(models.Model):
    """A demand whose person was taken out, or whose words were deleted: it is not looked at again."""

    case = models.OneToOneField("cases.Case", models.CASCADE, primary_key=True, related_name="cleared")
    how = models.CharField(max_length=12, choices=Then.choices)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.case_id} {self.how}"
