"""A mail server that counts: which Message-ID it took, and when. It can be slow with its last word."""

from __future__ import annotations

import asyncio
import email
import logging
import threading
import time
from collections import Counter, defaultdict
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

from tests.house import free_port


class CountingPost:
    """`with CountingPost() as post`. What it has taken stands in `taken`: Message-ID → the moments of its 250s; the
    last of each in `letters`."""

    def __init__(self) -> None:
        self.taken: dict[str, list[float]] = defaultdict(list)
        self.words: dict[str, set[bytes]] = defaultdict(set)
        self.letters: dict[str, EmailMessage] = {}
        self.slow = 0.0  # seconds before the 250
        self.open = threading.Event()  # no 250 at all until it is set, for less than the minute that we are patient
        self.open.set()
        self._lock = threading.Lock()
        self._controller = Controller(self, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True)
        self.port: int = self._controller.port

    def __enter__(self) -> CountingPost:
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        while not self.open.is_set():
            await asyncio.sleep(0.05)
        await asyncio.sleep(self.slow)
        letter = email.message_from_bytes(envelope.content, policy=default)
        with self._lock:
            name = str(letter["Message-ID"]).strip("<> ").partition("@")[0]
            self.letters[name] = letter
            self.taken[name].append(time.time())
            self.words[name].add(envelope.content.partition(b"\r\n\r\n")[2])
        return "250 taken"

    def repeats(self) -> Counter[str]:
        """Message-ID → how often more than once."""
        with self._lock:
            return Counter({name: len(moments) - 1 for name, moments in self.taken.items() if len(moments) > 1})
