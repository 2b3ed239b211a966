"""What a mail server says about a letter that it could not bring: a delivery status notification (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message

ANSWER = re.compile(r"\b([45]\d\d)\b")
STATUS = re.compile(r"\b([45])\.(\d{1,3})\.(\d{1,3})\b")  # RFC 3463
FINAL = re.compile(r"(?<![\d.])(?:(5\d\d)[ \-]#?)?5\.([0-7])\.(\d{1,3})(?!\.?\d)")  # no address of a network
BY_STATUS = {"1": "550", "2": "550", "3": "554", "4": "451", "5": "554", "6": "554", "7": "554"}


@dataclass(frozen=True)
class Report:
    """`failed`: it is final. `code` as in `inbox.outbound.NotSent`. `recipient`: to whom it could not be brought.
    `about`: the Message-ID of the letter, as far as the report quotes it."""

    failed: bool
    code: str
    recipient: str
    about: str


def report_of(message: Message) -> Report | None:
    """The report that `message` is; None when it is none. A letter that is only late ("delayed") has not failed."""
    if message.get_content_type() != "multipart/report":
        return None
    failed, code, recipient, about, seen = False, "", "", "", False
    for part in inside(message)[:10]:
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            seen = True
            for block in _blocks(part):
                if str(block.get("Action", "")).strip().lower() == "failed" and not failed:
                    failed, code = True, _code(block)
                    recipient = str(block.get("Final-Recipient") or block.get("Original-Recipient") or "")
        elif kind in ("message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"):
            about = _message_id(part)
    return Report(failed, code, recipient.partition(";")[2].strip()[:320], about) if seen else None


def _blocks(part: Message) -> list[Message]:
    """One of headers for the whole letter, then one for each recipient."""
    blocks = inside(part) or [message_from_bytes(one) for one in re.split(rb"\r?\n\r?\n", octets(part)[:100_000])]
    return blocks[:50]


def _code(block: Message) -> str:
    said = str(block.get("Diagnostic-Code", ""))
    if "smtp" in said.lower() and (answer := ANSWER.search(said)):
        return f"smtp:{answer[1]}"
    status = STATUS.search(str(block.get("Status", "")))
    if status is None:
        return "smtp:554"
    if (status[2], status[3]) == ("2", "2"):
        return "smtp:552"  # the mailbox is full
    return f"smtp:{BY_STATUS.get(status[2], '554')}"


def _message_id(part: Message) -> str:
    quoted = (inside(part) or [message_from_bytes(octets(part)[:50_000])])[0]
    return str(quoted.get("Message-ID", "")).strip()[:260]


def inside(part: Message) -> list[Message]:
    """The parts of a part that has some."""
    held = part.get_payload() if part.is_multipart() else []
    return [one for one in held if isinstance(one, Message)] if isinstance(held, list) else []


def octets(part: Message) -> bytes:
    """What a part without parts holds, decoded; nothing where that cannot be done."""
    try:
        held = part.get_payload(decode=True)
    except Exception:  # a charset that holds a NUL, for one
        return b""
    return held if isinstance(held, bytes) else b""


def code_in_words(text: str) -> str:
    """The same code from a report that is only written for people; empty when it names no final refusal. A number
    alone is none: people write of 550 euros, and of house 512."""
    found = FINAL.search(text[:20_000])
    return f"smtp:{found[1] or BY_STATUS.get(found[2], '554')}" if found else ""
