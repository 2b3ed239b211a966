"""Who asks: people and companies, their identifiers, contact points and legal priorities."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor
from balcao.platform.crypto import EncryptedTextField
from balcao.platform.instances import Row
from balcao.platform.search import SortKey


class PersonQuerySet(models.QuerySet["Person"]):
    def visible_to(self, actor: Actor) -> PersonQuerySet:
        """The people of the actor's agency, for those who may see who asked; a citizen sees themself."""
        if actor.kind == "system":
            return self if actor.agency_id is None else self.filter(agency_id=actor.agency_id)
        if actor.kind == "citizen":
            return self.filter(pk=actor.id, agency_id=actor.agency_id)
        return self.filter(agency_id=actor.agency_id) if actor.can("person.read") else self.none()


class Person(Row):
    """A natural or legal person, as one agency knows it. Documents are found by a keyed hash, kept encrypted."""

    class Nature(models.TextChoices):
        NATURAL = "natural", _("Person")
        LEGAL = "legal", _("Company or organisation")

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="people")
    nature = models.CharField(max_length=8, choices=Nature.choices, default=Nature.NATURAL)
    name = models.CharField(_("name"), max_length=200)
    document_kind = models.CharField(max_length=5, blank=True)  # cpf, cnpj, nif
    document = EncryptedTextField(blank=True, default="")
    document_hash = models.BinaryField(null=True, max_length=32)
    locale = models.CharField(max_length=5, default="pt-br")
    priority = models.ForeignKey("PriorityGroup", models.PROTECT, null=True, blank=True)
    created_at = models.DateTimeField(db_default=Now())
    erased_at = models.DateTimeField(null=True)

    objects = PersonQuerySet.as_manager()

    class Meta:
        constraints = [
            # a repeat customer is one person; also the search by document
            models.UniqueConstraint(
                fields=["agency", "document_hash"],
                condition=models.Q(document_hash__isnull=False),
                name="person_document",
            )
        ]
        indexes = [
            # the console's search by name, misspellings included
            GinIndex(OpClass(SortKey("name"), name="gin_trgm_ops"), name="person_name_trgm"),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"  # a log that prints a person prints no name


class ContactPoint(Row):
    """How a person can be reached. The value is encrypted; equal ones are found by a keyed hash."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PHONE = "phone", _("Phone")

    person = models.ForeignKey(Person, models.CASCADE, related_name="contacts", db_index=False)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    value = EncryptedTextField()
    value_hash = models.BinaryField(max_length=32)
    verified_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind", "value_hash"], name="contact_once")]
        indexes = [models.Index(fields=["value_hash"], name="contact_value")]  # the console's search by e-mail or phone


class PriorityGroupQuerySet(models.QuerySet["PriorityGroup"]):
    def in_force(self, jurisdiction: str, *, on: date | None = None) -> PriorityGroupQuerySet:
        """The rules that hold in a country on this day (today), first served first: what is offered and looked up."""
        day = on or timezone.localdate()
        return self.filter(models.Q(until=None) | models.Q(until__gte=day), jurisdiction=jurisdiction, since__lte=day)


class PriorityGroup(models.Model):
    """Who is served first by law, as dated data of a jurisdiction; a lower rank comes earlier, 9 is everybody.

    A rule whose rank or law changed stands once more, from the day after the `until` of the one before."""

    jurisdiction = models.CharField(max_length=2)
    slug = models.SlugField(max_length=30)
    name = models.CharField(max_length=120)
    law = models.CharField(max_length=120)
    rank = models.PositiveSmallIntegerField()
    since = models.DateField(default=date(2000, 1, 1), help_text="the first day on which the rule holds")
    until = models.DateField(null=True, blank=True, help_text="its last day; empty while no end is known")
    unless_booked = models.BooleanField(default=False, help_text="it does not hold where people come by appointment")

    objects = PriorityGroupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "slug", "since"], name="priority_once"),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="priority_ends_after_it_began",
            ),
        ]
        ordering = ["rank", "slug"]

    def __str__(self) -> str:
        return self.name
