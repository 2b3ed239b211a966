"""An agency's interviews: what a conversation asks first, by version."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from .definitions import Definition, load_definition


class Interview(models.Model):
    """One version of an interview. Without `published_at` it is a draft, which nobody is asked; there is one draft at
    most. A published one never changes (a trigger sees to it): who began with it ends with it.

    `definition` is what `definitions.load_definition` reads, without slug and version, which stand here."""

    agency = models.ForeignKey("organization.Agency", models.PROTECT, related_name="interviews")
    slug = models.SlugField(max_length=80)
    title = models.CharField(_("title"), max_length=120)
    version = models.PositiveIntegerField()
    definition = models.JSONField()
    source = models.TextField(blank=True, help_text="as it was written, with its comments; empty: it came as data")
    published_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agency", "slug", "version"], name="interview_version"),
            models.UniqueConstraint(
                fields=["agency", "slug"], condition=Q(published_at=None), name="interview_one_draft"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.version})"

    def load(self) -> Definition:
        """What is asked and what follows. Raises dialogue.ScriptError when it can no longer be read."""
        data: dict[str, Any] = self.definition
        return load_definition(data, slug=self.slug, version=self.version)
