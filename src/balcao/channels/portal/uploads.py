"""Files of a form: each is checked by itself, so that a bad one does not cost the person the good ones."""

from __future__ import annotations

from django.http import HttpRequest

from balcao.catalog.scripts import MAX_FILES
from balcao.inbox.uploads import keep
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile

from . import drafts
from .drafts import Asking


def take(request: HttpRequest, asking: Asking, question: str) -> tuple[list[str] | None, str]:
    """Keep what was uploaded for a question and take away what was removed. The ids it has now, and the sentence about
    those that were refused, with their names."""
    if wanted := request.POST.get("remove", ""):
        drafts.detach(asking, question, wanted)
    room = MAX_FILES - len(drafts.attached(asking, question))
    stored, problem = keep(request.FILES.getlist(question), actor=Actor.citizen(asking.draft.agency_id), room=room)
    for one in stored:
        drafts.attach(asking, question, one)
    ids = [str(one.uuid) for one in drafts.attached(asking, question)]
    return ids or None, problem


def shown(asking: Asking) -> dict[str, list[StoredFile]]:
    """The files of a draft by question."""
    found: dict[str, list[StoredFile]] = {}
    for one in asking.draft.files.select_related("file"):
        found.setdefault(one.question, []).append(one.file)
    return found
