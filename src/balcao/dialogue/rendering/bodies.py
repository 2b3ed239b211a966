"""The words of a prompt, without its choices."""

from __future__ import annotations

from collections.abc import Callable

from .. import phrases
from ..display import display
from ..interview import ReviewLine
from ..messages import explain
from ..prompts import Ask, Ended, Finished, Handover, Prompt, Refused, Review, Tell, WhichOne
from ..questions import QuestionType

Translate = Callable[[str], str]


def body(prompt: Prompt, language: str, translate: Translate) -> str:
    """What the prompt says; "" for `Finished`, whose words (number, access code) are the host's."""
    match prompt:
        case Tell(text):
            return text.say(language)
        case Refused(problem):
            return explain(problem, translate)
        case Ask():
            return _asked(prompt, language)
        case Review(lines):
            told = "\n".join(said(line, language) for line in lines)
            return f"{phrases.REVIEW.say(language)}\n{told}\n\n{phrases.MAY_WE_SEND.say(language)}"
        case WhichOne():
            return phrases.WHICH_ONE.say(language)
        case Ended(question):
            words = [question.prompt.say(language), question.next_step.say(language), question.url]
            return "\n".join(word for word in words if word)
        case Handover():
            return phrases.HANDOVER.say(language)
        case Finished():
            return ""


def said(line: ReviewLine, language: str) -> str:
    """One line of the review. A question without a mark at its end gets a colon: its answer would read on from it."""
    asked = line.question.prompt.say(language)
    colon = "" if asked.endswith(("?", ":", ".", "!", "…")) else ":"
    return f"• {asked}{colon} {line.text or phrases.EMPTY.say(language)}"


def _asked(prompt: Ask, language: str) -> str:
    question = prompt.question
    words = [question.prompt.say(language), question.help.say(language), question.why.say(language)]
    if question.example:
        words.append(phrases.EXAMPLE.say(language).format(example=question.example.say(language)))
    if prompt.before is not None:
        words.append(phrases.BEFORE.say(language).format(answer=display(question, prompt.before, language)))
    if question.type is QuestionType.FILES:
        words.append(phrases.SEND_FILES.say(language))
        if prompt.gathered:
            words.append(phrases.FILES_SO_FAR.say(language).format(count=prompt.gathered))
    elif question.type is QuestionType.LOCATION:
        words.append(phrases.SEND_PLACE.say(language))
    return "\n".join(word for word in words if word)
