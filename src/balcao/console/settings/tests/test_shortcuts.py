"""Ready-made replies in the settings."""

import pytest

from balcao.inbox.models import CannedReply, Line

PAGE = "/console/settings/shortcuts/"


@pytest.mark.django_db
def test_a_reply_is_written_refused_for_a_wrong_variable_changed_and_removed(world, admin):
    line = Line.objects.create(agency=world.agency, slug="procon", name="PROCON")
    typed = {"shortcut": "procon", "title": "Ao PROCON", "body": "Já passo, {nome}.", "then": "line", "is_active": "on"}
    page = admin.post(f"{PAGE}new/", typed)
    assert "{name}" in page.content.decode() and "Já passo, {nome}." in page.content.decode()
    typed["body"] = "Já passo, {name}."
    assert "Choose the line" in admin.post(f"{PAGE}new/", typed).content.decode()
    admin.post(f"{PAGE}new/", typed | {"to_line": line.pk})
    kept = CannedReply.objects.get()
    assert kept.is_macro and kept.to_line == line
    assert "/procon" in admin.get(PAGE).content.decode()
    admin.post(f"{PAGE}{kept.pk}/", typed | {"then": "", "title": "PROCON"})
    kept.refresh_from_db()
    assert not kept.is_macro and kept.to_line is None and kept.title == "PROCON"
    admin.post(f"{PAGE}{kept.pk}/remove/")
    assert not CannedReply.objects.exists()
