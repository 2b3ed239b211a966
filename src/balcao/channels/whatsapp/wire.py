"""Meta's webhook bodies, taken apart: every entry, every change, every message and status, each for itself.

After Meta's documentation of the Cloud API ("Webhooks", "messages" and "statuses" objects, "Business-scoped user IDs",
as of v23.0). `split` and `read` never raise anything but `Malformed`, whatever the JSON."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from balcao.platform.text import clean_text

from .shapes import (
    MESSAGE,
    STATUS,
    TROUBLE,
    UNREADABLE,
    Card,
    Incoming,
    Item,
    Malformed,
    Media,
    Problem,
    Sender,
    Spot,
    Status,
)

FILES = ("image", "audio", "video", "document", "sticker")
STATES = ("sent", "delivered", "read", "played", "failed")
DEEPEST = 40
HOLDERS = frozenset((dict, list))  # the types that JSON's objects and arrays have here: no others, and none below them
LONGEST = 65_536  # characters of one text; WhatsApp itself ends at 4,096

_in_order = json.JSONEncoder(sort_keys=True).encode  # once: json.dumps makes such an encoder for each text


def split(body: bytes) -> list[Item]:
    """The items of a signed body. What is no JSON of Meta's is one item of kind "unreadable": nothing is lost."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return [_unreadable(body.decode("utf-8", "replace"))]
    if _too_deep(found):
        return [_unreadable(body.decode("utf-8", "replace"))]
    if not isinstance(found, dict) or found.get("object") != "whatsapp_business_account":
        return [_unreadable(found)]
    return list(_items(found))


def _too_deep(found: object) -> bool:
    """Deeper than DEEPEST: nothing of Meta's is, and what writes it down again would run out of stack."""
    level: list[Any] = [found]
    for _step in range(DEEPEST):
        level = [inner for one in level if type(one) in HOLDERS
                 for inner in (one.values() if type(one) is dict else one)]  # fmt: skip
        if not level:
            return False
    return True


def _items(found: dict[str, Any]) -> Iterator[Item]:
    for entry in _list(found.get("entry")):
        if not isinstance(entry, dict):
            yield _unreadable(entry)
            continue
        for change in _list(entry.get("changes")):
            value = change.get("value") if isinstance(change, dict) else None
            if not isinstance(value, dict):
                yield _unreadable(change)
            elif change.get("field") == "messages":
                yield from _of_value(value)
            # other fields (reviews of templates, limits of the account) are notices about the account, not words


def _of_value(value: dict[str, Any]) -> Iterator[Item]:
    metadata = value.get("metadata")
    number = _text(metadata.get("phone_number_id")) if isinstance(metadata, dict) else ""
    contacts = [one for one in _list(value.get("contacts")) if isinstance(one, dict)]
    for raw in _list(value.get("messages")):
        if isinstance(raw, dict):
            yield Item(MESSAGE, number, _key(MESSAGE, number, raw, "id"), raw, _contact_of(raw, contacts))
        else:
            yield _unreadable(raw, number)
    for raw in _list(value.get("statuses")):
        if isinstance(raw, dict):
            contact = contacts[0] if len(contacts) == 1 else None
            yield Item(STATUS, number, _key(STATUS, number, raw, "id", "status"), raw, contact)
        else:
            yield _unreadable(raw, number)
    for raw in _list(value.get("errors")):
        yield Item(TROUBLE, number, _digest(TROUBLE, number, raw), raw if isinstance(raw, dict) else {"title": raw})


def pack(item: Item) -> str:
    """All of an item but its kind and key, as ASCII that any database keeps; `unpack` gives it back."""
    return json.dumps([item.phone_number_id, item.raw, item.contact])


def unpack(kind: str, key: bytes, packed: str) -> Item:
    number, raw, contact = json.loads(packed)
    return Item(kind, number, key, raw, contact)


