"""The question whether another agency may go on, and what became of it: the proof of the person's consent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from balcao.platform.actors import Actor
from balcao.platform.crypto import EncryptedTextField

from ..conversations.models import Account, Conversation, Line


class HandoverQuerySet(models.QuerySet["Handover"]):
    def visible_to(self, actor: Actor) -> HandoverQuerySet:
        """Those of the conversations that the actor sees: never those by which one came from elsewhere."""
        return self.filter(conversation__in=Conversation.objects.visible_to(actor))


class Handover(models.Model):
    """The person was asked in `conversation`, by its message `question`, whether `line` of another agency may go on
    with them; their message `answer` said yes or no. Only the agency that asked has it."""

    class State(models.TextChoices):
        ASKED = "asked", _("They were asked and have not answered yet")
        AGREED = "agreed", _("They agreed")
        DECLINED = "declined", _("They said no")
        LAPSED = "lapsed", _("They did not say")
        DONE = "done", _("It was passed on")
        FAILED = "failed", _("It could not be passed on")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="handovers")
    line = models.ForeignKey(Line, models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, models.PROTECT, related_name="+", help_text="by which that agency goes on")
    note = EncryptedTextField(blank=True, default="", help_text="for the colleagues there")
    asked_by = models.ForeignKey("organization.Staff", models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    until = models.DateTimeField(help_text="afterwards a yes is none any more")
    question = models.PositiveIntegerField(help_text="the number of the message that asked")
    answer = models.PositiveIntegerField(null=True, help_text="the number of the message that answered")
    answered_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)

    objects = HandoverQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation"], condition=Q(state="asked"), name="handover_one_question"),
            models.CheckConstraint(
                name="handover_only_with_a_yes",
                condition=~Q(state__in=["agreed", "done", "failed"])
                | Q(answer__isnull=False, answered_at__isnull=False),
            ),
        ]
        indexes = [
            # the sweep: whose day is over
            models.Index(fields=["until"], name="handover_open", condition=Q(state="asked"))
        ]
