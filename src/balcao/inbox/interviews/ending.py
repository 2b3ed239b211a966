"""What follows from a step: the next question is said, or the interview ends: in a demand, in a line, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from balcao.dialogue import Answers, Ended, Finished, Handover, Prompt, Tell, Turn, begin
from balcao.inbox.conversations.lines import hand_over
from balcao.inbox.conversations.models import Conversation, Line
from balcao.inbox.conversations.moving import change, locked
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.states import Direction, Kind
from balcao.inbox.conversations.states import State as Talk
from balcao.inbox.models import Message
from balcao.platform.action import action
from balcao.platform.actors import Actor

from . import demands
from .given import thanks
from .keeping import Stage, kept
from .people import meet
from .rendering import BY_LETTER, can_ask
from .run import Run
from .telling import speak
from .wordings import ASK_A_PERSON, MORE, question, tell, waiting


def follow(run: Run, turn: Turn, number: int) -> None:
    """After a turn that the person's message `number` led to."""
    last = turn.prompts[-1] if turn.prompts else None
    match last:
        case Handover():
            _to_line(run, turn, turn.prompts, number, None)
        case Ended():
            speak(run.actor, run.held, turn.prompts, str(number), run.now)
            say_goodbye(run, stage=Stage.ENDED)
        case Finished(answers):
            _finish(run, turn, answers, number)
        case _:
            speak(run.actor, run.held, turn.prompts, str(number), run.now)


def _finish(run: Run, turn: Turn, answers: Answers, number: int) -> None:
    told, held = turn.prompts[:-1], run.held
    outcome = run.own(turn.state).outcome(dict(answers.values))
    if outcome is not None and outcome.open:
        meet(held, answers.values, actor=run.actor)
        speak(run.actor, held, told, f"{number}:before", run.now)
        demands.open_demand(run, outcome, turn.state.interview, answers)
        run.held = locked(held, actor=run.actor)  # the receipt was said in it meanwhile
        if held.channel in BY_LETTER:  # it is one letter less; whoever writes again is read by a person
            say_goodbye(run)
            return
        run.asked = replace(run.asked, stage=Stage.MORE, done=number)
        more = begin(question(MORE), now=run.local, language=run.held.language)
        speak(run.actor, run.held, more.prompts, f"{number}:more", run.now)
    elif outcome is not None and outcome.close:
        meet(held, answers.values, actor=run.actor)
        speak(run.actor, held, (*told, Tell(outcome.close)), str(number), run.now)
        say_goodbye(run)
    else:
        _to_line(run, turn, told, number, outcome.line if outcome else None)


def _to_line(run: Run, turn: Turn, told: Sequence[Prompt], number: int, slug: str | None) -> None:
    """To a person, with all that was answered, in the line that the answers so far lead to."""
    values = turn.state.interview.values
    if slug is None and (found := run.own(turn.state).outcome(dict(values))) is not None and found.when is not None:
        slug = found.line
    meet(run.held, values, actor=run.actor)
    wait(run, told, number, slug)


def wait(run: Run, told: Sequence[Prompt], number: int, slug: str | None = None) -> None:
    """The conversation waits in the line `slug`, else in its own; the person hears how long."""
    held = run.held
    line = Line.objects.filter(agency_id=held.agency_id, slug=slug, is_active=True).first() if slug else None
    run.asked = replace(run.asked, stage=Stage.OVER)
    change(held, interview=run.asked.dump())
    hand_over(actor=run.actor, conversation=held, line=line, now=run.now)
    speak(run.actor, held, (*told, *waiting(held, run.now)), str(number), run.now)


def say_goodbye(run: Run, *, notice: str | None = "", stage: Stage = Stage.OVER) -> None:
    """Close the conversation, with the line's own words unless the interview has said its own. What they wrote while we
    were at it, and is more than thanks, would stand where nobody looks: then it waits for a person instead."""
    since = Message.objects.filter(conversation=run.held, direction=Direction.IN, number__gt=run.asked.done)
    more = any(one.kind != Kind.REACTION and not thanks(one.body) for one in since)
    run.asked = replace(run.asked, stage=Stage.OVER if more else stage)
    change(run.held, interview=run.asked.dump())
    if more:  # nothing that we have said is an answer to it
        change(run.held, heard_at=run.now + timedelta(microseconds=1))
        hand_over(actor=run.actor, conversation=run.held, now=run.now)
        speak(run.actor, run.held, waiting(run.held, run.now), f"{run.asked.done}:since", run.now)
        return
    close(actor=run.actor, conversation=run.held, notice=notice, now=run.now)


@action
def give_up(*, actor: Actor, conversation: Conversation, now: datetime) -> None:
    """We cannot go on: a person does."""
    held = locked(conversation, actor=actor)
    if held.state != Talk.INTERVIEW:
        return
    change(held, interview=replace(kept(held), stage=Stage.OVER).dump())
    hand_over(actor=actor, conversation=held, now=now)
    if can_ask(held):
        told = (tell(ASK_A_PERSON, held.language), *waiting(held, now))
        speak(actor, held, told, f"{held.last_number}:given-up", now)
