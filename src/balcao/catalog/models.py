"""What can be asked: groups, services, their scripts of questions, their charter, and the words of their answers."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from balcao.platform.search import Vector


class Kind(models.TextChoices):
    """Kinds of manifestation: Lei 13.460/2017 art. 2 V, with LAI's request for information."""

    SOLICITACAO = "solicitacao", _("Request")
    RECLAMACAO = "reclamacao", _("Complaint")
    DENUNCIA = "denuncia", _("Report of wrongdoing")
    SUGESTAO = "sugestao", _("Suggestion")
    ELOGIO = "elogio", _("Compliment")
    INFORMACAO = "informacao", _("Request for information")


class Outcome(models.TextChoices):
    """How an order or a case ended, in one word; "closed" is not "solved"."""

    SOLVED = "solved", _("Solved")
    PARTLY = "partly", _("Solved in part")
    SCHEDULED = "scheduled", _("Scheduled for later")
    IMPOSSIBLE = "impossible", _("Not possible")
    NOT_FOUND = "not_found", _("Not found at the place")
    INFORMED = "informed", _("Information given")
    REFUSED = "refused", _("Refused")


def all_kinds() -> list[str]:
    return list(Kind.values)


class ServiceGroup(models.Model):
    """A shelf of the catalogue."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="service_groups")
    slug = models.SlugField(max_length=80)
    name = models.CharField(_("name"), max_length=120)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    icon = models.CharField(max_length=30, blank=True)
    position = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="group_slug")]
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ServiceQuerySet(models.QuerySet["Service"]):
    def published(self) -> "ServiceQuerySet":
        return self.filter(is_published=True)


class Service(models.Model):
    """One service, with its *carta de serviços* (Lei 13.460/2017 art. 7) and the rules of its cases.

    Private unless published; what others may see of its cases is a second decision (`is_public`)."""

    class Where(models.TextChoices):
        REQUIRED = "required", _("Required")
        OPTIONAL = "optional", _("Optional")
        NONE = "none", _("Not asked")

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="services")
    group = models.ForeignKey(ServiceGroup, models.PROTECT, related_name="services")
    slug = models.SlugField(max_length=100)
    name = models.CharField(_("name"), max_length=200)
    summary = models.CharField(_("in one sentence"), max_length=400, blank=True)
    keywords = models.CharField(_("other words people use"), max_length=500, blank=True)
    is_published = models.BooleanField(_("published"), default=False)
    is_catch_all = models.BooleanField(_("takes what fits nowhere else"), default=False)
    position = models.PositiveIntegerField(default=0)

    # the charter (art. 7 §2 and §3)
    who_may_ask = models.TextField(_("who may ask"), blank=True)
    what_is_needed = models.TextField(_("what is needed"), blank=True)
    steps = models.TextField(_("what happens, step by step"), blank=True)
    how_long = models.CharField(_("how long it takes"), max_length=300, blank=True)
    channels = models.TextField(_("on which channels"), blank=True)
    where = models.TextField(_("where"), blank=True)
    waiting_time = models.CharField(_("how long people wait to be attended"), max_length=300, blank=True)
    cost = models.CharField(_("what it costs"), max_length=200, blank=True)
    legal_basis = models.TextField(_("legal basis"), blank=True)

    # the case
    kinds = ArrayField(models.CharField(max_length=12), default=all_kinds, help_text=_("kinds of manifestation taken"))
    location = models.CharField(_("where it is"), max_length=8, choices=Where.choices, default=Where.OPTIONAL)
    allows_anonymous = models.BooleanField(_("may be asked anonymously"), default=True)
    is_public = models.BooleanField(_("its cases may be shown nearby, without people's data"), default=False)
    coarse_location = models.BooleanField(_("show only roughly where"), default=False)

    # the clock
    rule = models.SlugField(_("legal rule of the deadline"), max_length=40, default="lei-13460")
    amount = models.PositiveIntegerField(_("our promise, when shorter than the law"), null=True, blank=True)
    unit = models.CharField(max_length=15, blank=True)
    area_rule = models.SlugField(_("rule of the area's own deadline"), max_length=40, default="lei-13460-area")
    area_amount = models.PositiveIntegerField(null=True, blank=True)
    area_unit = models.CharField(max_length=15, blank=True)
    calendar = models.ForeignKey("organization.WorkingCalendar", models.PROTECT, null=True, blank=True)

    current = models.ForeignKey("ServiceVersion", models.PROTECT, null=True, related_name="+")
    search = models.GeneratedField(
        expression=Vector(name="A", keywords="A", summary="B"), output_field=SearchVectorField(), db_persist=True
    )

    objects = ServiceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="service_slug")]
        indexes = [GinIndex(fields=["search"], name="service_search")]  # the portal's "what do you need?"
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class ServiceVersion(models.Model):
    """The questions of a service at one time (a `dialogue.Script` as data). A case keeps the one it began with."""

    service = models.ForeignKey(Service, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    script = models.JSONField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "number"], name="service_version")]

    @property
    def agency_id(self) -> int:
        """Whose questions they are: their history stands with the agency's."""
        return self.service.agency_id


class Template(models.Model):
    """Words that a public servant can edit: an answer by outcome, a receipt, a question, an alarm.

    `service` null is the agency's text for any service. The body takes {{ name }}-like fields of a fixed list."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="templates")
    service = models.ForeignKey(Service, models.CASCADE, null=True, blank=True, related_name="templates")
    purpose = models.CharField(max_length=20)  # answer, receipt, question, reopened, merged …
    outcome = models.CharField(max_length=12, blank=True)
    locale = models.CharField(max_length=5, default="pt-br")
    subject = models.CharField(_("subject"), max_length=200, blank=True)
    body = models.TextField(_("text"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "service", "purpose", "outcome", "locale"],
                nulls_distinct=False,
                name="template_once",
            )
        ]
