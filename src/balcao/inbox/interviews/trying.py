"""An interview played for whoever writes it: nothing is kept, all that was said is played again from the start.

The engine takes twenty thousand steps a second, so that a talk can be carried along by the page itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import translation
from django.utils.translation import gettext

from balcao.dialogue import Disqualified, Finished, Handover, NotComplete, Raw, State, Tap, Turn, Words, begin, step
from balcao.dialogue.rendering.chat import ChatMessage, render_chat
from balcao.inbox.intake import local_now, validators
from balcao.organization.models import Agency

from .definitions import Definition, Outcome

MOST = 200  # things said in one trial
LONGEST = 4000  # characters of one of them
PHOTO = "photo"  # what a file of a trial is called: there is none


@dataclass(frozen=True)
class Said:
    """One bubble: ours with what it offers, or the person's words."""

    text: str
    ours: ChatMessage | None = None


@dataclass(frozen=True)
class Trial:
    """`said` in order; `waits`: the bubble that is to be answered. `over`: it was sent, ended, or handed to a person;
    `outcome` says what would follow (None: it waits in the conversation's own line), `answers` what was kept."""

    said: tuple[Said, ...]
    waits: ChatMessage | None = None
    over: str = ""  # "sent", "ended" or "person"
    outcome: Outcome | None = None
    answers: Mapping[str, Any] = field(default_factory=dict)


def play(definition: Definition, given: Iterable[Any], *, agency: Agency, language: str = "") -> Trial:
    """Begin, and take each of `given` in order: `{"text": words}`, `{"tap": id}` or `{"raw": value}`; anything else is
    passed over."""
    language = language or agency.locale
    now, checks, script = local_now(agency), validators(agency), definition.script
    with translation.override(language):
        turn = begin(script, now=now, validators=checks, language=language)
        said = _ours(turn, language)
        labels = _labels(said)
        for one in list(given)[:MOST]:
            if (meant := _meant(one, turn.state)) is None:
                continue
            turn = step(script, turn.state, meant, now=now)
            said.append(Said(_told(meant, labels)))
            said += (new := _ours(turn, language))
            labels |= _labels(new)
    return _trial(definition, turn, said)


def _trial(definition: Definition, turn: Turn, said: list[Said]) -> Trial:
    last = turn.prompts[-1] if turn.prompts else None
    interview = turn.state.interview
    try:
        values = dict(interview.finish().values) if turn.state.sent else {}
    except (NotComplete, Disqualified):
        values = {}
    waits = next((one.ours for one in reversed(said) if one.ours is not None), None)
    if isinstance(last, Finished):
        return Trial(tuple(said), None, "sent", definition.outcome(values), values)
    if isinstance(last, Handover):
        return Trial(tuple(said), waits, "person")
    return Trial(tuple(said), waits, "ended" if interview.ended is not None else "")


def _ours(turn: Turn, language: str) -> list[Said]:
    return [Said(one.text, one) for one in render_chat(turn.prompts, language=language, translate=gettext)]


def _labels(said: Sequence[Said]) -> dict[str, str]:
    return {choice.id: choice.label for one in said if one.ours for choice in one.ours.choices}


def _meant(one: Any, state: State) -> Words | Tap | Raw | None:
    if not isinstance(one, Mapping):
        return None
    text, tap, raw = one.get("text"), one.get("tap"), one.get("raw")
    if isinstance(text, str) and text.strip():
        return Words(text[:LONGEST])
    if isinstance(tap, str) and tap:
        return Tap(tap[:LONGEST])
    if isinstance(raw, list) and all(isinstance(item, str) for item in raw):
        return Raw([f"{item}-{len(state.gathered)}" if item == PHOTO else item[:LONGEST] for item in raw])
    return None


def _told(meant: Words | Tap | Raw, labels: Mapping[str, str]) -> str:
    match meant:
        case Words(text):
            return text
        case Tap(id):
            return labels.get(id, id)
        case Raw(value):
            values = [str(item) for item in value] if isinstance(value, list) else []
            if values and values[0].startswith(f"{PHOTO}-"):
                return gettext("(a photo)")
            by_value = {id.partition("=")[2]: label for id, label in labels.items()}
            return ", ".join(by_value.get(item, item) for item in values)
