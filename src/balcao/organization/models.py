"""Who answers: agencies, areas, staff and roles, places, working calendars."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .calendar_models import Holiday, WorkingCalendar
from .key_models import ApiKey

__all__ = ["Agency", "ApiKey", "Area", "Holiday", "Membership", "Place", "Role", "Staff", "WorkingCalendar"]


def usual_warnings() -> list[float]:
    return [0.5, 0.8]


def check_warnings(fractions: object) -> None:
    """ValidationError unless these are one to four different parts of a deadline's time, to the hundredth."""
    good = isinstance(fractions, list) and all(isinstance(f, int | float) and 0 < f < 1 for f in fractions)
    hundredths = {round(f * 100) for f in fractions} if good and isinstance(fractions, list) else set()
    if not good or not 1 <= len(hundredths) <= 4 or len(hundredths) < len(fractions) or hundredths & {0, 100}:  # type: ignore[arg-type]
        raise ValidationError(_("Write one to four different numbers between 1 and 99, like this: 50, 80."))


class Agency(models.Model):
    """A public body. One installation hosts several; their data are isolated from each other."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=200)
    short_name = models.CharField(_("short name"), max_length=60, blank=True)
    jurisdiction = models.CharField(max_length=2, choices=[("BR", "Brasil"), ("PT", "Portugal")], default="BR")
    locale = models.CharField(max_length=5, default="pt-br")
    timezone = models.CharField(max_length=40, default="America/Sao_Paulo")
    theme = models.CharField(max_length=10, default="balcao")
    hostname = models.CharField(max_length=200, unique=True, null=True, blank=True, help_text="portal's host name")
    is_default = models.BooleanField(default=False, help_text="serves the portal of any other host name")
    contact = models.TextField(_("how to reach us otherwise"), blank=True)
    mail_from = models.EmailField(blank=True)
    triage_days = models.PositiveSmallIntegerField(
        _("days that a case may wait in triage"),
        default=5,  # of the law's thirty days twenty are the area's; what is left must do for triage and for the review
        validators=[MinValueValidator(1), MaxValueValidator(60)],
    )
    warn_fractions = models.JSONField(  # of a deadline's time, 0 to 1; each deadline keeps those that it began with
        _("when a deadline warns"), default=usual_warnings, validators=[check_warnings]
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["is_default"], condition=models.Q(is_default=True), name="agency_default")
        ]

    def __str__(self) -> str:
        return self.name


class Area(models.Model):
    """A department that acts (área temática, secretaria). Its parent's managers get its escalations."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="areas")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    slug = models.SlugField(max_length=80)
    name = models.CharField(_("name"), max_length=200)
    email = models.EmailField(_("e-mail for its alarms"), blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="area_slug")]

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """Somewhere with a name: a district, the region above it, or a post where people are received."""

    class Kind(models.TextChoices):
        REGION = "region", _("Region")
        DISTRICT = "district", _("District")
        POST = "post", _("Service post")

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="places")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    slug = models.SlugField(max_length=80)
    name = models.CharField(_("name"), max_length=200)
    address = models.CharField(_("address"), max_length=300, blank=True)
    opening = models.CharField(_("opening hours"), max_length=200, blank=True)
    boundary = models.JSONField(null=True, blank=True, help_text="GeoJSON Polygon or MultiPolygon, WGS84 lon/lat")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="place_slug")]

    def __str__(self) -> str:
        return self.name


class Role(models.Model):
    """A named set of permissions, of one agency."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="roles")
    slug = models.SlugField(max_length=40)
    name = models.CharField(_("name"), max_length=80)
    permissions = ArrayField(models.CharField(max_length=40), default=list)
    mfa_required = models.BooleanField(_("needs a second factor to sign in"), default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "slug"], name="role_slug")]

    def __str__(self) -> str:
        return str(_(self.name))


class StaffManager(BaseUserManager["Staff"]):
    def get_by_natural_key(self, username: str | None) -> "Staff":
        return self.get(email__iexact=username)


class Staff(AbstractBaseUser):
    """A member of staff of one agency, who signs in with e-mail and password (and a second factor by role)."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="staff")
    email = models.EmailField(unique=True)
    name = models.CharField(_("name"), max_length=120)
    locale = models.CharField(max_length=5, default="pt-br")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    USERNAME_FIELD = EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = StaffManager()

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A role that somebody holds, in one area or (area null) in the whole agency."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="memberships")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["staff", "role", "area"], nulls_distinct=False, name="membership_once")
        ]

    def __str__(self) -> str:
        return f"{self.role}, {self.area}" if self.area else str(self.role)

    @property
    def agency_id(self) -> int:
        """Whose role it is: its history stands with the agency's."""
        return self.staff.agency_id
