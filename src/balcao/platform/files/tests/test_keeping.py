"""Files that are kept, served and let go."""

import io
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.utils import timezone

from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.platform.files.actions import delete_file, store_file, sweep_orphans, sweep_unused
from balcao.platform.files.models import StoredFile
from balcao.platform.files.refused import FileRefused
from balcao.platform.files.serving import serve

from . import hostile

MARIA = Actor.citizen(1, 7)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def stored(content=None, name="foto.jpg"):
    upload = SimpleUploadedFile(name, content or hostile.photo_with_place(), content_type="text/html")
    return store_file(actor=MARIA, agency_id=1, upload=upload)


def test_a_photo_is_kept_with_its_facts_and_its_thumbnail(folder):
    photo = StoredFile.objects.get(pk=stored().pk)
    assert (photo.kind, photo.mime, photo.name) == ("image", "image/jpeg", "foto.jpg")
    assert (photo.width, photo.height) == (480, 640)
    assert (photo.uploaded_by_kind, photo.uploaded_by_id, photo.agency_id) == ("citizen", 7, 1)
    assert photo.size == photo.file.size and photo.thumbnail.size > 100
    assert "foto" not in photo.file.name and len(files(folder)) == 2


def test_what_is_refused_or_fails_leaves_nothing(folder, monkeypatch):
    with pytest.raises(FileRefused):
        stored(hostile.PROGRAM)
    with pytest.raises(NotAllowed):
        store_file(actor=MARIA, agency_id=2, upload=io.BytesIO(hostile.picture()))

    def failing(*_args, **_kwargs):
        raise DatabaseError

    monkeypatch.setattr(StoredFile, "save", failing)
    with pytest.raises(DatabaseError):
        stored()
    assert not files(folder) and not StoredFile.objects.exists()


def test_a_picture_is_shown_and_everything_else_is_only_saved():
    shown = serve(stored())
    assert shown["Content-Type"] == "image/jpeg" and shown["Content-Disposition"].startswith("inline")
    assert serve(stored(), inline=False)["Content-Disposition"].startswith("attachment")
    small = serve(stored(), thumbnail=True)
    assert small["Content-Type"] == "image/webp" and b"".join(small.streaming_content)[8:12] == b"WEBP"
    paper = serve(stored(hostile.pdf(), "petição.pdf"))
    assert paper["Content-Disposition"] == "attachment; filename*=utf-8''peti%C3%A7%C3%A3o.pdf"
    for response in (shown, small, paper):
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["Cache-Control"] == "private, no-cache"
        response.close()


def test_agencies_do_not_see_each_others_files():
    photo = stored()
    assert photo in StoredFile.objects.visible_to(Actor("staff", 1, 1))
    assert not StoredFile.objects.visible_to(Actor("staff", 2, 2)).exists()
    assert not StoredFile.objects.visible_to(Actor.citizen(1, 7)).exists()
    assert photo in StoredFile.objects.visible_to(Actor.system())
    assert not StoredFile.objects.visible_to(Actor.system(2)).exists()


def test_a_file_goes_when_its_row_is_gone_for_good(folder, django_capture_on_commit_callbacks):
    photo = stored()
    with pytest.raises(NotAllowed):
        delete_file(actor=Actor.citizen(2), stored=photo)
    with django_capture_on_commit_callbacks() as waiting:
        delete_file(actor=MARIA, stored=photo)
    assert len(files(folder)) == 2 and not StoredFile.objects.exists()
    for callback in waiting:
        callback()
    assert not files(folder)


def test_a_draft_that_was_never_sent_is_swept_and_a_young_one_is_not(folder, django_capture_on_commit_callbacks):
    old, young = stored(), stored()
    StoredFile.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=3))
    with pytest.raises(NotAllowed):
        sweep_unused(actor=MARIA)
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_unused(actor=Actor.system()) == 1
    assert list(StoredFile.objects.all()) == [young] and len(files(folder)) == 2


def test_content_whose_row_never_committed_is_swept(folder):
    kept = stored()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        lost = stored()
        raise ZeroDivisionError
    assert len(files(folder)) == 4
    tomorrow = timezone.now() + timedelta(days=1)
    assert sweep_orphans(actor=Actor.system(), now=timezone.now()) == 0
    assert sweep_orphans(actor=Actor.system(), now=tomorrow) == 2
    assert default_storage.exists(kept.file.name) and not default_storage.exists(lost.file.name)
