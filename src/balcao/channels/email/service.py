"""`balcao mail`: the process that mail comes in by. Whatever kills it loses nothing: each mail is acknowledged to the
server that has it only when it is kept."""

from __future__ import annotations

import signal
import threading
from types import FrameType

import structlog

from balcao.organization.models import Agency
from balcao.platform.trouble import Trouble

from .imap import watch
from .listening import Server
from .mailboxes import Mailbox, listening, mailboxes

log = structlog.get_logger()


def run() -> None:
    """Serve every mailbox until SIGTERM or SIGINT. Trouble when there is nothing to serve, or an agency is unknown."""
    boxes = known_mailboxes()
    if not boxes:
        raise Trouble("No mailbox is named: set BALCAO_MAILBOXES (docs/guides/connect.md).")
    stop = threading.Event()

    def ask(sig: int, frame: FrameType | None) -> None:
        stop.set()

    for sig in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sig, ask)
    here = listening()
    server = Server(boxes, *here) if here else None
    threads = [
        threading.Thread(target=watch, args=(box, stop), name=f"mail-{box.agency}", daemon=True)
        for box in boxes
        if box.source != "smtp"
    ]
    if server is not None:
        try:
            server.start()
        except OSError as error:
            raise Trouble(f"BALCAO_MAIL_LISTEN: nothing can listen there ({error.strerror or error}).") from None
    for thread in threads:
        thread.start()
    log.info("mail_ready", mailboxes=len(boxes), listening=bool(server))
    stop.wait()
    for thread in threads:
        thread.join(10)
    if server is not None:
        server.stop()


def known_mailboxes() -> tuple[Mailbox, ...]:
    """Those of the settings, each with an agency that exists."""
    boxes = mailboxes()
    slugs = set(Agency.objects.values_list("slug", flat=True))
    for box in boxes:
        if box.agency not in slugs:
            raise Trouble(f"BALCAO_MAILBOXES: there is no agency “{box.agency}”.")
    if any(box.source == "smtp" for box in boxes) and listening() is None:
        raise Trouble("BALCAO_MAILBOXES names a mailbox with smtp:, and BALCAO_MAIL_LISTEN is not set.")
    return boxes
