"""What was said last in many conversations at once, for those who listen: one statement however many they are, and two
more where files came along."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from django.db.models import prefetch_related_objects

from balcao.organization.models import Staff
from balcao.platform import rows
from balcao.platform.columns import array, columns_of

from ..models import Message

MOST = 200  # of one conversation; what is older is asked for

_WORDS = """
SELECT asked.place, EXISTS (SELECT FROM inbox_messagefile f WHERE f.message_id = m.id), s.name, {names}
FROM unnest(%s::bigint[], %s::integer[]) WITH ORDINALITY AS asked(talk, number, place)
CROSS JOIN LATERAL (
    SELECT * FROM inbox_message WHERE conversation_id = asked.talk AND number > asked.number AND {whose}
    ORDER BY number {order} LIMIT {most}
) m
LEFT JOIN organization_staff s ON s.id = m.author_id
ORDER BY asked.place, m.number
"""


def said_after(asked: Sequence[tuple[int, int]]) -> list[list[Message]]:
    """For each (conversation, number): what was said above that number, oldest first, at most the newest `MOST`; each
    with its files and its author's name. Colleagues' notes are never among it. Whoever asks has seen to it that the
    reader may see these conversations."""
    return _read(asked, _sql("purpose <> 'note'", "DESC"))


def written_after(talk: int, number: int) -> list[Message]:
    """The same of one conversation for its attendants, notes too: the first `MOST`, so that whoever asks on misses
    nothing."""
    return _read([(talk, number)], _sql("true", "ASC"))[0]


def _read(asked: Sequence[tuple[int, int]], sql: str) -> list[list[Message]]:
    found: list[list[Message]] = [[] for _ in asked]
    with_files = []
    given = [array(talk for talk, _number in asked), array(number for _talk, number in asked)]
    for place, files, author, *values in rows.ask(sql, given):
        message: Message = columns_of(Message).instance(values)
        if author is not None:
            message.author = Staff.from_db(None, ["id", "name"], [message.author_id, author])
        if files:
            with_files.append(message)
        else:
            without_files(message)
        found[place - 1].append(message)
    prefetch_related_objects(with_files, "files__file")
    return found


def without_files(message: Message) -> None:
    """It has none: where prefetching would note that, so that nobody asks for them."""
    message._prefetched_objects_cache = {"files": ()}  # type: ignore[attr-defined]  # Django's; its stubs leave it out


@cache
def _sql(whose: str, order: str) -> str:
    names = ", ".join(f"m.{column.name}" for column in columns_of(Message).all)
    return _WORDS.format(names=names, whose=whose, order=order, most=MOST)
