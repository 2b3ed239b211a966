"""A mailbox on somebody's IMAP server: whatever is unread there is taken, and marked as read once it is kept.

IDLE (RFC 2177) tells of new mail as it comes; where a server has none, we ask each minute. A mail that cannot be taken
stays unread and is tried again; none holds up the others."""

from __future__ import annotations

import imaplib
import re
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import structlog
from django.db import connections
from imap_tools import MailBox, MailboxLoginError, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.mailbox import BaseMailBox

from balcao.inbox.bouncing import StillSending
from balcao.platform import faults
from balcao.platform.limits import TooMany

from .listening import LARGEST, tell
from .mailboxes import Mailbox
from .receiving import take

log = structlog.get_logger()
TIMEOUT = 20.0  # seconds for an answer of the server
LISTEN = 300.0  # seconds of IDLE at a time: a connection that died in silence is found out by then
GLANCE = 2.0  # seconds between two looks whether we shall stop
ASK = 60.0  # seconds between two questions to a server without IDLE
AGAIN = timedelta(minutes=15).total_seconds()  # until what could not be taken is tried again
LONGEST_PAUSE = 300.0
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
AWAY = (OSError, imaplib.IMAP4.error, ImapToolsError)


class NotKept(Exception):
    """A fault on our side that looks like one of the connection: our disk is full, a file cannot be read."""


def watch(box: Mailbox, stop: threading.Event) -> None:
    """Take what comes until `stop`. A server that is away, or refuses us, is tried again after growing pauses, and
    stands on the operator's page meanwhile."""
    pause, failed = 1.0, dict[str, float]()
    while not stop.is_set():
        try:
            with opened(box) as post:
                faults.mended("mailbox", _key(box))
                pause = 1.0
                while not stop.is_set():
                    take_unread(post, box, failed)
                    connections.close_all()
                    _wait(post, stop)
        except AWAY as error:
            why = why_away(error)
            log.warning("mailbox_away", mailbox=box.address, why=why)
            tell(_key(box), box, f"the mailbox cannot be read ({why})")
        except Exception as error:  # the database is away, or a fault of ours: nothing was acknowledged
            log.exception("mailbox_stopped", mailbox=box.address)
            tell(_key(box), box, f"the mailbox cannot be read ({type(error).__name__})")
        connections.close_all()
        stop.wait(pause)
        pause = min(LONGEST_PAUSE, pause * 2)


def why_away(error: Exception) -> str:
    """One of `AWAY` in words; it quotes no password."""
    if isinstance(error, MailboxLoginError):
        return "the server refused our sign-in"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not to be trusted: {error.verify_message.rstrip('.')}"
    return str(error) if isinstance(error, FileNotFoundError) else type(error).__name__


@contextmanager
def opened(box: Mailbox) -> Iterator[BaseMailBox]:
    """Signed in, in the mailbox's folder. One of `AWAY` when that fails."""
    post: BaseMailBox
    if box.source == "imaps":
        post = MailBox(box.host, box.port, timeout=TIMEOUT, ssl_context=_vouched(box))
    elif box.source == "imap+starttls":
        post = MailBoxStartTls(box.host, box.port, timeout=TIMEOUT, ssl_context=_vouched(box))
    else:
        post = MailBoxUnencrypted(box.host, box.port, timeout=TIMEOUT)
    try:
        plain = (box.user + box.password).isascii()
        (post.login if plain else post.login_utf8)(box.user, box.password, initial_folder=box.folder)
        yield post
    finally:
        try:
            post.logout()
        except AWAY:
            post.client.shutdown()


def _vouched(box: Mailbox) -> ssl.SSLContext:
    if box.ca and not Path(box.ca).is_file():
        raise FileNotFoundError(f"there is no certificate at {box.ca}")
    return ssl.create_default_context(cafile=box.ca)


def take_unread(post: BaseMailBox, box: Mailbox, failed: dict[str, float]) -> int:
    """Take each unread mail, the oldest first; how many were. `failed`: those that could not be taken, and when. One of
    `AWAY` when the connection is gone: the mail that it went with waits a minute, so that it holds up no other."""
    taken = 0
    for uid in post.uids("UNSEEN"):
        if time.monotonic() - failed.get(uid, -AGAIN) < AGAIN:
            continue
        known = uid in failed
        failed[uid] = time.monotonic() - AGAIN + ASK
        try:
            _take(post, box, uid)
        except StillSending:
            failed[uid] = time.monotonic() - AGAIN + GLANCE
        except TooMany as error:  # it stays where it is until its sender may be heard again
            failed[uid] = time.monotonic() - AGAIN + error.retry_after
        except AWAY:
            raise
        except Exception as error:
            log.exception("mail_not_taken", mailbox=box.address, uid=uid)
            failed[uid] = time.monotonic()
            why = type(error.__cause__ if isinstance(error, NotKept) else error).__name__
            tell(f"{_key(box)}:{uid}", box, f"a mail could not be taken ({why}); it is unread there")
        else:
            taken += 1
            del failed[uid]
            if known:
                faults.mended("mailbox", f"{_key(box)}:{uid}")
    return taken


def _take(post: BaseMailBox, box: Mailbox, uid: str) -> None:
    """Read it without marking it, keep it, then mark it: whoever dies between the last two takes it again, in vain."""
    size = SIZE.search(_fetched(post, uid, "(RFC822.SIZE)"))
    if size is not None and int(size[1]) > LARGEST:
        raise ValueError(f"{int(size[1])} octets")
    raw = _fetched(post, uid, "(BODY.PEEK[])")
    try:
        take(box, raw)
    except AWAY as error:
        raise NotKept from error
    post.flag(uid, "\\Seen", True)


def _fetched(post: BaseMailBox, uid: str, what: str) -> bytes:
    """The octets of one mail, or of what is said about it."""
    status, data = post.client.uid("FETCH", uid, what)
    for part in data:
        if isinstance(part, tuple):
            return bytes(part[1])
        if isinstance(part, bytes) and b"RFC822.SIZE" in part:
            return part
    raise imaplib.IMAP4.abort(f"the server did not give mail {uid} ({status})")


def _wait(post: BaseMailBox, stop: threading.Event) -> None:
    """Until there may be something new. Raises one of `AWAY` when the connection is gone."""
    if "IDLE" not in post.client.capabilities:
        stop.wait(ASK)
        post.client.noop()
        return
    end = time.monotonic() + LISTEN
    post.idle.start()
    try:
        while not _came_already(post) and not stop.is_set() and time.monotonic() < end:
            began = time.monotonic()
            if post.idle.poll(timeout=GLANCE) or time.monotonic() - began < GLANCE / 2:
                break  # there is news; or it returned at once with none, for the other side has hung up
    finally:
        post.idle.stop()


def _came_already(post: BaseMailBox) -> bool:
    """Whether the server's news came in one packet with its "+ idling": imaplib has it in its buffer then, and whoever
    only watches the socket waits for what is already here."""
    sock = post.client.sock
    before = sock.gettimeout()
    sock.settimeout(0)
    try:
        return bool(post.client._file.peek(1))  # type: ignore[attr-defined]
    except OSError:
        return False
    finally:
        sock.settimeout(before)


def _key(box: Mailbox) -> str:
    return f"imap:{box.address}"
