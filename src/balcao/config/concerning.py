"""Whom an event of the live stream is told to: staff hear of conversations that they may see, a visitor of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

from balcao.inbox.models import Line
from balcao.platform.actors import Actor
from balcao.platform.stream import Key, Told

WHERE = "SELECT id, agency_id, line_id, owner_id FROM inbox_conversation WHERE id = ANY(%s)"
AMONG_STAFF = {"ConversationNoted", "Looking"}  # not even a sign of it goes to the person


async def concerns(link: psycopg.AsyncConnection[Any], told: Sequence[Told]) -> Sequence[frozenset[Key]]:
    """An event of a conversation: its lines (the one that it left too), its owners, whoever leads the agency's inbox,
    and the talk itself. Anything else: the whole agency."""
    talks = {one.conversation_id for one in told} - {None}
    places: dict[int, tuple[int, int | None, int | None]] = {}
    if talks:
        rows = await (await link.execute(WHERE, [list(talks)])).fetchall()
        places = {pk: (agency, line, owner) for pk, agency, line, owner in rows}
    return [_keys(one, places) for one in told]


def _keys(told: Told, places: dict[int, tuple[int, int | None, int | None]]) -> frozenset[Key]:
    talk = told.conversation_id
    if talk is None:
        return frozenset({("agency", told.agency_id)} if told.agency_id else ())
    agency, line, owner = places.get(talk, (told.agency_id, None, None))
    found: set[tuple[Any, ...]] = {("lead", agency)}
    # with the agency: what an event says of another agency's line is nothing to those who serve that
    found |= {("line", agency, told.data.get(name)) for name in ("line_id", "from_line_id")} | {("line", agency, line)}
    found |= {("staff", agency, told.data.get(name)) for name in ("staff_id", "from_staff_id")}
    found.add(("staff", agency, owner))
    if told.kind not in AMONG_STAFF:
        found.add(("talk", talk))
    return frozenset(key for key in found if isinstance(key[-1], int))


def heard_by(actor: Actor) -> frozenset[Key]:
    """What a member of staff listens for: their agency, and its conversations as `Conversation.visible_to` has them."""
    assert actor.agency_id is not None
    keys: set[Key] = {("agency", actor.agency_id)}
    if actor.can("inbox.lead"):
        keys.add(("lead", actor.agency_id))
    elif actor.can("inbox.attend") and actor.staff_id is not None:
        keys.add(("staff", actor.agency_id, actor.staff_id))
        served = Line.objects.filter(agency_id=actor.agency_id, attendants__staff_id=actor.staff_id)
        keys |= {("line", actor.agency_id, pk) for pk in served.values_list("pk", flat=True)}
    return frozenset(keys)
