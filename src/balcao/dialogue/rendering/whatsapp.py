"""WhatsApp: reply buttons, a list, a request for the location, else numbered text.

The limits are those of the Cloud API's interactive messages (developers.facebook.com/docs/whatsapp/cloud-api/messages):
3 buttons of 20 characters under a body of 1,024; a list of 10 rows with titles of 24, descriptions of 72 and ids of 200
under a body of 4,096; a text of 4,096. Characters are counted as UTF-16 units, the stricter of the two ways to count an
emoji. Nothing is cut off: what does not fit is said as text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .. import phrases
from ..messages import gettext_noop
from ..prompts import Ask, Finished, Prompt
from ..questions import QuestionType
from .bodies import Translate, body
from .choices import Choice, choices

TEXT, BUTTONS_BODY, LIST_BODY, LOCATION_BODY = 4096, 1024, 4096, 1024
MAX_BUTTONS, BUTTON_TITLE = 3, 20
MAX_ROWS, ROW_TITLE, ROW_DESCRIPTION, ROW_ID = 10, 24, 72, 200


@dataclass(frozen=True, slots=True)
class WhatsAppText:
    body: str


@dataclass(frozen=True, slots=True)
class WhatsAppButton:
    """`id` comes back in the webhook's `button_reply`; give it to the interview as a `Tap`."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class WhatsAppButtons:
    """`interactive` of type `button`."""

    body: str
    buttons: tuple[WhatsAppButton, ...]


@dataclass(frozen=True, slots=True)
class WhatsAppRow:
    """`id` comes back in the webhook's `list_reply`; give it to the interview as a `Tap`."""

    id: str
    title: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class WhatsAppList:
    """`interactive` of type `list`, one section without a title. `button` opens it."""

    body: str
    button: str
    rows: tuple[WhatsAppRow, ...]


@dataclass(frozen=True, slots=True)
class WhatsAppLocationRequest:
    """`interactive` of type `location_request_message`; the pin comes back as a `location`: a `Raw({lat, lon, …})`."""

    body: str


WhatsAppMessage = WhatsAppText | WhatsAppButtons | WhatsAppList | WhatsAppLocationRequest


def render_whatsapp(
    prompts: Sequence[Prompt], *, language: str = "pt-br", translate: Translate = gettext_noop
) -> tuple[WhatsAppMessage, ...]:
    """As few messages as hold them: what is told before a question stands in the question's own message."""
    messages: list[WhatsAppMessage] = []
    words: list[str] = []
    for prompt in prompts:
        if isinstance(prompt, Finished):
            continue
        words.append(body(prompt, language, translate))
        offered = choices(prompt, language)
        if offered or _place(prompt):
            messages += _interactive(words, prompt, offered, language)
            words = []
    return (*messages, *_texts(words))


def _interactive(
    words: list[str], prompt: Prompt, offered: tuple[Choice, ...], language: str
) -> Iterator[WhatsAppMessage]:
    if _place(prompt):
        told = [*words, _or_type(offered, language)] if offered else words
        yield from _headed(told, LOCATION_BODY, language, WhatsAppLocationRequest)
    elif isinstance(prompt, Ask) and prompt.question.type is QuestionType.MULTI:
        yield from _texts([*words, _numbered(prompt, offered, language)])
    elif buttons := _buttons(offered):
        yield from _headed(words, BUTTONS_BODY, language, lambda said: WhatsAppButtons(said, buttons))
    elif rows := _rows(offered):
        label = phrases.OPTIONS.say(language)
        yield from _headed(words, LIST_BODY, language, lambda said: WhatsAppList(said, label, rows))
    else:
        yield from _texts([*words, _numbered(prompt, offered, language)])


def _place(prompt: Prompt) -> bool:
    return isinstance(prompt, Ask) and prompt.question.type is QuestionType.LOCATION


