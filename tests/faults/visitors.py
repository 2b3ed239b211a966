"""Somebody at a web chat: what they write goes off until it is taken; what arrives comes by a stream that breaks, and
goes on from the last that they have."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import suppress
from typing import Any

from balcao.channels.webchat.visitors import contact_of

from .city import City
from .people import Ledger, Person

SILENCE = 40  # seconds; the server says something every 25


class Visitor(Person):
    """Writes `words` one after the other, and keeps what their window shows as it was told."""

    def __init__(
        self, city: City, ledger: Ledger, ending: threading.Event, words: list[str], pause: float, number: int = 0
    ) -> None:
        super().__init__(city, ledger, ending, 200 + number)
        self.words, self.pause, self.token = words, pause, chr(ord("a") + number) * 43
        self.said: list[tuple[str, str]] = []  # what we call it, the words
        self.screen: list[str] = []
        self.last = ""
        self.streams = 0

    def live(self) -> None:
        threading.Thread(target=self.listen, daemon=True).start()
        for number, text in enumerate(self.words):
            given = {"client_id": f"message-{number}", "text": text}
            if self.insist(lambda given=given: self._taken(given)):
                self.said.append((f"{contact_of(self.token)}:message-{number}", text))
            time.sleep(self.pause)

    def _taken(self, given: dict[str, str]) -> bool:
        status, _where, text = self.send("POST", "/chat/site/send/", given=given, Authorization=f"Bearer {self.token}")
        if status == 200:
            return True
        if not self.away(status, text):
            with self.ledger.lock:
                self.ledger.refusals.append(f"chat: {status} {text[:300]}")
            return True
        given["again"] = "true"
        return False

    def listen(self) -> None:
        while True:
            with suppress(OSError, http.client.HTTPException):
                self._follow()
            time.sleep(0.2)

    def _follow(self) -> None:
        link = http.client.HTTPConnection("127.0.0.1", self.chance.choice(self.city.ports), timeout=SILENCE)
        try:
            headers = {"Host": "localhost", "Authorization": f"Bearer {self.token}"}
            link.request("GET", "/chat/stream/?chat=site", headers=headers | {"Last-Event-ID": self.last})
            answer = link.getresponse()
            if answer.status != 200:
                return
            self.streams += 1
            frame: dict[str, str] = {}
            while line := answer.readline():
                if line.strip():
                    name, _colon, value = line.decode().rstrip("\n").partition(": ")
                    frame[name] = value
                else:
                    self._show(frame)
                    frame = {}
        finally:
            link.close()

    def _show(self, frame: dict[str, Any]) -> None:
        """A frame counts when it has come whole: one that was cut comes again."""
        if frame.get("event") == "message":
            self.screen.append(json.loads(frame["data"])["text"])
            self.last = frame["id"]
