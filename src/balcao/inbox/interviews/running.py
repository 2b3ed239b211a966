"""The interview of a conversation runs: each message of the person, in its order, is heard once and answered once.

A message, the interview's new state and what we say are one transaction under the conversation's row lock: whoever is
killed in between has done nothing, and whoever runs again finds it done."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import structlog
from django.db.models import QuerySet
from django.utils import timezone

from balcao.dialogue import (
    DamagedState,
    Handover,
    Invalid,
    NotComplete,
    Prompt,
    Raw,
    Refused,
    ScriptError,
    Tell,
    Turn,
    VersionMismatch,
    again,
    ahead,
    begin,
    know,
    read_reply,
    save_state,
    step,
)
from balcao.dialogue.phrases import HELP
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.moving import locked
from balcao.inbox.conversations.speaking import keep_interview
from balcao.inbox.conversations.states import Direction, Kind
from balcao.inbox.conversations.states import State as Talk
from balcao.inbox.models import Message
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal, Stale
from balcao.platform.events import Happened, only_where

from . import ending
from .files import sent_before
from .given import given_of, greets, is_coming, new_words, thanks, told_at_first, why_not
from .keeping import Stage, kept
from .people import known_of, said_of_self
from .queries import SERVICE
from .rendering import BY_LETTER, can_ask
from .run import CannotAsk, Run
from .telling import speak
from .wordings import MORE, WELCOME_BACK, greeting, noted, question, tell

PATIENCE = 3  # answers in a row that were not taken
log = structlog.get_logger()


def _runs(happened: Happened) -> bool:
    held = happened.subject
    return held is None or held.state == Talk.INTERVIEW


@only_where(_runs)
def hear(happened: Happened) -> None:
    """MessageReceived, FilesCame: the interview goes on, where one runs."""
    found = Conversation.objects.filter(pk=happened.fact.conversation_id, state=Talk.INTERVIEW).first()
    if found is not None:
        proceed(actor=Actor.system(found.agency_id), conversation=found)


def proceed(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> None:
    """Hear what the person has written and answer it. What we cannot go on with is handed over to a person, with all
    that was answered."""
    now = now or timezone.now()
    try:
        _proceed(actor=actor, conversation=conversation, now=now)
    except Stale:
        raise  # two at once: the job comes again
    except (CannotAsk, DamagedState, Invalid, NotComplete, Refusal, ScriptError, VersionMismatch) as why:
        log.warning("interview_handed_over", conversation=conversation.pk, why=type(why).__name__, text=str(why))
        ending.give_up(actor=actor, conversation=conversation, now=now)


@action
def _proceed(*, actor: Actor, conversation: Conversation, now: datetime) -> None:
    held = locked(conversation, actor=actor)
    if held.state != Talk.INTERVIEW:
        return
    if not can_ask(held):
        raise CannotAsk(f"nothing shows an interview on {held.channel}")
    run = Run(actor, held, kept(held), now)
    before = run.asked
    for message in _unheard(held, before.done):
        assert message.number is not None
        if message.number <= run.asked.done:
            continue  # it came before the question that we have just asked
        if message.data.get("proven") is False and run.asked.state is not None:
            continue  # a mail that only says whom it is from answers for nobody: a person reads it
        if is_coming(message):
            break  # FilesCame brings us back
        _hear(run, message)
        if run.held.state != Talk.INTERVIEW:
            return
    if run.asked != before:
        keep_interview(actor=actor, conversation=run.held, saved=run.asked.dump(), now=now)


def _unheard(held: Conversation, done: int) -> QuerySet[Message]:
    heard = Message.objects.filter(conversation=held, direction=Direction.IN, number__gt=done)
    return heard.prefetch_related("files__file").order_by("number")


def _hear(run: Run, message: Message) -> None:
    assert message.number is not None
    if run.asked.stage == Stage.MORE:
        _hear_more(run, message)
    elif run.asked.state is None:
        ask_anew(run, message.number)
    else:
        _answer(run, message)


def ask_anew(run: Run, number: int) -> None:
    """The first question. What was written until now came before it, and is no answer to it; but what a first letter
    told is not asked again."""
    run.asked = replace(run.asked, done=run.held.last_number, since=number, reopened=run.held.reopened)
    script = run.definition().script
    turn = begin(script, now=run.local, validators=run.checks, language=run.held.language)
    told: tuple[Prompt, ...] = ()
    if run.asked.script.startswith(SERVICE) and run.asked.round == 1:
        told = (greeting(script.title, run.held),)
    if told_at_first(run, script):
        told = (*told, noted(run.held.language))
    _go_on(run, Turn(turn.state, (*told, *turn.prompts)), number)


def _answer(run: Run, message: Message) -> None:
    assert message.number is not None
    held, state = run.held, run.load()
    back = held.reopened != run.asked.reopened
    run.asked = replace(run.asked, done=message.number, reopened=held.reopened)
    given = given_of(message, state.interview.next_question())
    if held.channel in BY_LETTER:
        files = [str(one.file.uuid) for one in message.files.all()]
        turn = read_reply(run.definition().script, state, new_words(message), files, now=run.local)
    elif given is None:
        turn = again(state)
        turn = Turn(turn.state, (tell(why_not(message), held.language), *turn.prompts))
    elif back and greets(message.body):
        turn = again(state)
    else:
        turn = step(run.definition().script, state, given, now=run.local)
    unfit = any(isinstance(prompt, Refused) for prompt in turn.prompts)
    if back:  # an answer that fits is one; anything else was no answer to a question of yesterday
        turn = again(turn.state) if unfit else turn
        turn = Turn(turn.state, (tell(WELCOME_BACK, held.language), *turn.prompts))
    run.asked = replace(run.asked, refused=run.asked.refused + 1 if unfit else 0)
    if run.asked.refused and run.asked.refused % PATIENCE == 0:  # what else there is than trying again
        turn = Turn(turn.state, (*turn.prompts[:-1], Tell(HELP), *turn.prompts[-1:]))
    _go_on(run, turn, message.number)


def _go_on(run: Run, turn: Turn, number: int) -> None:
    """Leave out what need not be asked, take the files that are here already, and say the rest."""
    known = told_at_first(run, turn.state.interview.script) | known_of(run.held, run.asked)
    turn = know(turn, known, now=run.local)
    if found := sent_before(run, turn.state):
        taken = step(turn.state.interview.script, turn.state, Raw(found), now=run.local)
        turn = know(Turn(taken.state, (*turn.prompts[:-1], *taken.prompts)), known, now=run.local)
    run.asked = replace(run.asked, state=save_state(turn.state))
    if run.held.channel in BY_LETTER:
        turn = ahead(turn, known)
    ending.follow(run, turn, number)


def _hear_more(run: Run, message: Message) -> None:
    """The answer to "anything else?": from the beginning again, good-bye, or a person."""
    assert message.number is not None
    number, held = message.number, run.held
    run.asked = replace(run.asked, done=number, reopened=held.reopened)
    fresh = begin(question(MORE), now=run.local, language=held.language)
    given = given_of(message, fresh.state.interview.next_question())
    turn = step(question(MORE), fresh.state, given, now=run.local) if given is not None else fresh
    more = turn.state.interview.values.get(MORE)
    if more is True:
        said = said_of_self({code: one["value"] for code, one in (run.asked.state or {}).get("answers", {}).items()})
        known = {**run.asked.known, **said}
        run.asked = replace(run.asked, stage=Stage.ASKING, state=None, round=run.asked.round + 1, known=known)
        ask_anew(run, number)
    elif more is False or thanks(message.body) or message.kind == Kind.REACTION:
        ending.say_goodbye(run, notice=None)
    elif any(isinstance(prompt, Handover) for prompt in turn.prompts):
        ending.wait(run, turn.prompts, number)
    elif message.kind == Kind.TEXT:  # they tell us what else there is: somebody reads it
        ending.wait(run, (Handover(),), number)
    else:
        speak(run.actor, held, fresh.prompts, str(number), run.now)
