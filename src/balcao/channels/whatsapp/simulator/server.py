"""The simulator's addresses: Meta's under /v23.0/, files under /files/, and the phone's page at /."""

from __future__ import annotations

import json
import re
import threading
import time
from dataclasses import asdict
from email.parser import BytesParser
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .cloud import Cloud, Refused

HERE = Path(__file__).parent
PAGES = {
    "/": ("phone.html", "text/html; charset=utf-8"),
    "/phone.css": ("phone.css", "text/css; charset=utf-8"),
    "/phone.js": ("phone.js", "text/javascript; charset=utf-8"),
}
MOST = 110 * 1024 * 1024  # bytes of a file; WhatsApp's own limit is 100 MB


class Handler(BaseHTTPRequestHandler):
    """One call. `cloud` does the work; this speaks HTTP."""

    protocol_version = "HTTP/1.1"

    def __init__(self, cloud: Cloud, *args: Any, **kwargs: Any) -> None:
        self.cloud = cloud
        super().__init__(*args, **kwargs)

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path in PAGES:
            name, mime = PAGES[path]
            self._answer(200, (HERE / name).read_bytes(), mime)
        elif path == "/state":
            self._say(200, state_of(self.cloud))
        elif found := re.fullmatch(r"/files/(\d+)", path):
            self._file(found[1])
        elif path == f"/v23.0/{self.cloud.business_id}/message_templates":
            asked = parse_qs(urlsplit(self.path).query)
            limit, after = asked.get("limit", ["25"])[0], asked.get("after", [""])[0]
            here = f"http://{self.headers['Host']}/v23.0"
            self._graph(partial(self.cloud.listed, here, int(limit) if limit.isdigit() else 25, after))
        elif found := re.fullmatch(r"/v23\.0/(\d+)", path):
            self._graph(partial(self.cloud.file, found[1], f"http://{self.headers['Host']}"))
        else:
            self._say(404, {"error": {"message": "Unknown path components", "code": 2500}})

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        path = urlsplit(self.path).path
        if path == f"/v23.0/{self.cloud.phone_number_id}/messages":
            self._graph(lambda: self.cloud.take(_json(body)))
        elif path == f"/v23.0/{self.cloud.phone_number_id}/media":
            given = b"Content-Type: " + self.headers.get("Content-Type", "").encode() + b"\r\n\r\n" + body
            self._graph(lambda: self.cloud.keep_upload(BytesParser().parsebytes(given)))
        elif path == "/say":
            asked = _json(body)
            self.cloud.say(str(asked.get("kind")), asked.get("part"), about=str(asked.get("about") or ""))
            self._say(200, {})
        elif path == "/file":
            name = unquote(self.headers.get("X-Name", "arquivo"))
            self.cloud.send_file(body, self.headers.get("Content-Type", "application/octet-stream"), name)
            self._say(200, {})
        elif path == "/faults":
            self._turn(_json(body))
        elif path == "/look":
            self.cloud.look()
            self._say(200, {})
        else:
            self._say(404, {"error": {"message": "Unknown path components", "code": 2500}})

    def _turn(self, asked: dict[str, Any]) -> None:
        """The faults, and whether the person's number is hidden."""
        for name, now in asdict(self.cloud.faults).items():
            if name in asked:
                setattr(self.cloud.faults, name, type(now)(asked[name]))
        self.cloud.person.hidden = bool(asked.get("hidden", self.cloud.person.hidden))
        self.cloud.courier.turned()
        self._say(200, state_of(self.cloud))

    def _graph(self, work: Any) -> None:
        try:
            if not self.cloud.knows(self.headers.get("Authorization", "")):
                raise Refused(401, 190, "Error validating access token: Session has expired.")
            self._say(200, work())
        except Refused as refusal:
            self._say(refusal.status, refusal.body)

    def _file(self, media_id: str) -> None:
        found = self.cloud.files.get(media_id)
        if found is None or not self.cloud.knows(self.headers.get("Authorization", "")):
            self._say(404 if found is None else 401, {})
        else:
            self._answer(200, found[1], found[0])

    def _body(self) -> bytes | None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > MOST:
            self.close_connection = True
            self._say(413, {})
            return None
        return self.rfile.read(length)

    def _say(self, status: int, content: object) -> None:
        self._answer(status, json.dumps(content).encode(), "application/json; charset=utf-8")

    def _answer(self, status: int, content: bytes, mime: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", mime)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """The terminal belongs to whoever reads what Balcão says."""


def state_of(cloud: Cloud) -> dict[str, Any]:
    """What the phone's page shows."""
    return {
        "number": cloud.shown_number,
        "person": asdict(cloud.person),
        "faults": asdict(cloud.faults),
        "typing": cloud.typing_until > time.time(),
        "answers": cloud.courier.answers[-1:],
        "bubbles": [asdict(one) for one in cloud.bubbles[-200:]],
    }


def serve(cloud: Cloud, port: int = 0, host: str = "127.0.0.1") -> ThreadingHTTPServer:
    """Serve in the background; `server_address[1]` is the port, `shutdown()` ends it."""
    server = ThreadingHTTPServer((host, port), partial(Handler, cloud))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True, name="cloud").start()
    return server


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
