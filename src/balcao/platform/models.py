"""What every room stands on: events, reads, changes of settings, faults to mend."""

from django.db import models
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now

from .actors import Actor
from .files.models import StoredFile
from .instances import Row

__all__ = ["CurrentXid", "Epoch", "Event", "Fault", "ReadLog", "Revision", "StoredFile", "Xid8Field"]


class Xid8Field(models.Field):
    """PostgreSQL's 64-bit transaction id, filled in by the server; the tail of the event table follows it."""

    def db_type(self, connection: object) -> str:
        return "xid8"


class CurrentXid(models.Func):
    """`pg_current_xact_id()`: the id of the writing transaction."""

    function = "pg_current_xact_id"
    output_field = Xid8Field()


class Event(Row):
    """One fact. Append-only: nothing updates or deletes a row (a trigger refuses it).

    `case_id` and `actor_id` are plain numbers: the history outlives what it tells about."""

    id = models.BigAutoField(primary_key=True)
    tx = Xid8Field(db_default=CurrentXid(), editable=False)
    at = models.DateTimeField(db_default=Now())
    kind = models.CharField(max_length=60)
    agency_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    data = models.JSONField(default=dict)

    class Meta:
        indexes = [
            # the live stream's tail: everything after (tx, id) that is committed
            models.Index(fields=["tx", "id"], name="event_tail"),
            # a case's history, in order
            models.Index(fields=["case_id", "id"], name="event_of_case", condition=models.Q(case_id__isnull=False)),
            # a conversation's history, in order
            models.Index(
                Cast(KT("data__conversation_id"), models.BigIntegerField()),
                "id",
                name="event_of_conversation",
                condition=models.Q(data__has_key="conversation_id"),
            ),
        ]


class ReadLog(models.Model):
    """Who looked at which person's data, and where (LGPD art. 37; GDPR art. 30)."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    agency_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=30, help_text="what was read: case, person, file, list")
    subject_id = models.BigIntegerField(null=True)
    purpose = models.CharField(max_length=80, help_text="the page or call that showed it")

    class Meta:
        indexes = [
            # who has read this case or person
            models.Index(fields=["subject", "subject_id", "-id"], name="readlog_of_subject"),
        ]


class Revision(models.Model):
    """One change of a setting (catalogue, areas, calendars, templates, matrix): before and after."""

    id = models.BigAutoField(primary_key=True)
    at = models.DateTimeField(db_default=Now())
    agency_id = models.BigIntegerField(null=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.BigIntegerField(null=True)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    verb = models.CharField(max_length=10)  # create, change, delete
    changes = models.JSONField(default=dict, help_text="{field: [before, after]}")

    class Meta:
        indexes = [
            # a setting's history, newest first
            models.Index(fields=["model", "object_id", "-id"], name="revision_of_object")
        ]


class FaultQuerySet(models.QuerySet["Fault"]):
    def visible_to(self, actor: Actor) -> "FaultQuerySet":
        """The faults of the actor's agency, for those who may mend; for its administrators also the installation's."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        if not actor.can("faults.mend"):
            return self.none()
        whole = models.Q(agency_id=None) if actor.can("settings.edit") else models.Q(pk__in=[])
        return self.filter(models.Q(agency_id=actor.agency_id) | whole)


class Fault(models.Model):
    """Something that an operator could mend: a delivery given up, a job that failed, a row refused, a case that
    does not move. Open until it is mended or ended with a reason."""

    id = models.BigAutoField(primary_key=True)
    kind = models.CharField(max_length=30)
    key = models.CharField(max_length=200, help_text="what failed; a repeat raises `count`, not a second row")
    agency_id = models.BigIntegerField(null=True)
    case_id = models.BigIntegerField(null=True)
    reason = models.TextField()
    data = models.JSONField(default=dict)
    count = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField(db_default=Now())
    last_at = models.DateTimeField(db_default=Now())
    owner_id = models.BigIntegerField(null=True, help_text="the member of staff it was given to")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.BigIntegerField(null=True)
    ended_reason = models.TextField(blank=True)

    objects = FaultQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=models.Q(ended_at__isnull=True), name="fault_open_once"
            )
        ]
        indexes = [
            # the operator's page: open ones of an agency, newest last
            models.Index(fields=["agency_id", "id"], condition=models.Q(ended_at__isnull=True), name="fault_open")
        ]


class Epoch(models.Model):
    """Each restore starts one: `Event.tx` is in order within an epoch only, so the live stream's cursor names it."""

    started_at = models.DateTimeField(db_default=Now())
    reason = models.CharField(max_length=200)
