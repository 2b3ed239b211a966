"""From the bytes of a mail to what we need of it. No bytes crash it: what cannot be read is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import collapse_rfc2231_value, getaddresses

import structlog

from balcao.platform.text import clean_text

from .plain import LONGEST as MOST_HTML
from .plain import plain
from .reports import Report, inside, octets, report_of

log = structlog.get_logger()
PARTS = 200  # of one mail that are looked at
LONGEST = 100_000  # characters of words
REFERENCES = 60
LOGO = 20_000  # octets: a smaller picture inside the text is part of somebody's signature
MESSAGE_ID = re.compile(r"<[^<>\s]{1,250}>")


@dataclass(frozen=True)
class Enclosed:
    """A file that came along, as it came: nothing of it has been checked."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """`thread`: Message-IDs of what it answers, the nearest first. `written_to`: every address that its headers name.
    `automatic`: why it is a machine's ("auto-replied", "bulk", "bounce"); empty for a person's. A gateway may write
    what makes it "bulk" on a person's mail, too. `date`: as it says itself."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    thread: tuple[str, ...] = ()
    written_to: tuple[str, ...] = ()
    automatic: str = ""
    files: tuple[Enclosed, ...] = ()
    report: Report | None = None
    language: str = ""
    date: str = ""


def understand(raw: bytes) -> Mail:
    """The mail in `raw` (RFC 5322, MIME), however badly it is written."""
    try:
        message = message_from_bytes(raw)
    except Exception as error:  # the parser's own limits: a thousand boxes within boxes
        log.warning("mail_unreadable", why=type(error).__name__)
        message = BytesHeaderParser().parsebytes(raw[:200_000])
        message.set_payload("")
    text, files = _content(message)
    senders = _addresses(message, "From") or _addresses(message, "Sender") or [("", "")]
    report = report_of(message)
    return Mail(
        message_id=(MESSAGE_ID.findall(_header(message, "Message-ID")) or [""])[0],
        sender=senders[0][1][:320],
        sender_name=clean_text(senders[0][0], one_line=True)[:200],
        subject=clean_text(_header(message, "Subject"), one_line=True)[:200],
        text=text if len(text := clean_text(text)) <= LONGEST else f"{text[:LONGEST]}\n[…]",
        thread=_thread(message),
        written_to=tuple(
            address
            for name in ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "Resent-To")
            for _said, address in _addresses(message, name)
        ),
        automatic=_automatic(message, report, senders[0][1]),
        files=tuple(files),
        report=report,
        language=_header(message, "Content-Language").lower()[:5],
        date=" ".join(_header(message, "Date").split())[:100],
    )


def _header(message: Message, name: str) -> str:
    """A header as text, decoded; all of them, where it stands more than once."""
    return " ".join(_decoded(str(value)) for value in (message.get_all(name) or [])[:20])[:20_000]


def _decoded(value: str) -> str:
    try:
        parts = decode_header(value)
    except Exception:  # a word that says it is encoded and is not
        return value
    return "".join(part if isinstance(part, str) else _text(part, charset or "") for part, charset in parts)


def _text(said: bytes, charset: str) -> str:
    for name in (charset, "utf-8"):
        try:
            return said.decode(name)
        except (LookupError, ValueError):
            continue
    return said.decode("cp1252", "replace")


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """(name, address) pairs of a header. The address is read before its encoded words are: a name cannot forge one."""
    try:
        found = getaddresses([str(value)[:20_000] for value in (message.get_all(name) or [])[:20]])
    except Exception:
        return []
    return [(_decoded(said), address.strip()) for said, address in found[:100] if "@" in address]


def _thread(message: Message) -> tuple[str, ...]:
    nearest = MESSAGE_ID.findall(_header(message, "In-Reply-To"))
    further = MESSAGE_ID.findall(_header(message, "References"))[::-1]
    return tuple(dict.fromkeys([*nearest, *further]))[:REFERENCES]


def _automatic(message: Message, report: Report | None, sender: str) -> str:
    """RFC 3834 §5 and §2, RFC 3464, and what programs wrote before there were any."""
    if message.get_content_type() == "multipart/report":
        kind = collapse_rfc2231_value(message.get_param("report-type") or "").strip().lower()
        known = kind == "delivery-status" or (not kind and report is not None)
        return "bounce" if known else "auto-replied"  # that it was read, that somebody calls it spam
    said = _header(message, "Auto-Submitted").strip().lower()
    if said and said.split(";")[0].strip() != "no":
        return "auto-replied"
    if any(message.get(name) is not None for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply")):
        return "auto-replied"
    precedence = _header(message, "Precedence").strip().lower()
    if precedence in ("auto_reply", "auto-reply"):
        return "auto-replied"
    if precedence in ("bulk", "junk", "list"):
        return "bulk"
    if message.get("List-Id") is not None or message.get("List-Unsubscribe") is not None:
        return "bulk"
    local = sender.lower().partition("@")[0]
    if _header(message, "Return-Path").strip() == "<>" or local in ("mailer-daemon", "postmaster"):
        return "bounce"
    return ""


def _leaves(message: Message) -> Iterator[Message]:
    """The parts of a mail that hold something, in order. A mail inside a mail is one part."""
    waiting, seen = [message], 0
    while waiting and seen < PARTS:
        part = waiting.pop(0)
        seen += 1
        parts = inside(part)
        if parts and part.get_content_maintype() != "message":
            waiting = ([_best(parts)] if part.get_content_type() == "multipart/alternative" else parts) + waiting
        else:
            yield part


def _best(ways: list[Message]) -> Message:
    """Of several ways to say the same, the plain one, unless nothing stands in it."""
    for way in ways:
        if way.get_content_type() == "text/plain" and _words(way).strip():
            return way
    return ways[-1]


def _content(message: Message) -> tuple[str, list[Enclosed]]:
    words: list[str] = []
    files: list[Enclosed] = []
    room = MOST_HTML
    for part in _leaves(message):
        try:
            kind, name = part.get_content_type(), _decoded(part.get_filename() or "")
            enclosed = "attachment" in str(part.get("Content-Disposition", "")).lower()[:40]
            if kind in ("text/plain", "text/html") and not enclosed and not name:
                said = _words(part)
                if kind == "text/html":
                    said, room = plain(said[:room]), max(0, room - len(said))
                words.append(said)
                continue
            content = _octets(part)
        except Exception as error:
            log.warning("mail_part_unreadable", why=type(error).__name__)
            continue
        if part.get("Content-ID") and not enclosed and len(content) < LOGO:
            continue
        if content and part.get_content_maintype() not in ("multipart",) and kind != "message/delivery-status":
            files.append(Enclosed(clean_text(name, one_line=True)[-120:] or f"file.{_ending(kind)}", content))
    return "\n\n".join(words), files


def _octets(part: Message) -> bytes:
    if part.get_content_maintype() == "message":
        return b"".join(one.as_bytes() for one in inside(part)[:1])
    return octets(part)


def _words(part: Message) -> str:
    return _text(_octets(part)[: 4 * LONGEST], part.get_content_charset() or "")


def _ending(kind: str) -> str:
    return {"image/jpeg": "jpg", "message/rfc822": "eml", "text/plain": "txt", "text/html": "html"}.get(
        kind, re.sub(r"[^a-z0-9]", "", kind.partition("/")[2])[:8] or "bin"
    )
