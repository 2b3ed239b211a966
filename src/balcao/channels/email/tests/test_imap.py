"""A mailbox on a real Dovecot: what is unread is taken, once, and marked when it is kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from django.db import DatabaseError, connections

from balcao.channels.email import imap
from balcao.channels.email.mailboxes import mailbox_of
from balcao.channels.email.receiving import take
from balcao.inbox.models import Message
from balcao.platform.models import Fault

from .dovecot import Dovecot
from .mails import letter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def dovecot():
    with Dovecot() as server:
        yield server


@pytest.fixture
def box(dovecot, world, settings):
    """The mailbox, empty."""
    settings.MAILBOXES = dovecot.url
    post = dovecot.session()
    if post.select("INBOX")[1] != [b"0"]:
        post.store("1:*", "+FLAGS", "\\Deleted")
    post.expunge()
    post.logout()
    found = mailbox_of("vila-serena")
    assert found is not None and found.address == "atendimento@vila.example" and "secret" not in repr(found)
    return found


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.05)


def heard() -> int:
    return Message.objects.filter(purpose="mail").count()


@pytest.fixture
def watching(box):
    """`balcao mail` as one thread of it."""
    stop = threading.Event()
    thread = threading.Thread(target=imap.watch, args=(box, stop), daemon=True)
    thread.start()
    yield stop
    stop.set()
    thread.join(20)
    assert not thread.is_alive()
    connections.close_all()


def test_what_waited_is_taken_and_what_comes_while_we_listen_is_told_by_idle(dovecot, box, monkeypatch):
    monkeypatch.setattr(imap, "ASK", 3600.0)  # without IDLE nobody would hear of the second one
    dovecot.append(letter(box.address, "O primeiro."))
    stop = threading.Event()
    thread = threading.Thread(target=imap.watch, args=(box, stop), daemon=True)
    thread.start()
    try:
        until(lambda: heard() == 1 and dovecot.count("UNSEEN") == 0)
        dovecot.append(letter(box.address, "O segundo."))
        until(lambda: heard() == 2 and dovecot.count("UNSEEN") == 0)
    finally:
        stop.set()
        thread.join(20)
    assert not thread.is_alive() and dovecot.count("SEEN") == 2


def test_what_was_kept_and_not_yet_marked_is_taken_again_in_vain(dovecot, box, monkeypatch):
    """As after a kill between our commit and the mark."""
    dovecot.append(letter(box.address, "Uma vez só."))
    with imap.opened(box) as post:
        monkeypatch.setattr(type(post), "flag", _dies)
        with pytest.raises(OSError, match="killed"):
            imap.take_unread(post, box, {})
        monkeypatch.undo()
    assert heard() == 1 and dovecot.count("UNSEEN") == 1
    with imap.opened(box) as post:
        assert imap.take_unread(post, box, {}) == 1
    assert heard() == 1 and dovecot.count("UNSEEN") == 0


def _dies(*_more):
    raise OSError("killed")


def test_one_that_cannot_be_kept_stays_unread_is_told_of_and_holds_up_no_other(dovecot, box, monkeypatch):
    mails = [letter(box.address, "Este não vai."), letter(box.address, "Este vai.")]
    for mail in mails:
        dovecot.append(mail)

    def fails(mailbox, raw, **more):
        if mails[0] == raw.replace(b"\r\n", b"\n"):
            raise DatabaseError("the disk is full")
        return take(mailbox, raw, **more)

    monkeypatch.setattr(imap, "take", fails)
    failed: dict[str, float] = {}
    with imap.opened(box) as post:
        assert imap.take_unread(post, box, failed) == 1
        assert imap.take_unread(post, box, failed) == 0  # not again at once
        assert (heard(), dovecot.count("UNSEEN"), len(failed)) == (1, 1, 1)
        fault = Fault.objects.get(kind="mailbox", ended_at=None)
        assert fault.data["mailbox"] == box.address
        monkeypatch.undo()
        failed = dict.fromkeys(failed, -imap.AGAIN * 2)
        assert imap.take_unread(post, box, failed) == 1
    assert heard() == 2 and dovecot.count("UNSEEN") == 0
    assert not Fault.objects.filter(kind="mailbox", ended_at=None).exists()


def test_a_full_disk_of_ours_is_not_the_server_being_away(dovecot, box, monkeypatch):
    mails = [letter(box.address, "Este não vai."), letter(box.address, "Este vai.")]
    for mail in mails:
        dovecot.append(mail)

    def fails(mailbox, raw, **more):
        if mails[0] == raw.replace(b"\r\n", b"\n"):
            raise OSError(28, "No space left on device")
        return take(mailbox, raw, **more)

    monkeypatch.setattr(imap, "take", fails)
    with imap.opened(box) as post:
        assert imap.take_unread(post, box, {}) == 1
    assert (heard(), dovecot.count("UNSEEN")) == (1, 1)
    assert "(OSError)" in Fault.objects.get(kind="mailbox", ended_at=None).reason


def test_a_mail_that_the_server_hangs_up_at_holds_up_no_other(dovecot, box, monkeypatch):
    for words in ("Este não vai.", "Este vai."):
        dovecot.append(letter(box.address, words))
    fetched, failed = imap._fetched, dict[str, float]()
    with imap.opened(box) as post:
        first = post.uids("UNSEEN")[0]
        monkeypatch.setattr(imap, "_fetched", lambda p, uid, w: _dies() if uid == first else fetched(p, uid, w))
        with pytest.raises(OSError, match="killed"):
            imap.take_unread(post, box, failed)
        assert imap.take_unread(post, box, failed) == 1
    assert heard() == 1 and list(failed) == [first]


def test_one_that_is_too_large_stays_where_it_is(dovecot, box, monkeypatch):
    monkeypatch.setattr(imap, "LARGEST", 1000)
    dovecot.append(letter(box.address, "x" * 5000))
    with imap.opened(box) as post:
        assert imap.take_unread(post, box, {}) == 0
    assert heard() == 0 and dovecot.count("UNSEEN") == 1 and Fault.objects.filter(kind="mailbox").exists()


def test_a_server_that_goes_away_and_comes_back_is_told_of_and_nothing_is_lost(dovecot, box, watching, monkeypatch):
    monkeypatch.setattr(imap, "LONGEST_PAUSE", 0.5)
    dovecot.append(letter(box.address, "Antes."))
    until(lambda: heard() == 1)
    dovecot.stop()
    try:
        until(lambda: Fault.objects.filter(kind="mailbox", ended_at=None).exists())
    finally:
        dovecot.start()
    dovecot.append(letter(box.address, "Depois."))
    until(lambda: heard() == 2 and not Fault.objects.filter(kind="mailbox", ended_at=None).exists())


def test_a_refused_sign_in_is_said_without_the_password(dovecot, box, settings):
    settings.MAILBOXES = dovecot.url.replace("secret", "wrong-password")
    with pytest.raises(imap.AWAY), imap.opened(mailbox_of("vila-serena")):
        pass


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls"])
def test_over_tls_a_server_with_a_certificate_of_its_own_is_read_where_it_is_named(dovecot, box, settings, scheme):
    dovecot.append(letter(box.address, "Por um caminho fechado."))
    settings.MAILBOXES = dovecot.by_tls(scheme)
    with imap.opened(mailbox_of("vila-serena")) as post:
        assert post.client.sock.version().startswith("TLS") and imap.take_unread(post, box, {}) == 1
    assert heard() == 1 and dovecot.count("UNSEEN") == 0


@pytest.mark.parametrize(
    ("scheme", "host", "known", "why"),
    [
        ("imaps", "127.0.0.1", False, "self-signed certificate"),
        ("imap+starttls", "127.0.0.1", False, "self-signed certificate"),
        ("imaps", "localhost", True, "certificate is not valid for 'localhost'"),
    ],
)
def test_a_certificate_that_nobody_vouches_for_is_refused_in_one_sentence(
    dovecot, box, settings, scheme, host, known, why
):
    settings.MAILBOXES = dovecot.by_tls(scheme, host, known=known)
    stop = threading.Event()
    thread = threading.Thread(target=imap.watch, args=(mailbox_of("vila-serena"), stop), daemon=True)
    thread.start()
    until(lambda: Fault.objects.filter(kind="mailbox", ended_at=None).exists())
    stop.set()
    thread.join(20)
    told = Fault.objects.get(kind="mailbox", ended_at=None).data["why"]
    assert told.startswith("the mailbox cannot be read (its certificate is not to be trusted: ") and why in told


def test_a_certificate_that_is_not_there_is_named(dovecot, settings):
    settings.MAILBOXES = dovecot.by_tls("imaps").replace("cert.pem", "none.pem")
    with pytest.raises(imap.AWAY) as told, imap.opened(mailbox_of("vila-serena")):
        pass
    assert imap.why_away(told.value) == f"there is no certificate at {dovecot.home}/none.pem"
