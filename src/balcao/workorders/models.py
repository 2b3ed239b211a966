"""Somebody acts: the responsibility matrix, the orders, the areas' reports and their reviews."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balcao.catalog.models import Outcome
from balcao.platform.actors import Actor
from balcao.platform.instances import Row

from .remote_models import RemoteOrder, RemoteSystem, RemoteUpdate
from .states import OPEN, OrderState

__all__ = [
    "AreaReport",
    "RemoteOrder",
    "RemoteSystem",
    "RemoteUpdate",
    "ReportPhoto",
    "ResponsibilityRule",
    "WorkOrder",
    "WorkOrderQuerySet",
]


class ResponsibilityRule(models.Model):
    """One line of the matrix service × place → area. Ordered; the first that matches decides. Null matches all."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="rules")
    position = models.PositiveIntegerField()
    service = models.ForeignKey("catalog.Service", models.CASCADE, null=True, blank=True, related_name="rules")
    group = models.ForeignKey("catalog.ServiceGroup", models.CASCADE, null=True, blank=True, related_name="rules")
    place = models.ForeignKey("organization.Place", models.CASCADE, null=True, blank=True, related_name="rules")
    kind = models.CharField(_("kind of manifestation"), max_length=12, blank=True)
    area = models.ForeignKey("organization.Area", models.PROTECT, related_name="rules")
    is_active = models.BooleanField(_("active"), default=True)
    note = models.CharField(_("why this rule"), max_length=200, blank=True)

    class Meta:
        ordering = ["position", "id"]
        indexes = [models.Index(fields=["agency", "position", "id"], name="rule_order")]  # first match, in order


class WorkOrderQuerySet(models.QuerySet["WorkOrder"]):
    def visible_to(self, actor: Actor) -> WorkOrderQuerySet:
        """The orders of the actor's agency; without a role in the whole agency, those of its own areas."""
        return self.where(actor, "order.read")

    def where(self, actor: Actor, permission: str) -> WorkOrderQuerySet:
        """The orders on which the actor holds `permission`."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        if not actor.for_agency:
            return self.none()
        mine, areas = self.filter(agency_id=actor.agency_id), actor.areas_with(permission)
        return mine if areas is None else mine.filter(area_id__in=areas)


class WorkOrder(Row):
    """What one area must do for one case, by its own inner deadline. A case has at most one that is open."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="orders")
    case = models.ForeignKey("cases.Case", models.PROTECT, related_name="orders", db_index=False)
    number = models.PositiveSmallIntegerField(help_text="1, 2, … within its case")
    area = models.ForeignKey("organization.Area", models.PROTECT, related_name="orders", db_index=False)
    rule = models.ForeignKey(ResponsibilityRule, models.SET_NULL, null=True, related_name="orders")
    state = models.CharField(max_length=10, choices=OrderState.choices, default=OrderState.ISSUED)
    assignee = models.ForeignKey(
        "organization.Staff", models.SET_NULL, null=True, related_name="orders", db_index=False
    )
    planned_for = models.DateField(_("planned for"), null=True)
    deadline = models.OneToOneField("clocks.Deadline", models.PROTECT, related_name="order")
    issued_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    objects = WorkOrderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(state__in=OPEN), name="order_one_open"),
            models.UniqueConstraint(fields=["case", "number"], name="order_number"),
        ]
        indexes = [
            # an area's board: open orders, oldest first
            models.Index(fields=["area", "state", "issued_at", "id"], name="order_board"),
            # an agent's own list
            models.Index(fields=["assignee", "state", "issued_at", "id"], name="order_mine"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id}/{self.number}"


class AreaReport(Row):
    """What the area did, in its own words, with proof (contra-relatório)."""

    class Verdict(models.TextChoices):
        FILED = "filed", _("Waiting for review")
        ACCEPTED = "accepted", pgettext_lazy("report", "Accepted")
        SENT_BACK = "sent_back", _("Sent back")

    order = models.ForeignKey(WorkOrder, models.CASCADE, related_name="reports")
    key = models.UUIDField(null=True, unique=True, help_text="made by the form: a report sent twice is filed once")
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices)
    text = models.TextField(_("what was done"))
    impossible_because = models.TextField(_("not possible, because"), blank=True)
    author = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False)
    filed_at = models.DateTimeField()
    verdict = models.CharField(max_length=10, choices=Verdict.choices, default=Verdict.FILED)
    reviewer = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False)
    reviewed_at = models.DateTimeField(null=True)
    review_note = models.TextField(blank=True)

    class Meta:
        ordering = ["filed_at", "id"]


class ReportPhoto(Row):
    """A photo of before or after."""

    class Moment(models.TextChoices):
        BEFORE = "before", _("Before")
        AFTER = "after", _("After")

    report = models.ForeignKey(AreaReport, models.CASCADE, related_name="photos")
    file = models.ForeignKey("platform.StoredFile", models.PROTECT, related_name="+")
    moment = models.CharField(max_length=6, choices=Moment.choices)

    class Meta:
        ordering = ["moment", "id"]
