"""A page that has a conversation open hears what the person writes with the sign of it, drawn as the page draws it:
nobody has to ask for what everybody who looks is about to see. Whatever cannot be told so is asked for, as before."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from django.conf import settings
from django.db import close_old_connections

from balcao.console.inbox.heard import Wanted, drawn
from balcao.platform import rows
from balcao.platform.actors import Actor
from balcao.platform.columns import array

MOST = 50  # conversations that one page may have open
_WROTE = b"\nevent: MessageReceived\n"
_SIGNED_IN = """
SELECT session_key FROM unnest(%s::varchar[], %s::bigint[]) AS asked(key, staff)
JOIN django_session ON session_key = asked.key AND expire_date > now()
JOIN organization_staff ON organization_staff.id = asked.staff AND is_active
"""


@dataclass(frozen=True)
class Asked:
    """A page that hears of words: whose, by which session, and how they read; `since`: conversation → from which number
    on; `known`: the conversations whose showing to this page was logged."""

    session: str
    actor: Actor
    language: str
    zone: str
    since: Mapping[int, int]
    known: set[int]


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


def words(asked: Sequence[Asked]) -> list[bytes]:
    """For each the frames of what was written in each conversation from that number on, as far as the reader may see it
    now; none for whoever has signed out."""
    close_old_connections()
    try:
        given = [array(one.session for one in asked), array(one.actor.id for one in asked)]
        here = {key for (key,) in rows.ask(_SIGNED_IN, given)}
        wanted = [
            Wanted(one.actor, talk, number, one.language, one.zone, logged=talk in one.known)
            for one in asked
            if one.session in here
            for talk, number in one.since.items()
        ]
        found = iter(drawn(wanted))
        told = [
            b"".join(_frame(talk, number, html) for talk, number in one.since.items() if (html := next(found)))
            if one.session in here
            else b""
            for one in asked
        ]
    finally:
        close_old_connections()
    for one in asked:
        one.known.update(one.since if one.session in here else ())
    return told


def _frame(talk: int, number: int, html: str) -> bytes:
    told = {"conversation_id": talk, "number": number, "html": html}
    return f"event: Words\ndata: {json.dumps(told, ensure_ascii=False)}\n\n".encode()


def language(cookies: Mapping[str, str], theirs: str) -> str:
    """As on their pages: the one that they chose, else their own."""
    chosen = cookies.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in dict(settings.LANGUAGES) else theirs
