"""Our own SMTP server, for what another mail server hands over. It takes mail for our mailboxes and relays nothing."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import structlog
from aiosmtpd.controller import Controller
from django.db import connections

from balcao.inbox.bouncing import StillSending
from balcao.organization.models import Agency
from balcao.platform import faults
from balcao.platform.limits import TooMany

from .mailboxes import Mailbox
from .receiving import take

log = structlog.get_logger()
LARGEST = 30_000_000  # octets of a mail with its files
AT_ONCE = 4  # mails that are read at a time: each may hold LARGEST in memory
PATIENCE = 120  # seconds that a silent peer may hold a connection
LATER = "451 4.3.0 Not now: please try again later"


class Receiving:
    """The handler of aiosmtpd. Says 250 only when the mail is kept."""

    def __init__(self, boxes: tuple[Mailbox, ...]) -> None:
        self.boxes = {box.address: box for box in boxes}
        self.free = asyncio.Semaphore(AT_ONCE)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self._box(address) is None:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        async with self.free:
            return await asyncio.to_thread(self._take, envelope.content, list(envelope.rcpt_tos))

    def _box(self, address: str) -> Mailbox | None:
        local, _at, domain = address.lower().rpartition("@")
        return self.boxes.get(f"{local.partition('+')[0]}@{domain}")

    def _take(self, raw: bytes, recipients: list[str]) -> str:
        """One mail for each of our mailboxes that it names; a repeat after a partial success changes nothing there."""
        try:
            for box in {found.address: found for found in map(self._box, recipients) if found}.values():
                take(box, raw, sent_to=recipients)
                faults.mended("mailbox", f"smtp:{box.address}")
        except (StillSending, TooMany):  # whoever sends more than we take keeps it meanwhile
            return LATER
        except Exception as error:
            log.exception("mail_not_taken", mailbox=box.address)
            tell(f"smtp:{box.address}", box, f"a mail could not be taken ({type(error).__name__})")
            return LATER
        finally:
            connections.close_all()
        return "250 2.0.0 Taken"


def tell(key: str, box: Mailbox, reason: str) -> None:
    """Put it on the operator's page, when the database is there to keep it."""
    try:
        agency = Agency.objects.filter(slug=box.agency).first()
        data = {"mailbox": box.address, "why": reason}
        faults.record("mailbox", key, reason, agency_id=agency.pk if agency else None, data=data)
    except Exception:
        log.exception("mailbox_fault_not_kept", mailbox=box.address)


class Server(Controller):
    """`start()` returns when it listens; `stop()` when nobody is served any more."""

    def __init__(self, boxes: tuple[Mailbox, ...], host: str, port: int) -> None:
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # it tells who writes to whom
        super().__init__(
            Receiving(boxes),
            hostname=host,
            port=port,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            timeout=PATIENCE,
            ident="Balcao",
        )
