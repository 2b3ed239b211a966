"""Ready-made replies of an agency."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..conversations.models import Line

LONGEST = 4000  # characters; what a channel takes at once


class Afterwards(models.TextChoices):
    """What a macro does with the conversation once its words are said."""

    NOTHING = "", _("It stays with me")
    LINE = "line", _("It goes to another line")
    SNOOZE = "snooze", _("It is put off")
    CLOSE = "close", _("It is closed")


class CannedReply(models.Model):
    """Words to say again and again, with variables; for one line or language, or for all. With a note or a step that
    follows it is a macro."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    shortcut = models.CharField(
        _("shortcut"), max_length=40, validators=[RegexValidator(r"^[\w-]+\Z", _("Letters, digits and hyphens only."))]
    )
    title = models.CharField(_("title"), max_length=120)
    body = models.TextField(_("words"), max_length=LONGEST)
    line = models.ForeignKey(Line, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("line"))
    language = models.CharField(_("language"), max_length=5, blank=True)
    note = models.TextField(_("note for colleagues"), max_length=LONGEST, blank=True)
    then = models.CharField(
        _("afterwards"), max_length=6, choices=Afterwards.choices, blank=True, default=Afterwards.NOTHING
    )
    to_line = models.ForeignKey(
        Line, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("to which line")
    )
    hours = models.PositiveSmallIntegerField(
        _("for how many hours"), null=True, blank=True, validators=[MaxValueValidator(24 * 60)]
    )
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "shortcut", "line", "language"], name="canned_shortcut", nulls_distinct=False,
                violation_error_message=_("There is a reply with this shortcut already."),
            ),
            models.CheckConstraint(
                name="canned_step_is_whole",
                condition=Q(then__in=["", "close"]) | Q(then="line", to_line__isnull=False)
                | Q(then="snooze", hours__gt=0),
                violation_error_message=_("Choose the line that it goes to, or say for how many hours."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def is_macro(self) -> bool:
        return bool(self.note or self.then)
