"""Lines, the conversations in them, the attendants who serve them, and how long everybody waited."""

from __future__ import annotations

import json
from typing import Any

from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor
from balcao.platform.crypto import EncryptedTextField

from .origins import check_origins
from .states import Ending, State

EVERYBODY = 9  # the rank of whoever belongs to no priority group


class Line(models.Model):
    """A waiting line of an agency: who waits here wants the same thing, in whatever language."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="lines")
    slug = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=120)
    calendar = models.ForeignKey(
        "organization.WorkingCalendar", models.PROTECT, null=True, blank=True, related_name="+",
        help_text="when somebody is there; without one, the agency's usual calendar",
    )  # fmt: skip
    automatic = models.BooleanField(_("gives conversations to whoever is free"), default=True)
    off_hours_notice = models.TextField(_("what is said out of hours"), blank=True)
    closing_notice = models.TextField(_("what is said when it closes by itself"), blank=True)
    closing_template = models.CharField(
        _("approved template that says it"),
        max_length=512,
        blank=True,
        default="",
        db_default="",
        help_text="the name of one without variables: said where the channel takes no words of our own any more",
    )
    quiet_hours = models.PositiveSmallIntegerField(_("hours without a word until it closes"), default=24)
    interview = models.CharField(
        _("interview that comes first"),
        max_length=120,
        blank=True,
        help_text="the slug of one of the agency's, or service:SLUG for a service's own questions; empty: none",
    )
    asks_grade = models.BooleanField(_("asks for a grade at the end"), default=True, db_default=True)
    interview_by_mail = models.BooleanField(
        _("its interview is had by e-mail, too"),
        default=False,
        db_default=False,
        help_text="all questions that are open go out in one letter; off: a person answers every mail",
    )
    open_to_others = models.BooleanField(
        _("other agencies may pass people on to it"),
        default=False,
        db_default=False,
        help_text="they see the agency's name and the line's; nobody comes without having agreed",
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="line_slug")]

    def __str__(self) -> str:
        return self.name


class Account(models.Model):
    """One of an agency's own numbers, mailboxes or widgets: where people write to. Its secrets are its channel's."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="accounts")
    channel = models.CharField(max_length=20)
    key = models.CharField(max_length=120, help_text="the channel's own name for it: a number's id, a mailbox")
    name = models.CharField(_("name"), max_length=120)
    line = models.ForeignKey(Line, models.PROTECT, related_name="accounts", help_text="where what comes in here waits")
    is_active = models.BooleanField(_("active"), default=True)
    origins = models.JSONField(
        _("other sites that may show it"),
        default=list,
        blank=True,
        validators=[check_origins],
        help_text="of a web chat: scheme and host, as https://www.example.gov.br; our own pages always may",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "key"], name="account_key")]

    def __str__(self) -> str:
        return self.name


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, actor: Actor) -> ConversationQuerySet:
        """Of the actor's agency: for an attendant their own and those of the lines that they serve; for whoever leads
        the inbox all. A citizen sees those of their own verified person."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        mine = self.filter(agency_id=actor.agency_id)
        if actor.kind == "citizen":
            return mine.filter(person_id=actor.id) if actor.id else self.none()
        if actor.can("inbox.lead"):
            return mine
        if not actor.can("inbox.attend") or actor.staff_id is None:
            return self.none()
        served = Line.objects.filter(attendants__staff_id=actor.staff_id)
        return mine.filter(Q(owner_id=actor.staff_id) | Q(line__in=served))


class Conversation(models.Model):
    """One person's talk with an agency on one of its accounts.

    While it is not closed an interview runs, or it has a line, or an owner: the database refuses anything else.
    `queued_at` is its place in line: it stays when somebody takes it and cannot keep it."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="conversations")
    account = models.ForeignKey(Account, models.PROTECT, related_name="conversations", db_index=False)
    channel = models.CharField(max_length=20)
    contact = EncryptedTextField(help_text="the channel's own name for the person, which does not change")
    contact_hash = models.BinaryField(max_length=32, help_text="the contact, as a keyed hash")
    address = EncryptedTextField(help_text="where they are written to on the channel")
    said_name = EncryptedTextField(blank=True, default="", help_text="how they are called, as the channel or they say")
    proven = models.BooleanField(default=True, db_default=True, help_text="false: only a mail's From says who writes")
    person = models.ForeignKey("citizens.Person", models.PROTECT, null=True, related_name="conversations")
    language = models.CharField(max_length=5, default="pt-br", help_text="the page's, the mail's, else the agency's")

    state = models.CharField(max_length=10, choices=State.choices)
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="conversations", db_index=False)
    owner = models.ForeignKey("organization.Staff", models.PROTECT, null=True, related_name="+", db_index=False)
    rank = models.PositiveSmallIntegerField(default=EVERYBODY, help_text="legal priority; lower is served first")
    queued_at = models.DateTimeField(null=True, help_text="the place in line; survives leaving it and coming back")
    snoozed_until = models.DateTimeField(null=True)
    interview = EncryptedTextField(null=True, help_text="the running interview as JSON; NULL: none runs")

    last_number = models.PositiveIntegerField(default=0, help_text="the number of its newest message")
    staff_read = models.PositiveIntegerField(default=0, help_text="up to which number an attendant has seen it")
    citizen_read = models.PositiveIntegerField(default=0, help_text="up to which number the person has seen it")
    staff_unread = models.PositiveIntegerField(default=0)
    citizen_unread = models.PositiveIntegerField(default=0)

    opened_at = models.DateTimeField()
    heard_at = models.DateTimeField(null=True, help_text="when the person last wrote, by our clock")
    said_at = models.DateTimeField(null=True, help_text="when we last wrote")
    handed_at = models.DateTimeField(null=True, help_text="when the bot was done with it: human time begins")
    in_hand_at = models.DateTimeField(null=True, help_text="when an attendant last took it, or it woke: patience anew")
    answered_at = models.DateTimeField(null=True, help_text="when an attendant wrote first")
    closed_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(null=True, help_text="when its words were taken out of it")
    ending = models.CharField(max_length=10, choices=Ending.choices, blank=True)
    reopened = models.PositiveSmallIntegerField(default=0)
    score = models.PositiveSmallIntegerField(null=True, validators=[MaxValueValidator(10)])
    comment = EncryptedTextField(blank=True, default="")
    cases = models.ManyToManyField("cases.Case", through="CaseLink", related_name="conversations")

    objects = ConversationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["account", "contact_hash"], condition=~Q(state=State.CLOSED), name="conversation_open_once"
            ),
            models.CheckConstraint(
                name="conversation_in_hands",
                condition=Q(state=State.INTERVIEW, interview__isnull=False, owner=None, closed_at=None)
                | Q(state=State.WAITING, line__isnull=False, queued_at__isnull=False, owner=None, closed_at=None)
                | Q(state=State.HELD, owner__isnull=False, closed_at=None)
                | Q(state=State.SNOOZED, owner__isnull=False, snoozed_until__isnull=False, closed_at=None)
                | Q(state=State.CLOSED, owner=None, closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="conversation_read_what_there_is",
                condition=Q(staff_read__lte=F("last_number"), citizen_read__lte=F("last_number")),
            ),
            models.CheckConstraint(name="conversation_grade", condition=Q(score=None) | Q(score__lte=10)),
        ]
        indexes = [
            # who is next in a line, and how many stand before somebody
            models.Index(
                fields=["line", "rank", "queued_at", "id"], name="conversation_line", condition=Q(state=State.WAITING)
            ),
            # an attendant's own, and how many they have
            models.Index(fields=["owner", "state"], name="conversation_owner", condition=Q(owner__isnull=False)),
            # what this person said on this account before
            models.Index(fields=["account", "contact_hash", "-id"], name="conversation_of_contact"),
            # the sweeps: who wakes now, who has been quiet for long
            models.Index(fields=["state", "snoozed_until"], name="conversation_moving", condition=~Q(state="closed")),
            # an agency's newest, for whoever leads
            models.Index(fields=["agency", "-id"], name="conversation_newest"),
            # the retention table: what ended so long ago that its words go
            models.Index(
                fields=["agency", "closed_at"],
                name="conversation_kept",
                condition=Q(closed_at__isnull=False, forgotten_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"conversation {self.pk}"

    @property
    def asked(self) -> dict[str, Any]:
        """The running interview; empty when none runs."""
        return json.loads(self.interview) if self.interview else {}

    @property
    def waits_for_us(self) -> bool:
        """Whether the person wrote last."""
        return self.heard_at is not None and (self.said_at is None or self.said_at < self.heard_at)


class CaseLink(models.Model):
    """A conversation and a case that it is about. `origin`: the case was opened from it, and its answer goes there."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="links")
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="conversation_links")
    origin = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "case"], name="case_link_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(origin=True), name="case_link_origin"),
        ]


class Wait(models.Model):
    """One stretch of waiting in one line: what estimates and figures are counted from."""

    class End(models.TextChoices):
        TAKEN = "taken", _("An attendant took it")
        MOVED = "moved", _("It went to another line")
        GAVE_UP = "gave_up", _("It was closed while it waited")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="waits")
    line = models.ForeignKey(Line, models.PROTECT, related_name="+", db_index=False)
    rank = models.PositiveSmallIntegerField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end = models.CharField(max_length=8, choices=End.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(ended_at=None), name="wait_one_at_a_time")
        ]
        indexes = [
            # a line's throughput: who was taken lately
            models.Index(fields=["line", "-ended_at"], name="wait_taken", condition=Q(end="taken")),
            # the figures: how long a line was at each hour of a time
            models.Index(fields=["line", "ended_at"], name="wait_ended"),
        ]


class Attendant(models.Model):
    """A member of staff as somebody who talks with people: what they serve, how many at once, and whether they are
    there. Present until `present_until`, which the page in their browser moves on as long as it is open."""

    staff = models.OneToOneField("organization.Staff", models.CASCADE, related_name="attending")
    capacity = models.PositiveSmallIntegerField(_("conversations at once"), default=4)
    lines = models.ManyToManyField(Line, related_name="attendants")
    languages = models.JSONField(
        _("languages"),
        default=list,
        db_default=[],
        blank=True,
        help_text="as pt, en, es, without a country: who speaks another is given to a colleague; empty: every language",
    )
    present_until = models.DateTimeField(null=True)
    last_given_at = models.DateTimeField(null=True, help_text="of two with as little to do, who has waited longer")

    class Meta:
        indexes = [
            # whose page has gone
            models.Index(fields=["present_until"], name="attendant_present", condition=Q(present_until__isnull=False))
        ]

    @property
    def agency_id(self) -> int:
        return self.staff.agency_id


class EarlyStatus(models.Model):
    """What a provider said of a message before we knew its name for it: applied as soon as we do."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="+", db_index=False)
    provider_id = models.CharField(max_length=200)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "provider_id"], name="early_status_once")]
        indexes = [models.Index(fields=["at"], name="early_status_age")]  # the night forgets what nobody asked for
