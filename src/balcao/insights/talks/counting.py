"""From the conversations to what they count for, for some at a time.

It may run twice, late or in any order: once it has run after the last change, the figures are right. A conversation
whose words were taken out of it is not counted again: what it counted for stays."""

from __future__ import annotations

from collections.abc import Collection

import structlog
from django.db import connection

from balcao.inbox.interviews.keeping import Kept, Stage, kept
from balcao.inbox.interviews.run import Run
from balcao.inbox.models import Conversation
from balcao.platform.actors import Actor

from .models import Talk

log = structlog.get_logger()

COUNT = """
INSERT INTO insights_talk AS kept (conversation_id, agency_id, day, channel, line_id, staff_id, first_id, response,
                                   waited, handled, alone, gave_up, gave_up_after, question, score)
SELECT c.id, c.agency_id, (c.opened_at AT TIME ZONE g.timezone)::date, c.channel, coalesce(c.line_id, -1),
       coalesce(said.author_id, -1), least(c.id, same.id, known.id),
       CASE WHEN c.answered_at IS NOT NULL
            THEN greatest(0, extract(epoch FROM c.answered_at - coalesce(c.handed_at, c.answered_at))) END,
       CASE WHEN taken.at IS NOT NULL THEN taken.waited END,
       CASE WHEN c.state = 'closed' AND c.reopened = 0 AND said.at IS NOT NULL
            THEN greatest(0, extract(epoch FROM said.at - coalesce(taken.at, c.handed_at, c.answered_at))) END,
       c.state = 'closed' AND c.ending = 'done' AND c.handed_at IS NULL,
       coalesce(left_at.part, ''),
       CASE left_at.part
            WHEN 'line' THEN greatest(0, extract(epoch FROM c.closed_at - c.handed_at))
            WHEN 'interview' THEN greatest(0, extract(epoch FROM coalesce(c.heard_at, c.closed_at) - c.opened_at)) END,
       '', c.score
FROM inbox_conversation c JOIN organization_agency g ON g.id = c.agency_id
     LEFT JOIN LATERAL (
         SELECT m.author_id, m.created_at AS at FROM inbox_message m
         WHERE m.conversation_id = c.id AND m.author_kind = 'staff' AND m.purpose <> 'note'
         ORDER BY m.number DESC LIMIT 1) said ON c.answered_at IS NOT NULL
     LEFT JOIN LATERAL (
         SELECT min(w.ended_at) FILTER (WHERE w."end" = 'taken') AS at,
                sum(extract(epoch FROM w.ended_at - w.began_at)) FILTER (WHERE w.ended_at <= (
                    SELECT min(t.ended_at) FROM inbox_wait t WHERE t.conversation_id = c.id AND t."end" = 'taken'
                )) AS waited
         FROM inbox_wait w WHERE w.conversation_id = c.id) taken ON true
     LEFT JOIN LATERAL (
         SELECT min(f.id) AS id FROM inbox_conversation f
         WHERE f.account_id = c.account_id AND f.contact_hash = c.contact_hash) same ON true
     LEFT JOIN LATERAL (
         SELECT min(f.id) AS id FROM inbox_conversation f WHERE f.person_id = c.person_id) known
         ON c.person_id IS NOT NULL
     CROSS JOIN LATERAL (SELECT CASE
         WHEN c.state <> 'closed' OR c.answered_at IS NOT NULL THEN NULL
         WHEN c.handed_at IS NOT NULL AND c.ending = 'left' THEN 'line'
         WHEN c.handed_at IS NULL AND c.ending IN ('left', 'quiet') THEN 'interview' END AS part) left_at
WHERE c.id = ANY(%s)
      AND (c.forgotten_at IS NULL OR NOT EXISTS (SELECT FROM insights_talk t WHERE t.conversation_id = c.id))
ON CONFLICT (conversation_id) DO UPDATE SET
    day = excluded.day, channel = excluded.channel, line_id = excluded.line_id, staff_id = excluded.staff_id,
    first_id = least(kept.first_id, excluded.first_id), response = excluded.response, waited = excluded.waited,
    handled = excluded.handled, alone = excluded.alone, gave_up = excluded.gave_up,
    gave_up_after = excluded.gave_up_after, question = excluded.question, score = excluded.score
"""


def count_talks(conversations: Collection[int]) -> None:
    """Count these anew, inside the caller's transaction; whoever calls holds the follower's row."""
    if conversations:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL jit TO off")
            cursor.execute(COUNT, [sorted(conversations)])
        _look_into_interviews(conversations)


def _look_into_interviews(conversations: Collection[int]) -> None:
    """At which question each was given up; where all questions were answered, it was not given up at all."""
    talks = Talk.objects.filter(conversation_id__in=conversations, gave_up=Talk.GaveUp.INTERVIEW)
    found = Conversation.objects.visible_to(Actor.system()).filter(pk__in=talks.values_list("pk"))
    for conversation in found.select_related("agency"):
        pk, asked = conversation.pk, kept(conversation)
        if asked.stage != Stage.ASKING:
            Talk.objects.filter(pk=pk).update(gave_up="", gave_up_after=None, alone=True)
        elif asked.state is not None:
            Talk.objects.filter(pk=pk).update(question=_open_question(conversation, asked)[:50])


def _open_question(conversation: Conversation, asked: Kept) -> str:
    """Its code; empty where it can be read no more: no single interview holds up everybody's figures."""
    moment = conversation.closed_at or conversation.opened_at
    try:
        state = Run(Actor.system(conversation.agency_id), conversation, asked, moment).load()
        question = state.interview.next_question()
    except Exception as why:
        log.warning("interview_not_read", conversation=conversation.pk, why=type(why).__name__)
        return ""
    return question.code if question is not None else ""
