"""The demand: its protocol, its state, its history in words, its answer."""

from __future__ import annotations

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from balcao.catalog.models import Kind, Outcome
from balcao.platform.actors import Actor
from balcao.platform.instances import Row
from balcao.platform.search import SortKey, Vector

from .incident_models import Gathering, Incident
from .states import NextActor, State

__all__ = ["Answer", "Attachment", "Case", "Gathering", "Incident", "Publication", "Remark", "WayBack"]


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, actor: Actor) -> CaseQuerySet:
        """Only the actor's agency; without a role in the whole agency, only what its areas act on.

        A citizen sees the cases of their own verified person; by protocol and access code see
        `queries.case_by_code`."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        mine = self.filter(agency_id=actor.agency_id)
        if actor.kind == "citizen":
            return mine.filter(reporter_id=actor.id) if actor.id else self.none()
        if self.all_seen_by(actor):
            return mine
        cases, orders = actor.areas_with("case.read") or frozenset(), actor.areas_with("order.read")
        # whoever sees an area's orders sees the demands that they are about
        return mine.filter(area__isnull=False) if orders is None else mine.filter(area_id__in=cases | orders)

    @staticmethod
    def all_seen_by(actor: Actor) -> bool:
        """Whether somebody who works here sees every case of their agency, so that its id alone says what they see."""
        return actor.kind not in ("system", "citizen") and actor.areas_with("case.read") is None

    def open(self) -> CaseQuerySet:
        return self.exclude(state=State.CLOSED)


FILTERED_BY = ("service", "area", "place", "channel", "kind", "state")  # lists of open cases


class Case(Row):
    """One demand of one person (Open311: service request).

    While it is not closed it has exactly one next actor and one deadline: the database refuses anything else."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="cases", db_index=False)
    protocol = models.CharField(max_length=20, unique=True)
    access_hash = models.BinaryField(max_length=32, null=True)
    service = models.ForeignKey("catalog.Service", models.PROTECT, related_name="cases", db_index=False)
    service_version = models.ForeignKey("catalog.ServiceVersion", models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    channel = models.CharField(max_length=20)
    external_id = models.CharField(max_length=120, null=True, help_text="the channel's own id; a repeat opens nothing")

    state = models.CharField(max_length=10, choices=State.choices, default=State.TRIAGE)
    resume_state = models.CharField(max_length=10, blank=True, help_text="where it goes when the citizen has replied")
    next_actor = models.CharField(max_length=10, choices=NextActor.choices, blank=True, default=NextActor.TRIAGE)
    area = models.ForeignKey("organization.Area", models.PROTECT, null=True, related_name="cases", db_index=False)
    attendant = models.ForeignKey(
        "organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False,
        help_text="who opened it or took it on",
    )  # fmt: skip
    deadline = models.OneToOneField("clocks.Deadline", models.PROTECT, related_name="case")
    priority = models.PositiveSmallIntegerField(default=9, help_text="legal priority rank; lower is served first")
    version = models.PositiveIntegerField(
        default=1, help_text="rises with each move; a form over an older one is stale"
    )

    description = models.TextField(blank=True)
    answers = models.JSONField(default=dict, help_text="the answers to the service's own questions, by code")
    address = models.CharField(max_length=300, blank=True)
    place = models.ForeignKey("organization.Place", models.PROTECT, null=True, related_name="cases")
    lat = models.FloatField(null=True)
    lon = models.FloatField(null=True)
    h3 = models.CharField(max_length=16, blank=True, help_text="H3 cell, resolution 9")

    reporter = models.ForeignKey("citizens.Person", models.PROTECT, null=True, related_name="cases", db_index=False)
    said_name = models.CharField(
        max_length=200, blank=True, help_text="the name given this time, where it is not the one we know them by"
    )
    sealed = models.BooleanField(default=False, help_text="a denúncia: the author is hidden, also from who acts")
    contact = models.ForeignKey("citizens.ContactPoint", models.SET_NULL, null=True, related_name="+", db_index=False)
    locale = models.CharField(max_length=5, default="pt-br")
    primary = models.ForeignKey("self", models.PROTECT, null=True, related_name="followers", db_index=False)

    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)

    search = models.GeneratedField(
        expression=Vector(description="A", address="B"), output_field=SearchVectorField(), db_persist=True
    )

    objects = CaseQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "channel", "external_id"], name="case_external_once"),
            models.CheckConstraint(
                name="case_open_has_next_actor",
                condition=models.Q(state=State.CLOSED, next_actor="", closed_at__isnull=False)
                | (~models.Q(state=State.CLOSED) & ~models.Q(next_actor="") & models.Q(closed_at__isnull=True)),
            ),
        ]
        indexes = [
            # triage: oldest first within priority
            models.Index(fields=["agency", "state", "priority", "opened_at", "id"], name="case_queue"),
            # every list of open cases: it walks this order until a page is full, and what is filtered by stands in the
            # index, so that the cases which do not fit are not read
            models.Index(
                fields=["agency", "priority", "opened_at", "id", *FILTERED_BY],
                name="case_open",
                condition=~models.Q(state="closed"),
            ),
            # a service's cases, the newest first: filtered lists, and what other systems read by service_code
            models.Index(fields=["service", "-opened_at", "-id"], name="case_of_service"),
            # an area's cases, oldest first
            models.Index(fields=["area", "state", "opened_at", "id"], name="case_of_area"),
            # "likely existing demands nearby": open cases of a service in a ring of cells
            models.Index(
                fields=["service", "h3"], name="case_nearby", condition=~models.Q(state="closed") & ~models.Q(h3="")
            ),
            # the console's search by text and address; each reads through what is not yet merged into it, and each act
            # adds to that: 32 pages at most, not 512
            GinIndex(fields=["search"], name="case_search", gin_pending_list_limit=256),
            # the console's search by name, where another was given than the one that we know
            GinIndex(
                OpClass(SortKey("said_name"), name="gin_trgm_ops"),
                name="case_said_name_trgm",
                condition=models.Q(said_name__gt=""),
            ),
            # what other systems read of an agency's public cases (shown.py), the newest first
            models.Index(fields=["agency", "-opened_at", "-id"], name="case_newest"),
            # where there is somebody or something to be found by: most cases have none
            *(
                models.Index(fields=[name], name=f"case_{name}", condition=models.Q(**{f"{name}__isnull": False}))
                for name in ("reporter", "contact", "primary")
            ),
        ]

    def __str__(self) -> str:
        return self.protocol

    @property
    def undelivered(self) -> bool:
        """Whether the answer is ready and could not be brought to the person: it can be read on the case's page."""
        return self.state == State.ANSWERING and self.next_actor == NextActor.TRIAGE


