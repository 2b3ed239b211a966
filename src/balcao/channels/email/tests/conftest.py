"""A real SMTP server on a free port of this machine, which says what a test tells it to say."""

from __future__ import annotations

import asyncio
import email
import email.policy
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller


class Postbox:
    """Keeps what it took. `says` is its answer to DATA, `refuses` its answers to RCPT by address."""

    def __init__(self) -> None:
        self.says = "250 OK"
        self.refuses: dict[str, str] = {}
        self.silent, self.slow = False, 0.0  # seconds before the answer to DATA
        self.letters: list[Any] = []
        self.envelopes: list[Any] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.silent:
            await asyncio.sleep(5)
        await asyncio.sleep(self.slow)
        if self.says.startswith("2"):
            self.envelopes.append(envelope)
            self.letters.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return self.says


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, enable_SMTPUTF8=True)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 2
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield box
    controller.stop()
