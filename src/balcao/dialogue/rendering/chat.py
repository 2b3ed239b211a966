"""The web chat: bubbles with buttons, a list to tick, or a field fit for the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ..messages import gettext_noop
from ..prompts import Ask, Ended, Finished, Prompt, Refused
from ..questions import QuestionType
from .bodies import Translate, body
from .choices import Choice, choices

T = QuestionType


class Expects(StrEnum):
    """The field that a chat opens under its last message. Typed words are taken by every one of them."""

    NOTHING = "nothing"
    TEXT = "text"
    LINES = "lines"
    NUMBER = "number"
    DATE = "date"
    DATETIME = "datetime"
    EMAIL = "email"
    PHONE = "phone"
    ONE = "one"  # tap one of the choices
    SEVERAL = "several"  # tick some of the choices; sent together, as `Raw` with the options' values
    PLACE = "place"
    FILES = "files"


_FIELDS = {
    T.TEXT: Expects.LINES,
    T.NUMBER: Expects.NUMBER,
    T.MONEY: Expects.NUMBER,
    T.DATE: Expects.DATE,
    T.DATETIME: Expects.DATETIME,
    T.EMAIL: Expects.EMAIL,
    T.PHONE: Expects.PHONE,
    T.MULTI: Expects.SEVERAL,
    T.LOCATION: Expects.PLACE,
    T.FILES: Expects.FILES,
}


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One bubble. `code` is the question's, "" where none is asked. `sensitive`: do not keep what is typed in the
    browser. `alert`: it says what was wrong with the last answer. `link`: where the next step is done."""

    text: str
    code: str = ""
    choices: tuple[Choice, ...] = ()
    expects: Expects = Expects.NOTHING
    sensitive: bool = False
    alert: bool = False
    link: str = ""


def render_chat(
    prompts: Sequence[Prompt], *, language: str = "pt-br", translate: Translate = gettext_noop
) -> tuple[ChatMessage, ...]:
    """A bubble for each prompt that says something."""
    return tuple(_bubble(prompt, language, translate) for prompt in prompts if not isinstance(prompt, Finished))


def _bubble(prompt: Prompt, language: str, translate: Translate) -> ChatMessage:
    text, offered = body(prompt, language, translate), choices(prompt, language)
    if isinstance(prompt, Ask):
        question = prompt.question
        own = any(not choice.aside for choice in offered)
        field = _FIELDS.get(question.type, Expects.ONE if own else Expects.TEXT)
        return ChatMessage(text, question.code, offered, field, question.sensitive)
    link = prompt.question.url if isinstance(prompt, Ended) else ""
    expects = Expects.ONE if offered else Expects.NOTHING
    return ChatMessage(text, "", offered, expects, alert=isinstance(prompt, Refused), link=link)