def _buttons(offered: Sequence[Choice]) -> tuple[WhatsAppButton, ...]:
    """None where they do not fit, or where a choice's explanation would be lost."""
    fit = len(offered) <= MAX_BUTTONS and all(
        units(c.label) <= BUTTON_TITLE and units(c.id) <= ROW_ID and not c.help for c in offered
    )
    return tuple(WhatsAppButton(c.id, c.label) for c in offered) if fit and _distinct(offered) else ()


def _rows(offered: Sequence[Choice]) -> tuple[WhatsAppRow, ...]:
    """None where they do not fit. A label that is too long for a title stands whole in the description."""
    rows = []
    for choice in offered:
        title, description = choice.label, choice.help
        if units(title) > ROW_TITLE and not description:
            title, description = cut(title, ROW_TITLE - 1).rstrip() + "…", title
        rows.append(WhatsAppRow(choice.id, title, description))
    fit = len(rows) <= MAX_ROWS and all(
        units(r.title) <= ROW_TITLE and units(r.description) <= ROW_DESCRIPTION and units(r.id) <= ROW_ID for r in rows
    )
    return tuple(rows) if fit and len({row.title for row in rows}) == len(rows) else ()


def _distinct(offered: Sequence[Choice]) -> bool:
    return len({choice.label for choice in offered}) == len(offered)


def _numbered(prompt: Prompt, offered: Sequence[Choice], language: str) -> str:
    """The choices as lines of text, and how to answer with them."""
    own = [choice for choice in offered if not choice.aside]
    question = prompt.question if isinstance(prompt, Ask) else None
    if question is not None and question.type is QuestionType.SCALE:
        lines = [phrases.SCALE.say(language).format(min=question.points[0], max=question.points[-1])]
    else:
        numbered = question is None or question.numbered
        marks = [f"{number}." if numbered else "•" for number in range(1, len(own) + 1)]
        lines = [
            f"{mark} {c.label} ({c.help})" if c.help else f"{mark} {c.label}"
            for mark, c in zip(marks, own, strict=True)
        ]
        several = question is not None and question.type is QuestionType.MULTI
        how = (phrases.TYPE_A_NUMBER, phrases.TYPE_NUMBERS) if numbered else (phrases.TYPE_A_LABEL, phrases.TYPE_LABELS)
        lines += ["", how[several].say(language)] if own else []
    if len(own) < len(offered):
        lines.append(_or_type(offered, language))
    return "\n".join(lines)


def _or_type(offered: Sequence[Choice], language: str) -> str:
    words = "; ".join(f"“{choice.label.lower()}”" for choice in offered if choice.aside)
    return phrases.OR_TYPE.say(language).format(words=words)


def _headed(
    words: Sequence[str], limit: int, language: str, make: Callable[[str], WhatsAppMessage]
) -> Iterator[WhatsAppMessage]:
    """One message if its words fit above the choices; else what comes before as text, the question alone above them."""
    for start in (0, len(words) - 1):
        said = "\n\n".join(word for word in words[start:] if word)
        if 0 < units(said) <= limit:
            yield from _texts(words[:start])
            yield make(said)
            return
    yield from _texts(words)
    yield make(phrases.CHOOSE.say(language))


def _texts(words: Sequence[str]) -> Iterator[WhatsAppText]:
    rest = "\n\n".join(word for word in words if word).strip()
    while rest:
        piece = cut(rest, TEXT)
        if piece != rest:
            for mark in ("\n\n", "\n", " "):
                if (at := piece.rfind(mark)) > len(piece) // 2:
                    piece = piece[:at]
                    break
        if piece.strip():
            yield WhatsAppText(piece.strip())
        rest = rest[len(piece) :].strip()


def units(text: str) -> int:
    """UTF-16 units: an emoji counts two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """The longest beginning of at most `limit` units."""
    if units(text) <= limit:
        return text
    piece = text[:limit]
    while units(piece) > limit:
        piece = piece[: len(piece) - max(1, (units(piece) - limit) // 2)]
    return piece
