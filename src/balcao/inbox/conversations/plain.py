"""Plain words between two people who are talking: kept by one statement, which is a transaction by itself.

Nearly all that is said in a day is this: a text, in a conversation that an attendant has, who is there. Nothing has to
be decided then and nobody else to be asked, and the way of the whole action (look, lock, number, write, tell: a dozen
statements) costs many times the keeping. The statement itself makes sure that it is so, under the row's lock; where it
is not it changes nothing, and the action goes its whole way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection

from balcao.platform import rows
from balcao.platform.action import running
from balcao.platform.actors import Actor
from balcao.platform.columns import array
from balcao.platform.crypto import encrypt

from ..models import Message
from ..outbound import SENDERS
from .models import Account
from .states import Direction, Kind

# With whoever writes goes on, in the last conversation of theirs; as `moving.append` and `receiving._receive` have it.
_HEARD = """
WITH talk AS (
    UPDATE inbox_conversation c SET
        last_number = c.last_number + 1, staff_unread = c.staff_unread + 1,
        citizen_read = c.last_number + 1, citizen_unread = 0,
        heard_at = greatest(%s::timestamptz, c.said_at + interval '1 microsecond')
    WHERE c.id = (
        SELECT id FROM inbox_conversation WHERE account_id = %s::bigint AND contact_hash = %s::bytea
        ORDER BY id DESC LIMIT 1
    )
    AND c.state = 'held'
    AND EXISTS (SELECT FROM inbox_attendant a WHERE a.staff_id = c.owner_id AND a.present_until > %s::timestamptz)
    AND NOT EXISTS (SELECT FROM inbox_handover h WHERE h.conversation_id = c.id AND h.state = 'asked')
    AND NOT EXISTS (SELECT FROM inbox_message m WHERE m.account_id = %s::bigint AND m.provider_id = %s::varchar)
    RETURNING c.id, c.agency_id, c.account_id, c.language, c.last_number, c.heard_at AS at
), """
# Who has it says something that no provider carries away, and nothing with this key was said before.
_SAID = """
WITH talk AS (
    UPDATE inbox_conversation c SET
        last_number = c.last_number + 1, citizen_unread = c.citizen_unread + 1,
        staff_read = c.last_number + 1, staff_unread = 0,
        said_at = %s::timestamptz, answered_at = coalesce(c.answered_at, %s::timestamptz)
    WHERE c.id = %s::bigint AND c.agency_id = %s::bigint AND c.owner_id = %s::bigint AND c.state = 'held'
    AND c.channel <> ALL(%s::text[])
    AND (%s::varchar IS NULL OR EXISTS (
        SELECT FROM django_session d, organization_staff s
        WHERE d.session_key = %s::varchar AND d.expire_date > now() AND s.id = c.owner_id AND s.is_active
    ))
    AND NOT EXISTS (SELECT FROM inbox_message m WHERE m.key = %s::varchar)
    RETURNING c.id, c.agency_id, c.account_id, c.language, c.last_number, c.said_at AS at
), """
_KEPT = """word AS (
    INSERT INTO inbox_message
        (agency_id, locale, subject, conversation_id, number, direction, kind, author_kind, author_id, account_id, body,
         details, purpose, key, created_at, provider_id)
    SELECT agency_id, language, '', id, last_number, %s::varchar, 'text', %s::varchar, %s::bigint, account_id, %s::text,
        '', %s::varchar, %s::varchar, at, %s::varchar
    FROM talk RETURNING id
), told AS (
    INSERT INTO platform_event (at, kind, agency_id, actor_kind, actor_id, data)
    SELECT %s::timestamptz, %s::varchar, talk.agency_id, %s::varchar, %s::bigint, jsonb_build_object(
        'conversation_id', talk.id, 'message_id', word.id, 'number', talk.last_number, 'kind', 'text')
    FROM talk, word
)
SELECT talk.id, talk.agency_id, talk.account_id, talk.language, talk.last_number, talk.at, word.id FROM talk, word
"""


def heard(
    *, actor: Actor, account: Account, contact: bytes, provider_id: str, key: str, text: str, now: datetime
) -> Message | None:
    """What the person (`contact`, as a hash) wrote to the attendant who has them; None where it is to go the whole
    way."""
    moment = now.isoformat()
    place = [moment, str(account.pk), "\\x" + contact.hex(), moment, str(account.pk), provider_id]
    said = {"direction": Direction.IN, "author_kind": "citizen", "author_id": None, "body": text, "purpose": "heard",
            "key": key, "provider_id": provider_id}  # fmt: skip
    return _keep(_HEARD + _KEPT, place, said, "MessageReceived", actor, moment)


def said(*, actor: Actor, talk: int, key: str, text: str, session: str | None = None, now: datetime) -> Message | None:
    """What the attendant who has it says, while their `session` lasts; None where it is to go the whole way."""
    moment = now.isoformat()
    whose = [str(talk), str(actor.agency_id), str(actor.staff_id), array(sorted(SENDERS)), session, session]
    said = {"direction": Direction.OUT, "author_kind": "staff", "author_id": actor.staff_id, "body": text,
            "purpose": "said", "key": key, "provider_id": None}  # fmt: skip
    return _keep(_SAID + _KEPT, [moment, moment, *whose, key], said, "MessageSaid", actor, moment)


def _keep(
    sql: str, place: Sequence[str | None], said: Mapping[str, Any], fact: str, actor: Actor, moment: str
) -> Message | None:
    if running() is not None:
        return None  # a part of something greater, which may yet be taken back
    author, who = (None if one is None else str(one) for one in (said["author_id"], actor.id))
    word = [said["direction"], said["author_kind"], author, encrypt(said["body"]), said["purpose"], said["key"],
            said["provider_id"], moment, fact, actor.kind, who]  # fmt: skip
    try:
        found = rows.run(sql, [*place, *word])
    except IntegrityError:
        if connection.in_atomic_block:
            raise
        return None  # the same came twice at once, and the other one was first
    if found is None:
        return None
    talk, agency, account, language, number, at, pk = found
    message = Message(**said, id=pk, agency_id=agency, locale=language, subject="", conversation_id=talk, number=number,
                      kind=Kind.TEXT, account_id=account, details="", created_at=at)  # fmt: skip
    message._state.adding, message._state.db = False, DEFAULT_DB_ALIAS
    return message
