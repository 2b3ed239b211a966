"""What a channel shows of an interview. `config/wiring.py` says which channels can: this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from balcao.dialogue import Prompt
from balcao.dialogue.rendering import render_chat, render_letter

from ..conversations.models import Conversation


@dataclass(frozen=True)
class Said:
    """One message of ours: `text` can be read alone, `details` are what the channel makes buttons, lists … of."""

    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


class Renderer(Protocol):
    """As few messages as hold the prompts. `translate` is gettext, in the person's language."""

    def __call__(
        self, prompts: Sequence[Prompt], *, language: str, translate: Callable[[str], str]
    ) -> Sequence[Said]: ...


RENDERERS: dict[str, Renderer] = {}
#: Channels of letters: an interview is had there where the line says so, all that is open in one letter.
BY_LETTER: dict[str, Renderer] = {}


def can_ask(conversation: Conversation) -> bool:
    """Whether an interview may run in this conversation."""
    line = conversation.line
    by_letter = conversation.channel in BY_LETTER and line is not None and line.interview_by_mail
    return conversation.channel in RENDERERS or by_letter


def letters(prompts: Sequence[Prompt], *, language: str, translate: Callable[[str], str]) -> list[Said]:
    """One letter of plain text."""
    text = render_letter(prompts, language=language, translate=translate)
    return [Said(text)] if text else []


def bubbles(prompts: Sequence[Prompt], *, language: str, translate: Callable[[str], str]) -> list[Said]:
    """For a chat of our own: `details["bubble"]` is the rendered `ChatMessage` without its text."""
    said = []
    for one in render_chat(prompts, language=language, translate=translate):
        shown = asdict(one)
        said.append(Said(shown.pop("text"), {"bubble": shown}))
    return said
