"""A video of 100 MB: no more of it is taken than we may keep, nothing of it stays, and the person hears why."""

from __future__ import annotations

import json
import threading
import tracemalloc
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings

from balcao.channels.whatsapp import fetching
from balcao.channels.whatsapp.models import ComingFile
from balcao.inbox.models import Delivery
from balcao.platform.models import StoredFile

from .phones import Phone, says, taps, works

pytestmark = pytest.mark.django_db(transaction=True)
MB = 1024 * 1024
WHOLE = 100 * MB
PIECE = bytes(64 * 1024)
ON_ITS_WAY = 16 * MB  # what both ends of a connection may hold that nobody has read


class Shelf:
    """Meta's files: each is `WHOLE` long, and it says of each that it has `says` bytes (None: nothing)."""

    def __init__(self, says: int | None) -> None:
        self.says, self.handed = says, 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, self))
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, shelf: Shelf, *args: Any) -> None:
        self.shelf = shelf
        super().__init__(*args)

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if not self.path.startswith("/files/"):
            told = {"url": f"{self.shelf.address}/files/1", "mime_type": "video/mp4"}
            told |= {"file_size": self.shelf.says} if self.shelf.says is not None else {}
            self.wfile.write(json.dumps(told).encode())
            return
        try:
            while self.shelf.handed < WHOLE:
                self.wfile.write(PIECE)
                self.shelf.handed += len(PIECE)
        except OSError:
            pass  # whoever asked has heard enough

    def log_message(self, *_arguments: object) -> None:
        """A test says nothing."""


@pytest.fixture
def shelf(request):
    found = Shelf(request.param)
    yield found
    found.server.shutdown()
    found.server.server_close()


def sends_a_video(phone: Phone, meta: Any, shelf: Shelf) -> int:
    """The most bytes that fetching it took of our memory."""
    phone.cloud.send_file(b"", "video/mp4", "festa.mp4")
    phone.settle()
    graph = meta.app.graph
    meta.app.graph = f"{shelf.address}/v23.0"
    meta.app.save()
    tracemalloc.start()
    fetching.fetch_due()
    _now, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    meta.app.graph = graph
    meta.app.save()
    return most


@pytest.mark.parametrize("shelf", [WHOLE, None, 1_000], ids=["told", "untold", "belied"], indirect=True)
def test_no_more_is_taken_than_we_may_keep(phone, meta, shelf, tmp_path):
    most = sends_a_video(phone, meta, shelf)
    assert shelf.handed == 0 if shelf.says == WHOLE else shelf.handed <= settings.MAX_UPLOAD + ON_ITS_WAY
    assert most < settings.MAX_UPLOAD + 8 * MB
    assert not StoredFile.objects.exists() and not ComingFile.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    heard, said = phone.conversation.messages.order_by("number")
    assert heard.data["refused"] == ["too_large"] and said.author_kind == "system"
    phone.tried(Delivery.objects.get())
    assert len(phone.shown) == 1 and "25 MB" in phone.shown[0], "they are told at once, also where nobody is there yet"


@pytest.mark.parametrize("shelf", [None], ids=["untold"], indirect=True)
def test_the_interview_says_it_once_and_asks_again(asked, meta, shelf):
    says(asked, "Oi")
    taps(asked, "Reclamação")
    before = len(asked.shown)
    sends_a_video(asked, meta, shelf)
    assert works(asked).count("25 MB") == 1 and len(asked.shown) > before
