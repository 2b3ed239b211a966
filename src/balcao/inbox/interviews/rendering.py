"""What a channel shows of an interview. `config/wiring.py` says which channels can: this room knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from balcao.dialogue import Prompt
from balcao.dialogue.rendering import render_chat


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


def bubbles(prompts: Sequence[Prompt], *, language: str, translate: Callable[[str], str]) -> list[Said]:
    """For a chat of our own: `details["bubble"]` is the rendered `ChatMessage` without its text."""
    said = []
    for one in render_chat(prompts, language=language, translate=translate):
        shown = asdict(one)
        said.append(Said(shown.pop("text"), {"bubble": shown}))
    return said
