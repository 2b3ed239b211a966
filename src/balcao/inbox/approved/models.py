"""The approved templates of an account, as its provider has them, and letters that wait for the person's next word."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ..conversations.models import Account

APPROVED = "APPROVED"


class ApprovedTemplate(models.Model):
    """One template in one language. Its words are its provider's; ours is only whether letters leave by it."""

    account = models.ForeignKey(Account, models.CASCADE, related_name="templates")
    name = models.CharField(max_length=512)
    language = models.CharField(max_length=10, help_text="as the provider writes it: pt_BR")
    status = models.CharField(max_length=30)
    category = models.CharField(max_length=30, blank=True)
    header = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    footer = models.CharField(max_length=200, blank=True)
    variables = models.JSONField(default=list, help_text="of the body, in order: numbers, or names")
    sendable = models.BooleanField(default=True, help_text="false: it holds something that we cannot fill in")
    seen_at = models.DateTimeField(help_text="when the provider last named it")
    for_letters = models.BooleanField(default=False, help_text="letters leave by it when the window is closed")
    fillings = models.JSONField(default=list, blank=True, help_text="what stands for its variables in a letter")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "name", "language"], name="approved_template_once"),
            models.UniqueConstraint(
                fields=["account"], condition=Q(for_letters=True), name="approved_template_for_letters"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.language})"

    @property
    def agency_id(self) -> int:
        return self.account.agency_id

    @property
    def may_be_sent(self) -> bool:
        return self.status == APPROVED and self.sendable

    @property
    def status_words(self) -> str:
        said = {
            APPROVED: _("Approved"), "PENDING": _("Being looked at"), "REJECTED": _("Refused"), "PAUSED": _("Paused"),
            "DISABLED": _("Switched off"), "DELETED": _("No longer there"),
        }  # fmt: skip
        return str(said.get(self.status, self.status))


class HeldLetter(models.Model):
    """A letter that left as a template: its own words follow as soon as the person writes, and this row goes."""

    message = models.OneToOneField("inbox.Message", models.CASCADE, related_name="+")
    at = models.DateTimeField()
