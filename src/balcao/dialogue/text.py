"""Texts in several languages, and the cleaning and folding of what people type."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

LANGUAGES = ("pt-br", "pt-pt", "en")

# Invisible characters that carry no meaning here and can hide or reorder others. The joiners U+200C and U+200D stay:
# emoji and some scripts need them.
_INVISIBLE = frozenset("\u00ad\u200b\u200e\u200f\u2060\ufeff\u061c") | {
    chr(c) for c in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}


def normal_language(language: str) -> str:
    """`pt_BR` and `pt-BR` are both `pt-br`."""
    return language.lower().replace("_", "-")


@dataclass(frozen=True)
class Text:
    """One sentence in one or more languages; a plain `str` is the same in all of them (language `""`)."""

    versions: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        return any(words for _, words in self.versions)

    @classmethod
    def of(cls, data: str | dict[str, str]) -> Text:
        if isinstance(data, str):
            return cls((("", data),)) if data else cls()
        return cls(tuple((normal_language(lang), words) for lang, words in data.items()))

    def data(self) -> str | dict[str, str]:
        """The plain form, as `of` takes it."""
        table = dict(self.versions)
        if not table:
            return ""
        return table[""] if set(table) == {""} else table

    def say(self, language: str = "pt-br") -> str:
        """The version for `language`, else one of the same tongue (pt-PT for pt-BR), else our order, else any."""
        for lang, words in self.versions:
            if lang == language:
                return words
        table = dict(self.versions)
        wanted = normal_language(language)
        if wanted in table:
            return table[wanted]
        tongue = wanted.split("-")[0]
        for lang in (*LANGUAGES, *table):
            if lang in table and lang.split("-")[0] == tongue:
                return table[lang]
        for lang in ("", *LANGUAGES, *table):
            if lang in table:
                return table[lang]
        return ""

    def all(self) -> tuple[str, ...]:
        return tuple(words for _, words in self.versions)


NO_TEXT = Text()


def clean_text(raw: str) -> str:
    """What is kept of a typed text: NFC, newlines as `\\n`, no control or invisible characters, trimmed.

    Lone surrogates go too: neither UTF-8 nor PostgreSQL can hold them. White space and joiners
    alone are "". Cleaning twice is cleaning once.
    """
    if raw.isprintable() and unicodedata.is_normalized("NFC", raw):  # as most is; a look at each character is slow
        return raw.strip()
    text = raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    text = text.replace("\t", " ")
    kept = (c for c in text if c == "\n" or (c not in _INVISIBLE and unicodedata.category(c) not in ("Cc", "Cs")))
    text = unicodedata.normalize("NFC", "".join(kept)).strip()
    if all(unicodedata.category(c) in ("Zs", "Cf", "Cc") for c in text):
        return ""
    return text


def clean_line(raw: str) -> str:
    """`clean_text` on one line: each newline is a space."""
    text = clean_text(raw)
    return clean_text(text.replace("\n", " ")) if "\n" in text else text


def has_letters(text: str) -> bool:
    return any(unicodedata.category(c).startswith("L") for c in text)


_OUTER = " .,;:!?()[]\"'*_-"


def fold(text: str) -> str:
    """The form in which two typings of the same words are equal: no case, accents or outer punctuation."""
    if text.isascii():
        return " ".join(text.lower().split()).strip(_OUTER)
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if unicodedata.category(c) != "Mn")
    return " ".join(bare.casefold().split()).strip(_OUTER)
