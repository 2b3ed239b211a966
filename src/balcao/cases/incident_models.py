"""One problem that many people ask about: a burst water main, a closed bridge, a strike."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from balcao.catalog.models import Outcome
from balcao.platform.actors import Actor


class IncidentState(models.TextChoices):
    OPEN = "open", _("Known, being worked on")
    SOLVED = "solved", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class IncidentQuerySet(models.QuerySet["Incident"]):
    def visible_to(self, actor: Actor) -> IncidentQuerySet:
        """Only the actor's agency; with roles in some areas only, what those areas take care of. A citizen sees what
        the portal tells (`incidents.known`), and nothing here."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        if actor.kind == "citizen":
            return self.none()
        mine = self.filter(agency_id=actor.agency_id)
        cases, orders = actor.areas_with("case.read"), actor.areas_with("order.read")
        if cases is None or orders is None:
            return mine
        return mine.filter(area_id__in=cases | orders)


class Incident(models.Model):
    """A known problem. While it is open the portal tells of it, and each case gathered under it waits for its `area`.

    It is about `services`, and, where any is said, about these `places` or whatever lies within `radius_m` metres of
    its point; `title`, `text` and `address` are read by everybody."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="incidents")
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what everybody reads"))
    services = models.ManyToManyField("catalog.Service", verbose_name=_("services"), related_name="incidents")
    area = models.ForeignKey("organization.Area", models.PROTECT, verbose_name=_("area"), related_name="incidents")
    places = models.ManyToManyField(
        "organization.Place", verbose_name=_("places"), related_name="incidents", blank=True
    )
    address = models.CharField(_("where, in words"), max_length=200, blank=True)
    lat = models.FloatField(_("latitude"), null=True, blank=True)
    lon = models.FloatField(_("longitude"), null=True, blank=True)
    radius_m = models.PositiveIntegerField(_("radius in metres"), null=True, blank=True)
    began_at = models.DateTimeField(_("since"))
    expected_by = models.DateTimeField(_("expected by"), null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    state = models.CharField(_("state"), max_length=10, choices=IncidentState.choices, default=IncidentState.OPEN)
    version = models.PositiveIntegerField(default=1)
    outcome = models.CharField(_("how it ended"), max_length=12, choices=Outcome.choices, blank=True)
    report = models.TextField(_("report"), blank=True, help_text="what everybody in it is told")
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(
        "organization.Staff", models.SET_NULL, verbose_name=_("ended by"), null=True, related_name="+"
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        # the portal's notices, and the console's list
        indexes = [models.Index(fields=["agency", "state", "-began_at", "-id"], name="incident_of_agency")]

    def __str__(self) -> str:
        return self.title


class Gathering(models.Model):
    """That a case belongs, or belonged, to an incident. `answer`: what its end told them; without one, once it has
    ended, the case went on by itself."""

    incident = models.ForeignKey(Incident, models.PROTECT, related_name="gatherings")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="gatherings")
    by_citizen = models.BooleanField(default=False)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    answer = models.OneToOneField("cases.Answer", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case"], condition=models.Q(ended_at=None), name="gathered_once")
        ]
        # the batches that an incident's end still has to tell
        indexes = [models.Index(fields=["incident", "id"], condition=models.Q(ended_at=None), name="still_gathered")]
