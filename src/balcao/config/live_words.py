"""A page that has a conversation open hears what the person writes with the sign of it, drawn as the page draws it:
nobody has to ask for what everybody who looks is about to see. Whatever cannot be told so is asked for, as before."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from django.conf import settings
from django.db import close_old_connections
from django.utils import timezone, translation

from balcao.console.inbox.heard import drawn
from balcao.platform import rows
from balcao.platform.actors import Actor

MOST = 50  # conversations that one page may have open
_WROTE = b"\nevent: MessageReceived\n"
_SIGNED_IN = """
SELECT 1 FROM django_session, organization_staff
WHERE session_key = %s::varchar AND expire_date > now() AND organization_staff.id = %s::bigint AND is_active
"""


def open_talks(query: bytes) -> frozenset[int]:
    """The conversations whose words a page asks for: `?talk=7`."""
    asked = parse_qs(query.decode("latin1")).get("talk", [])[:MOST]
    return frozenset(int(one) for one in asked if one.isascii() and one.isdigit() and len(one) < 19)


def written_in(piece: bytes, talks: frozenset[int]) -> dict[int, int]:
    """Of what a listener is about to hear: conversation → the number of the first word that a person wrote there."""
    found: dict[int, int] = {}
    for frame in piece.split(b"\n\n") if talks and _WROTE in piece else ():
        if _WROTE in frame:
            told = json.loads(frame.partition(b"\ndata: ")[2])
            talk, number = told["conversation_id"], told.get("number", 0)
            if talk in talks and number:
                found[talk] = min(number, found.get(talk, number))
    return found


def words(session: str, actor: Actor, tongue: tuple[str, str], since: Mapping[int, int], known: set[int]) -> bytes:
    """The frames of what was written in each conversation from that number on, as far as the reader may see it now;
    none for whoever has signed out. `known`: the conversations whose showing was logged."""
    close_old_connections()
    try:
        if rows.run(_SIGNED_IN, [session, str(actor.id)]) is None:
            return b""
        with translation.override(tongue[0]), timezone.override(tongue[1]):
            found = {talk: drawn(actor, talk, number, logged=talk in known) for talk, number in since.items()}
        known.update(since)
    finally:
        close_old_connections()
    return b"".join(_frame(talk, since[talk], html) for talk, html in found.items() if html)


def _frame(talk: int, number: int, html: str) -> bytes:
    told = {"conversation_id": talk, "number": number, "html": html}
    return f"event: Words\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()


def language(cookies: Mapping[str, str], theirs: str) -> str:
    """As on their pages: the one that they chose, else their own."""
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else theirs
