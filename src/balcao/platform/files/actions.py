"""Keeping files, and letting go of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import BinaryIO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import Storage, default_storage
from django.db import transaction
from django.db.models import Exists, ForeignKey, OuterRef
from django.db.models.fields.files import FieldFile
from django.utils import timezone

from balcao.platform import room_watch
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.files.inspection import Limits, inspect
from balcao.platform.files.models import StoredFile
from balcao.platform.files.refused import FileRefused
from balcao.platform.trouble import disk_full

#: A draft may hold a file this long before the demand is sent.
KEEP_UNUSED = timedelta(days=2)


def store_file(
    *,
    actor: Actor,
    agency_id: int,
    upload: BinaryIO,
    name: str | None = None,
    limits: Limits | None = None,
) -> StoredFile:
    """Check, clean and keep one upload (Django's UploadedFile, or any binary file with a `name`). FileRefused says
    why not.

    The content is written before the row commits: a row without content cannot be, and content without a row is swept.
    Call it before the transaction of the action that uses the file: checking takes time and may ask the antivirus.
    """
    actor.same_agency(agency_id)
    try:
        return _store(actor, agency_id, upload, name, limits)
    except (OSError, FileRefused) as error:
        if not disk_full(error):
            raise
        room_watch.tell_now()
        raise FileRefused("no_room") from error


def _store(actor: Actor, agency_id: int, upload: BinaryIO, name: str | None, limits: Limits | None) -> StoredFile:
    accepted = inspect(upload, name or getattr(upload, "name", None) or "file", limits)
    now = timezone.now()
    stored = StoredFile(
        agency_id=agency_id,
        kind=accepted.kind,
        mime=accepted.mime,
        name=accepted.name,
        size=accepted.size,
        sha256=accepted.sha256,
        width=accepted.width,
        height=accepted.height,
        signed=accepted.signed,
        uploaded_by_kind=actor.kind,
        uploaded_by_id=actor.id,
        created_at=now,
        scanned_at=now if accepted.scanned else None,
    )
    try:
        with accepted.file:
            _save_content(stored.file, f"{stored.uuid.hex}.{accepted.extension}", File(accepted.file))
        if accepted.thumbnail:
            _save_content(stored.thumbnail, f"{stored.uuid.hex}-small.webp", ContentFile(accepted.thumbnail))
        stored.save(force_insert=True)
    except Exception:
        _delete_content(stored)
        raise
    return stored


@action
def delete_file(*, actor: Actor, stored: StoredFile) -> None:
    """Forget a file for good: the row now, the content after commit. Whatever points at it must be gone
    (ProtectedError).
    """
    actor.same_agency(stored.agency_id)
    stored.delete()
    transaction.on_commit(lambda: _delete_content(stored))


def sweep_unused(*, actor: Actor, now: datetime | None = None, limit: int = 500) -> int:
    """Delete files that nothing points at and that are older than KEEP_UNUSED. Returns how many; a periodic job calls
    it.
    """
    actor.require("file.sweep")
    before = (now or timezone.now()) - KEEP_UNUSED
    unused = StoredFile.objects.filter(created_at__lt=before).order_by("created_at")
    for relation in StoredFile._meta.get_fields(include_hidden=True):
        holder = getattr(relation, "field", None)
        if relation.auto_created and isinstance(holder, ForeignKey):
            holders = holder.model._default_manager.filter(**{holder.name: OuterRef("pk")})
            unused = unused.exclude(Exists(holders))
    swept = 0
    for stored in unused[:limit]:
        delete_file(actor=actor, stored=stored)
        swept += 1
    return swept


def sweep_orphans(
    *, actor: Actor, now: datetime | None = None, days: int = 14, storage: Storage = default_storage
) -> int:
    """Delete content of the last `days` whose row never committed and that is a day old. Returns how many."""
    actor.require("file.sweep")
    today = (now or timezone.now()).astimezone(timezone.get_default_timezone()).date()
    swept = 0
    for age in range(1, days + 1):
        folder = f"files/{today - timedelta(days=age):%Y-%m-%d}"
        if not storage.exists(folder):
            continue
        names = {f"{folder}/{name}" for name in storage.listdir(folder)[1]}
        known = StoredFile.objects.filter(file__startswith=f"{folder}/").values_list("file", "thumbnail")
        for orphan in names - {name for pair in known for name in pair}:
            storage.delete(orphan)
            swept += 1
    return swept


def _save_content(target: FieldFile, name: str, content: File[bytes]) -> None:
    try:
        target.save(name, content, save=False)
    except OSError:
        target.storage.delete(target.field.generate_filename(target.instance, name))  # the half that found room
        raise


def _delete_content(stored: StoredFile) -> None:
    for content in (stored.file, stored.thumbnail):
        if content.name:
            content.storage.delete(content.name)
