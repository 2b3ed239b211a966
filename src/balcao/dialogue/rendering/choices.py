"""What can be tapped instead of typed.

The ids are the same on every channel: `CODE=VALUE` answers, `CODE!VERB` and `!VERB` command.
"""

from __future__ import annotations

from dataclasses import dataclass

from .. import phrases
from ..prompts import Ask, Prompt, Review, WhichOne
from ..questions import Question, QuestionType

_FEW_POINTS = 11


@dataclass(frozen=True, slots=True)
class Choice:
    """`id` comes back in a `Tap`. `aside`: not an answer of the question's own, but skip, "I do not know", keep."""

    id: str
    label: str
    help: str = ""
    aside: bool = False


def choices(prompt: Prompt, language: str) -> tuple[Choice, ...]:
    """The prompt's choices in order; none where words, files or a place are expected."""
    if isinstance(prompt, Ask):
        return (*answers(prompt.question, language), *asides(prompt, language))
    if isinstance(prompt, Review):
        return (Choice("!send", phrases.SEND.say(language)), Choice("!correct", phrases.CORRECT.say(language)))
    if isinstance(prompt, WhichOne):
        return tuple(
            Choice(f"{line.question.code}!correct", line.question.prompt.say(language), line.text)
            for line in prompt.lines
        )
    return ()


def answers(question: Question, language: str) -> tuple[Choice, ...]:
    """The question's own answers, as far as they can be counted."""
    code = question.code
    if question.options:
        return tuple(Choice(f"{code}={o.value}", o.label.say(language), o.help.say(language)) for o in question.options)
    if question.type is QuestionType.BOOLEAN:
        return (Choice(f"{code}=true", phrases.YES.say(language)), Choice(f"{code}=false", phrases.NO.say(language)))
    if question.type is QuestionType.CONSENT:
        return (
            Choice(f"{code}=true", phrases.AGREE.say(language)),
            Choice(f"{code}=false", phrases.DISAGREE.say(language)),
        )
    if question.type is QuestionType.SCALE:
        points = question.points
        return tuple(Choice(f"{code}={n}", str(n)) for n in points) if len(points) <= _FEW_POINTS else ()
    return ()


def asides(prompt: Ask, language: str) -> tuple[Choice, ...]:
    """Skip, "I do not know", "I do not have it", keep what was there, that was the last file."""
    question = prompt.question
    found = [
        Choice(f"{question.code}!{lack}", phrases.LACKS[lack].say(language), aside=True) for lack in question.unsure
    ]
    if prompt.gathered:
        found.append(Choice(f"{question.code}!done", phrases.DONE.say(language), aside=True))
    elif not question.required:
        found.append(Choice(f"{question.code}!skip", phrases.SKIP.say(language), aside=True))
    if prompt.before is not None:
        found.append(Choice(f"{question.code}!keep", phrases.KEEP.say(language), aside=True))
    return tuple(found)
