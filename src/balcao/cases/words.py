"""Words in a case's history: cleaned, never empty where they are needed."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.text import clean_text

from .models import Case, Remark

MAX_WORDS = 4000  # characters
MAX_ANSWER = 12_000  # the area's report and its because, each as long as they may be, within the words of a letter


def required(text: str, *, field: str, most: int = MAX_WORDS) -> str:
    """`text` cleaned. Invalid when nothing is left, or when it is longer than `most` characters."""
    text = clean_text(text).strip()
    if not any(c.isalnum() for c in text):
        raise Invalid(_("Please write a few words here."), field=field)
    if len(text) > most:
        raise Invalid(
            _("This has %(n)s characters; please keep it to %(most)s.") % {"n": len(text), "most": most}, field=field
        )
    return text


def remark(
    case: Case,
    kind: str,
    text: str,
    *,
    actor: Actor,
    now: datetime | None = None,
    public: bool = False,
    field: str = "text",
) -> Remark:
    """Write `text` into the history of `case`."""
    return Remark.objects.create(
        case=case,
        kind=kind,
        text=required(text, field=field),
        author_kind=actor.kind,
        author_id=actor.staff_id,
        at=now or timezone.now(),
        public=public,
    )
