"""Finding ready-made replies by what an attendant types."""

from __future__ import annotations

from django.db.models import Q

from balcao.platform.text import sort_key

from ..conversations.models import Conversation
from .models import CannedReply

MOST = 500  # of one agency that are looked through: nobody keeps more in mind
SHOWN = 12


def replies_for(talk: Conversation) -> list[CannedReply]:
    """Those that may be said here: of its agency, for its line and language or for all. Of two with the same shortcut
    the one that is made for just this."""
    mine = CannedReply.objects.filter(agency_id=talk.agency_id, is_active=True)
    fitting = mine.filter(Q(line=None) | Q(line_id=talk.line_id), language__in=["", talk.language])
    found: dict[str, CannedReply] = {}
    for one in fitting.select_related("to_line").order_by("pk")[:MOST]:
        known = found.get(sort_key(one.shortcut))
        if known is None or _fit(one) > _fit(known):
            found[sort_key(one.shortcut)] = one
    return sorted(found.values(), key=lambda one: sort_key(one.shortcut))


def _fit(one: CannedReply) -> tuple[bool, bool]:
    return one.line_id is not None, one.language != ""


def search(talk: Conversation, text: str) -> list[CannedReply]:
    """Those in which every word typed stands, whatever its accents and capitals: first where the shortcut begins so,
    then by title, then by their words. Nothing typed: all, up to `SHOWN`."""
    words = sort_key(text).split()
    scored = [(score, n, one) for n, one in enumerate(replies_for(talk)) if (score := _score(one, words)) is not None]
    return [one for _score_, _n, one in sorted(scored, key=lambda found: found[:2])][:SHOWN]


def _score(one: CannedReply, words: list[str]) -> int | None:
    shortcut, title, body = sort_key(one.shortcut), sort_key(one.title), sort_key(one.body)
    if not all(word in f"{shortcut} {title} {body}" for word in words):
        return None
    if not words or shortcut.startswith(words[0]):
        return 0
    return 1 if all(word in f"{shortcut} {title}" for word in words) else 2
