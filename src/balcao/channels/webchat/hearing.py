"""What a visitor sends, as the inbox takes it: once, however often it is sent.

`client_id` is the browser's own name for the message; with the visitor it is the provider's id, so that a repeat after
a cut changes nothing and nobody can take the place of somebody else's message."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from balcao.inbox.conversations.states import Kind
from balcao.inbox.models import Account, Message
from balcao.inbox.receiving import Incoming, PassedOn, Received, receive, refuse_elsewhere
from balcao.inbox.uploads import OURS, Kept, sort_out
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.models import StoredFile
from balcao.platform.text import clean_text

from .visitors import CHANNEL, Visitor

LONGEST = 10_000  # characters
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_TITLE = 400
# An attendant learns of it also when nothing else came with it: somebody's device, or somebody, is dangerous.
TELLING = frozenset({"infected"})


def hear(
    visitor: Visitor, given: Mapping[str, Any], files: Sequence[UploadedFile] = (), *, now: datetime | None = None
) -> tuple[Received, str]:
    """Keep what was sent; also a sentence about files that were not taken. Invalid, with the sentence to show, when
    nothing of it can be.

    `given`: "client_id", and of these what there is: "text"; "tap" and "title" (a choice's id and label); "raw" (ticked
    options or a date, as JSON); "lat", "lon" (a place); "again" (it was sent before: it may be with an agency that has
    passed them on since). Why a file was not taken stands in the message's
    `data["refused"]`, as on other channels."""
    try:
        return _hear(visitor, given, files, now)
    except PassedOn as passed:  # another agency goes on with them in this window
        return _hear(replace(visitor, account=passed.account), given, files, now)


def _hear(
    visitor: Visitor, given: Mapping[str, Any], files: Sequence[UploadedFile], now: datetime | None
) -> tuple[Received, str]:
    client_id = str(given.get("client_id") or "")
    if not _CLIENT_ID.fullmatch(client_id):
        raise Invalid(_("This message cannot be read. Please reload the page and send it again."), field="client_id")
    provider_id = f"{visitor.contact}:{client_id}"
    if (files or given.get("again")) and (here := _here(provider_id)) is not None and here.conversation is not None:
        return Received(here.conversation, here, repeat=True), ""  # its files are here too: they are not stored again
    text = str(given.get("text") or "")
    if len(text) > LONGEST:
        raise Invalid(
            _("This message is longer than 10,000 characters. Please send it in two parts: nothing is lost."),
            field="text",
        )
    if files:
        refuse_elsewhere(visitor.account, visitor.contact, now)
    kept = sort_out(files, actor=visitor.actor) if files else Kept([])
    stored, problem = kept.stored, kept.problem
    kind, details = _kind(given, stored)
    if not clean_text(text) and not details and not stored:
        if not TELLING & set(kept.refused):
            raise Invalid(problem or _("Please write something first."), field="files" if problem else "text")
        kind, problem = Kind.FILES, ""  # the message itself says why
    if final := [code for code in kept.refused if code not in OURS]:
        details = details | {"refused": final}
    incoming = Incoming(
        provider_id=provider_id,
        contact=visitor.contact,
        kind=kind,
        text=text or str(details.get("title", "")),
        details=details,
        files=stored,
        language=get_language() or "",
    )
    return receive(actor=visitor.actor, account=visitor.account, incoming=incoming, now=now), problem


def _here(provider_id: str) -> Message | None:
    """With whichever agency it was heard: the name says whose it is, and only that visitor can make it."""
    heard = Message.objects.visible_to(Actor.system()).filter(account__in=Account.objects.filter(channel=CHANNEL))
    return heard.filter(provider_id=provider_id).select_related("conversation").first()


def _kind(given: Mapping[str, Any], stored: Sequence[StoredFile]) -> tuple[Kind, dict[str, Any]]:
    if tap := str(given.get("tap") or ""):
        title = clean_text(str(given.get("title") or ""), one_line=True)
        whole = tap.encode("utf-8", "replace").decode()  # JSON can say half a pair of characters
        return Kind.REPLY, {"id": whole[:_TITLE], "title": title[:_TITLE]}
    if (raw := given.get("raw")) not in (None, ""):
        return Kind.TEXT, {"raw": _raw(raw)}
    if given.get("lat") not in (None, "") and given.get("lon") not in (None, ""):
        return Kind.LOCATION, {"lat": _degrees(given["lat"], 90), "lon": _degrees(given["lon"], 180)}
    if stored:
        voice = given.get("voice") and all(one.kind in ("audio", "video") for one in stored)
        return (Kind.VOICE if voice else Kind.FILES), {}
    return Kind.TEXT, {}


def _raw(raw: Any) -> Any:
    """A value of the interview's own: a text, or a list of options' values."""
    if isinstance(raw, str) and raw.startswith("["):
        with suppress(ValueError, RecursionError):
            raw = json.loads(raw)
    if isinstance(raw, list):
        return [clean_text(str(one), one_line=True)[:_TITLE] for one in raw[:100]]
    return clean_text(str(raw))[:LONGEST]


def _degrees(value: Any, most: int) -> float:
    try:
        degrees = float(value)
    except (TypeError, ValueError):
        degrees = 1000.0
    if not -most <= degrees <= most:  # also what is no number at all
        raise Invalid(_("This point is not on the map. Please put the pin in its place again."), field="lat")
    return round(degrees, 6)
