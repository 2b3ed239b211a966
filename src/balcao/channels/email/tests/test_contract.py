"""E-mail keeps what every channel that people talk on promises: another mail server hands over, by SMTP."""

from __future__ import annotations

import smtplib
import socket
from email.message import EmailMessage

import pytest

from balcao.channels.contract import TalkContract
from balcao.channels.email.listening import Server
from balcao.inbox.models import Account, Line
from tests.world import make_world

from .mails import BOX

pytestmark = pytest.mark.django_db(transaction=True)


class MailServer:
    """The person's own mail server: 250 takes a mail off its queue, anything else keeps it there."""

    def __init__(self, port: int) -> None:
        self.port, self.count, self.last = port, 0, b""

    def write(self, text: str) -> bool:
        self.count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "Maria <maria@example.org>", BOX.address, "Olá"
        mail["Message-ID"] = f"<{self.count}@mail.example.org>"
        mail.set_content(text)
        self.last = mail.as_bytes()
        return self.again()

    def again(self) -> bool:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as post:
            try:
                post.sendmail("maria@example.org", [BOX.address], self.last)
            except smtplib.SMTPDataError:
                return False
        return True

    def settle(self) -> None:
        """What is acknowledged has its place."""


class TestTalksByMail(TalkContract):
    keeps = "balcao.inbox.mailing.receive"

    @pytest.fixture
    def talking(self, settings, tmp_path):
        settings.MEDIA_ROOT = tmp_path
        world = make_world(BOX.agency)
        line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
        Account.objects.create(agency=world.agency, channel="email", key=BOX.address, name="Correio", line=line)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = Server((BOX,), "127.0.0.1", port)
        server.start()
        yield MailServer(port)
        server.stop()