class Remark(Row):
    """Words in a case's history: what the citizen added, what was asked, a reason, an internal note.

    The event that goes with it carries only its id, so the words can be erased where they stand."""

    class Kind(models.TextChoices):
        ADDITION = "addition", _("Information added")
        QUESTION = "question", _("Question to the citizen")
        REASON = "reason", _("Reason")
        NOTE = "note", _("Internal note")

    case = models.ForeignKey(Case, models.CASCADE, related_name="remarks")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField()
    author_kind = models.CharField(max_length=10)
    author = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    public = models.BooleanField(default=False, help_text="whether the citizen reads it")
    mentions = models.ManyToManyField("organization.Staff", related_name="mentions")

    class Meta:
        ordering = ["at", "id"]


class Attachment(Row):
    """A file of a case."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    remark = models.ForeignKey(Remark, models.CASCADE, null=True, related_name="attachments")
    file = models.ForeignKey("platform.StoredFile", models.PROTECT, related_name="+")
    public = models.BooleanField(default=True, help_text="whether the citizen may open it")
    by_citizen = models.BooleanField(default=True)
    published = models.BooleanField(default=False, help_text="chosen by a reviewer for everybody to see")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ["id"]


class Answer(Row):
    """What the person who asked is told. A draft until somebody sends it; then it does not change."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="answers_given", db_index=False)
    number = models.PositiveSmallIntegerField(default=1, help_text="1, then one more after each reopening")
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    author = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+", db_index=False)
    drafted_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    attempted_at = models.DateTimeField(null=True, help_text="first delivery attempted, or published on its page")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "number"], name="answer_number")]
        ordering = ["number"]


class Publication(Row):
    """What a reviewer lets everybody see of a case of a public service: a text without people's data, chosen photos
    (`Attachment.published`), and whether its exact place. Whether it is shown at all, `public.published` decides."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="publication")
    text = models.TextField()
    exact_place = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True)
    reviewer = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()


class WayBack(models.Model):
    """A link, sent by mail to the case's own contact point, that opens its page once when the access code is lost."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="ways_back")
    contact = models.ForeignKey("citizens.ContactPoint", models.CASCADE, related_name="+")
    asked = models.UUIDField(unique=True, help_text="the request that asked for it; a job that runs twice sends one")
    token_hash = models.BinaryField(max_length=32, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="way_back_expired")]  # the sweep of what is over
