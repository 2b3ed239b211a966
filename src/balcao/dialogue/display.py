"""An answer in the words of its reader: for the review before sending, and for the person who reads the case."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .questions import CURRENCIES, Question, QuestionType, Value
from .text import normal_language
from .written import format_document, format_phone

_YES = {"pt": "Sim", "en": "Yes"}
_NO = {"pt": "Não", "en": "No"}


def display(question: Question, value: Value, language: str = "pt-br") -> str:
    """The answer in words, "" if it is empty.

    Reading back is exact for options, numbers, money, dates and yes/no: parse_text(display(x)) == x.
    Dates are day first in every language, as in both countries; several options are joined by "; ".
    """
    if value is None:
        return ""
    tongue = "pt" if normal_language(language).startswith("pt") else "en"
    if isinstance(value, bool):
        return (_YES if value else _NO)[tongue]
    if isinstance(value, int | float):
        if question.type is QuestionType.MONEY:
            return money(value, question.currency, tongue)
        plain = format(Decimal(repr(value)), "f")
        return plain.replace(".", ",") if tongue == "pt" else plain
    if isinstance(value, dict):
        return _place(value)
    if isinstance(value, list):
        return "; ".join(_label(question, item, language) for item in value)
    if question.type is QuestionType.DOCUMENT:
        return format_document(value)
    if question.type is QuestionType.PHONE:
        return format_phone(value)
    if question.type is QuestionType.SINGLE:
        return _label(question, value, language)
    if question.type is QuestionType.DATE:
        return f"{date.fromisoformat(value):%d/%m/%Y}"
    if question.type is QuestionType.DATETIME:
        return f"{datetime.fromisoformat(value):%d/%m/%Y %H:%M}"
    return value


def money(amount: int | float, currency: str, tongue: str) -> str:
    """`R$ 1.234,50`, `1.234,50 €`, in English `€1,234.50`; whole amounts too have their two decimals."""
    plain = f"{Decimal(repr(amount)):,.2f}"
    if tongue == "pt":
        plain = plain.translate({ord(","): ".", ord("."): ","})
        return f"R$ {plain}" if currency == "BRL" else f"{plain} {CURRENCIES[currency]}"
    return f"{CURRENCIES[currency]}{plain}"


def _label(question: Question, value: str, language: str) -> str:
    option = question.option(value)
    return option.label.say(language) if option else value


def _place(place: dict[str, Any]) -> str:
    words = [str(place[k]) for k in ("address", "number", "complement", "district", "postcode") if place.get(k)]
    if not words and place.get("place"):
        words = [str(place["place"])]
    if not words and "lat" in place:
        words = [f"{place['lat']:.5f}, {place['lon']:.5f}"]
    return ", ".join(words)
