"""Photos sent with a form: kept at once, so that a form that comes back with an error has lost none of them."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest
from django.utils.translation import gettext as _

from balcao.console.shell import StaffRequest
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.files.actions import store_file
from balcao.platform.models import StoredFile

MOST = 10  # photos of one moment


def keep(request: StaffRequest, name: str) -> tuple[list[StoredFile], str]:
    """The photos of field `name`: those kept by an earlier try (hidden field `kept_NAME`) and those that came now.

    The second value is the sentence of the first one refused. Call it outside transactions: checking takes time."""
    found, error = _kept(request, request.actor, name), ""
    for upload in request.FILES.getlist(name):
        if len(found) >= MOST:
            error = error or _("%(n)s photos are enough here; we kept the first ones.") % {"n": MOST}
            break
        try:
            stored = store_file(actor=request.actor, agency_id=request.actor.agency_id or 0, upload=upload)  # type: ignore[arg-type]
        except Refusal as refusal:
            error = error or f"{upload.name}: {refusal.sentence}"
            continue
        if stored.kind == "image":
            found.append(stored)
        else:
            error = error or _("%(name)s is not a photo.") % {"name": stored.name}
    return found, error


def _kept(request: HttpRequest, actor: Actor, name: str) -> list[StoredFile]:
    """Only files that this very person sent and that nothing holds yet."""
    uuids = []
    for text in request.POST.getlist(f"kept_{name}")[:MOST]:
        try:
            uuids.append(UUID(text))
        except ValueError:
            continue
    mine = StoredFile.objects.visible_to(actor).filter(uploaded_by_kind="staff", uploaded_by_id=actor.id)
    return list(mine.filter(uuid__in=uuids, kind="image").order_by("pk"))
