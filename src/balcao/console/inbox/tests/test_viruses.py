"""A virus in a web chat, found by a real ClamAV: nobody is shown it, and both sides are told. Without a scanner both
see that nobody has checked."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from balcao.inbox.models import Account, Conversation
from balcao.platform.files.tests.clamd import EICAR, Clamd
from balcao.platform.models import StoredFile

from .conftest import browser

pytestmark = pytest.mark.django_db
FOUND = "Our antivirus found something harmful in this file"
UNCHECKED = "not checked for viruses"


@pytest.fixture(scope="module")
def scanner():
    with Clamd() as found:
        yield found.where


def photo(name: str, hidden: str = "") -> SimpleUploadedFile:
    told, content = PngInfo(), BytesIO()
    told.add_text("Comment", hidden)
    Image.new("RGB", (20, 20), "green").save(content, "PNG", pnginfo=told)
    return SimpleUploadedFile(name, content.getvalue())


class Visitor:
    """Somebody on our own page of the chat."""

    def __init__(self) -> None:
        self.client, self.sent = Client(HTTP_ACCEPT_LANGUAGE="en", HTTP_X_BALCAO_CHAT="1"), 0

    def sends(self, *files: SimpleUploadedFile, text: str = "") -> dict[str, Any]:
        self.sent += 1
        answer = self.client.post(
            "/chat/cac/send/?lang=en", {"client_id": f"client-{self.sent:04}", "text": text, "files": files}
        )
        assert answer.status_code == 200
        return answer.json()

    @property
    def told(self) -> list[dict[str, Any]]:
        return self.client.get("/chat/cac/messages/?lang=en").json()["messages"]


@pytest.fixture
def visitor(desk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    caches["process"].clear()
    desk.world.agency.locale = "en"
    desk.world.agency.save()
    Account.objects.create(agency=desk.world.agency, channel="webchat", key="cac", name="CAC", line=desk.line)
    return Visitor()


def desk_page(ana) -> str:
    return browser(ana).get(f"/console/inbox/{Conversation.objects.get().pk}/").content.decode()


def test_a_virus_is_neither_kept_nor_shown_and_both_sides_see_why(visitor, ana, scanner, settings, tmp_path):
    settings.CLAMAV = scanner
    told = visitor.sends(photo("poste.png"), photo("surpresa.png", EICAR), text="Segue o poste")
    assert told["problem"].startswith(f"surpresa.png: {FOUND}")
    visitor.sends(photo("outra.png", EICAR))  # alone: what an attendant must know is said to them all the same
    with_words, alone = visitor.told
    assert [one["name"] for one in with_words["files"]] == ["poste.png"] and with_words["files"][0]["scanned"]
    assert "files" not in alone and alone["refused"][0].startswith(FOUND)
    stored = StoredFile.objects.get()
    kept = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert kept and all(name.startswith(stored.uuid.hex) for name in kept), "nothing else was written"
    page = desk_page(ana)
    assert page.count(FOUND) == 2 and "poste.png" in page and UNCHECKED not in page
    assert "checked for viruses <time" in page
    settings.CLAMAV = ""  # what was checked then stays so, and what comes now is not
    visitor.sends(photo("mais.png"))
    page = desk_page(ana)
    assert page.count("checked for viruses <time") == 1 == page.count(UNCHECKED)
    assert [one["files"][0]["scanned"] for one in visitor.told if "files" in one] == [True, False]
    assert "surpresa.png" not in page and "outra.png" not in page
    assert visitor.client.get("/chat/cac/").content.decode().count(FOUND) == 2


def test_a_scanner_that_is_away_lets_nothing_pass(visitor, settings, tmp_path):
    settings.CLAMAV = str(tmp_path / "nobody")
    assert "right now" in visitor.sends(photo("poste.png"), text="Segue o poste")["problem"]
    assert not StoredFile.objects.exists() and "refused" not in visitor.told[0], "it is no fault of the file's"


def test_without_a_scanner_both_sides_see_that_nobody_has_checked(visitor, ana, settings):
    settings.CLAMAV = ""
    visitor.sends(photo("poste.png"))
    assert UNCHECKED in desk_page(ana) and UNCHECKED in visitor.client.get("/chat/cac/").content.decode()
    assert visitor.told[0]["files"][0]["scanned"] is False
