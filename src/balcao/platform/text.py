"""Text as people write it, made safe to keep, compare and show."""

from __future__ import annotations

import unicodedata

import nh3
from markdown_it import MarkdownIt

#: Characters that reorder or hide the text around them (Unicode TR 36, "Trojan Source"), the byte-order mark and the
#: soft hyphen.
_INVISIBLE = frozenset(
    "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c\u200b\u2060\ufeff\u00ad"
)
_REFUSED = frozenset({"Cc", "Cs", "Co"})
_LETTERS_APART = str.maketrans({"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "º": "o", "ª": "a"})

RICH_TAGS = frozenset({"p", "br", "strong", "em", "ul", "ol", "li", "a"})
RICH_SCHEMES = ("http:", "https:", "mailto:", "tel:")
# CommonMark without HTML, images, headings, quotes and code: what may be meant as plain text stays plain text.
_MARKDOWN = MarkdownIt("zero", {"breaks": True}).enable(["list", "emphasis", "link", "autolink", "escape", "newline"])


def clean_text(text: str, *, one_line: bool = False) -> str:
    """What a person wrote, in NFC, without control, reordering, private or lone surrogate characters, trimmed.

    Line breaks become "\\n" and at most two stay together; with `one_line` every run of white space becomes one space.
    Letters of every script, emoji and their joiners stay. NUL, which PostgreSQL refuses, goes.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    # Most text holds none of these, and a look at each character is slow.
    plain = text.replace("\n", " ").replace("\t", " ").isprintable()
    kept = text if plain else "".join(c for c in text if _stays(c))
    kept = unicodedata.normalize("NFC", kept)
    if one_line:
        return " ".join(kept.split())
    lines = [line.rstrip() for line in kept.replace("\t", " ").split("\n")]
    held = [line for number, line in enumerate(lines) if line or number == 0 or lines[number - 1]]
    return "\n".join(held).strip()


def _stays(c: str) -> bool:
    return c in "\n\t" or (c not in _INVISIBLE and unicodedata.category(c) not in _REFUSED)


def has_words(text: str) -> bool:
    """True when there is a letter or a digit in it: an emoji alone, or punctuation, tells nobody what happened."""
    return any(unicodedata.category(c)[0] == "L" or unicodedata.category(c) == "Nd" for c in text)


def sort_key(text: str) -> str:
    """The one key by which names sort and compare: no accents, lower case, as `balcao_key` does it in the database."""
    apart = unicodedata.normalize("NFD", text.lower().translate(_LETTERS_APART))
    return unicodedata.normalize("NFC", "".join(c for c in apart if unicodedata.category(c) != "Mn"))


def rich_text(text: str) -> str:
    """HTML of light Markdown: paragraphs, line breaks, **bold**, *italics*, lists, [links](https://…).

    Safe whatever was typed: HTML shows as the letters it was typed with, and only the few tags above leave, links only
    to http(s), mailto and tel, without handing over who linked. Plain text comes out as paragraphs."""
    return nh3.clean(
        _MARKDOWN.render(clean_text(text)),
        tags=set(RICH_TAGS),
        attributes={"a": {"href"}, "ol": {"start"}, "*": set()},
        attribute_filter=_ours,
        url_schemes={scheme[:-1] for scheme in RICH_SCHEMES},
        link_rel="noopener nofollow",
    )


def _ours(tag: str, name: str, value: str) -> str | None:
    """An address without a scheme would lead into our own pages, or with “//” anywhere."""
    return None if name == "href" and not value.lower().startswith(RICH_SCHEMES) else value
