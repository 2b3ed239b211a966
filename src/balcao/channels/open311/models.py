"""What Open311 leaves beside a case: pictures that are still to be fetched, and updates that came in."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Media(models.Model):
    """A `media_url`: fetched by a job, never while somebody waits for the answer to their POST."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        KEPT = "kept", _("Kept")
        REFUSED = "refused", _("Refused")

    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    url = models.CharField(max_length=1000)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    file = models.ForeignKey("platform.StoredFile", models.SET_NULL, null=True, related_name="+")

    class Meta:
        indexes = [
            # the sweep: what is still to be fetched
            models.Index(fields=["next_try_at"], name="media_waiting", condition=models.Q(state="waiting"))
        ]


class PostedUpdate(models.Model):
    """An update that a client has posted; its own `update_id` again adds nothing."""

    agency = models.ForeignKey("organization.Agency", models.CASCADE, related_name="+")
    key_id = models.BigIntegerField(help_text="whose: a plain number, as in the history")
    update_id = models.CharField(max_length=120)
    case = models.ForeignKey("cases.Case", models.CASCADE, related_name="+")
    answer_id = models.CharField(max_length=40, help_text="the id that we answered with")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agency", "key_id", "update_id"], name="posted_update_once")]