def _contact_of(raw: dict[str, Any], contacts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The profile beside a message: by either id, and the only one when there is one."""
    for contact in contacts:
        for mine, theirs in (("user_id", "from_user_id"), ("wa_id", "from")):
            if contact.get(mine) and contact.get(mine) == raw.get(theirs):
                return contact
    return contacts[0] if len(contacts) == 1 else None


def read(item: Item) -> Incoming | Status:
    """What an item of kind message or status says. Raises Malformed."""
    return _status(item) if item.kind == STATUS else _message(item)


def problem(raw: object) -> Problem:
    """One of Meta's error objects, whatever is missing in it."""
    if not isinstance(raw, dict):
        return Problem(0)
    code, data = raw.get("code"), raw.get("error_data")
    details = data.get("details") if isinstance(data, dict) else None
    return Problem(
        code if isinstance(code, int) and not isinstance(code, bool) and 0 <= code < 2**31 else 0,
        _said(raw.get("title") or raw.get("message"))[:300],
        _said(details)[:500],
    )


def _status(item: Item) -> Status:
    raw, state = item.raw, item.raw.get("status")
    if state not in STATES:
        raise Malformed("status: none that we know")
    return Status(
        id=_needed(raw, "id"),
        phone_number_id=item.phone_number_id,
        state=str(state),
        at=_moment(raw.get("timestamp")),
        sender=_who(raw.get("recipient_user_id"), raw.get("recipient_id"), item.contact or {}),
        problems=tuple(problem(one) for one in _list(raw.get("errors"))[:10]),
        ours=_text(raw.get("biz_opaque_callback_data"))[:512],
    )


def _message(item: Item) -> Incoming:
    if item.kind != MESSAGE:
        raise Malformed("it is neither a message nor a status")
    raw = item.raw
    sender = _who(raw.get("from_user_id"), raw.get("from"), item.contact or {})
    if not sender.user_id and not sender.wa_id:
        raise Malformed("from: nobody is named")
    said = _text(raw.get("type"))[:40]
    context = raw.get("context")
    common: dict[str, Any] = {
        "id": _needed(raw, "id"),
        "phone_number_id": item.phone_number_id,
        "sender": sender,
        "at": _moment(raw.get("timestamp")),
        "about": _text(context.get("id"))[:512] if isinstance(context, dict) else "",
    }
    return Incoming(**(common | _content(said, raw)))


def _content(said: str, raw: dict[str, Any]) -> dict[str, Any]:
    """The part of a message that its type names. A part that is missing or wrong is Malformed; a type that we do not
    know is "unsupported", and kept as such."""
    if said == "unsupported" or said not in (*FILES, "text", "button", "interactive", "location", "contacts",
                                             "reaction", "order", "system", "request_welcome"):  # fmt: skip
        return {"kind": "unsupported", "said_kind": _unsupported_kind(said, raw)}
    if said == "contacts":
        return {"kind": said, "cards": tuple(_card(one) for one in _list(raw.get("contacts"))[:50])}
    if said == "request_welcome":  # the chat was opened for the first time, and nothing was written
        return {"kind": "system", "said_kind": said}
    part = raw.get(said)
    if not isinstance(part, dict):
        raise Malformed(f"{said}: missing")
    if said == "text":
        return {"kind": said, "text": _words(part, "body")}
    if said in FILES:
        return {"kind": said, "text": _said(part.get("caption")), "media": _media(part)}
    if said == "button":  # a quick reply of a template
        return {"kind": said, "text": _said(part.get("text")), "choice": _text(part.get("payload"))[:300]}
    if said == "interactive":
        return _interactive(part)
    if said == "location":
        return {"kind": said, "spot": _spot(part)}
    if said == "reaction":  # without an emoji it was taken back
        return {"kind": said, "text": _said(part.get("emoji"))[:40], "about": _needed(part, "message_id")}
    if said == "order":
        return {"kind": said, "text": _said(part.get("text")), "said_kind": said}
    return {"kind": "system", "text": _said(part.get("body")), "said_kind": _text(part.get("type"))[:40]}


def _interactive(part: dict[str, Any]) -> dict[str, Any]:
    how = _text(part.get("type"))[:40]
    reply = part.get(how)
    if how not in ("button_reply", "list_reply"):  # a form of Meta's ("nfm_reply"), a call permission …
        return {"kind": "unsupported", "said_kind": how or "interactive"}
    if not isinstance(reply, dict):
        raise Malformed(f"interactive.{how}: missing")
    return {"kind": "choice", "text": _said(reply.get("title")), "choice": _needed(reply, "id")}


def _unsupported_kind(said: str, raw: dict[str, Any]) -> str:
    """Meta says "unsupported" and, since v22.0, of what: {"unsupported": {"type": "poll"}}."""
    part = raw.get("unsupported")
    return (_text(part.get("type")) if isinstance(part, dict) else "")[:40] or said or "unknown"


def _media(part: dict[str, Any]) -> Media:
    return Media(
        id=_needed(part, "id"),
        mime=_text(part.get("mime_type"))[:120],
        sha256=_text(part.get("sha256"))[:64],
        name=_said(part.get("filename"))[-200:],
        voice=part.get("voice") is True,
    )


def _spot(part: dict[str, Any]) -> Spot:
    lat, lon = (_number(part.get(name)) for name in ("latitude", "longitude"))
    if lat is None or lon is None or not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Malformed("location: no place on earth")
    return Spot(lat, lon, _said(part.get("name"))[:300], _said(part.get("address"))[:500])


def _card(raw: object) -> Card:
    if not isinstance(raw, dict):
        raise Malformed("contacts: not a card")
    name = raw.get("name")
    shown = _said(name.get("formatted_name") or name.get("first_name")) if isinstance(name, dict) else ""
    return Card(shown[:200], _all(raw, "phones", "phone"), _all(raw, "emails", "email"))


def _all(raw: dict[str, Any], many: str, one: str) -> tuple[str, ...]:
    found = (_text(entry.get(one))[:254] for entry in _list(raw.get(many))[:20] if isinstance(entry, dict))
    return tuple(text for text in found if text)


def _who(user_id: object, wa_id: object, contact: dict[str, Any]) -> Sender:
    """Both ids, from the message or from the profile beside it. Some senders put the business-scoped id where the
    number stood: it is told by its dot."""
    profile = contact.get("profile")
    given = [_text(one)[:140] for one in (user_id, wa_id, contact.get("user_id"), contact.get("wa_id"))]
    scoped = next((one for one in given if is_scoped(one)), "")
    number = next((one for one in given if one.isascii() and one.isdigit() and len(one) <= 20), "")
    named = profile if isinstance(profile, dict) else {}
    return Sender(scoped, number, _said(named.get("name"))[:200], _text(named.get("username"))[:100])


def is_scoped(text: str) -> bool:
    """Whether this is a business-scoped user id: a country's two letters, a dot, up to 128 letters and digits (and
    "ENT." between them, for an id that several portfolios share)."""
    country, dot, rest = text.partition(".")
    rest = rest.removeprefix("ENT.")
    return bool(dot) and len(country) == 2 and country.isalpha() and 0 < len(rest) <= 128 and rest.isalnum()


def _moment(raw: object) -> datetime:
    """Meta's timestamps are seconds since 1970, as text."""
    seconds = _number(raw)
    if seconds is None or not 0 < seconds < 32_503_680_000:  # the year 3000
        raise Malformed("timestamp: no moment")
    return datetime.fromtimestamp(int(seconds), UTC)


def _number(raw: object) -> float | None:
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        return None
    try:
        found = float(raw)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def _needed(raw: dict[str, Any], name: str) -> str:
    found = _text(raw.get(name))
    if not found or len(found) > 512:
        raise Malformed(f"{name}: missing or too long")
    return found


def _words(raw: dict[str, Any], name: str) -> str:
    if not isinstance(raw.get(name), str):
        raise Malformed(f"{name}: missing")
    return _said(raw[name])


def _said(raw: object) -> str:
    """What a person wrote, cleaned as everywhere."""
    return clean_text(_text(raw))


def _text(raw: object) -> str:
    """A word of a machine, as a database keeps it: without NUL, half a character pair (JSON can say that) marked."""
    if isinstance(raw, int) and not isinstance(raw, bool) and abs(raw) < 10**30:
        return str(raw)
    if not isinstance(raw, str):
        return ""
    whole = raw.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\0", "")[:LONGEST]


def _list(raw: object) -> list[Any]:
    return raw if isinstance(raw, list) else [] if raw is None else [raw]


def _unreadable(raw: object, number: str = "") -> Item:
    return Item(UNREADABLE, number, _digest(UNREADABLE, number, raw), {"raw": raw})


def _key(kind: str, number: str, raw: dict[str, Any], *names: str) -> bytes:
    """By Meta's id, so that a redelivery with another profile is the same; by everything where there is no id."""
    ids = [raw.get(name) for name in names]
    return _digest(kind, number, ids if all(isinstance(one, str) and one for one in ids) else raw)


def _digest(kind: str, number: str, what: object) -> bytes:
    return hashlib.sha256(_in_order([kind, number, what]).encode()).digest()
