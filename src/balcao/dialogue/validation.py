"""Judging one answer: `check` returns its canonical form or raises Invalid. A canonical answer stays as it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, cast

from .errors import Invalid
from .parsing import parse_boolean, parse_date, parse_datetime, parse_money, parse_number
from .questions import LOCATION_WORDS, MAX_LINE, MOMENTS, NUMBERS, Question, QuestionType, Validators, Value
from .text import clean_line, clean_text, has_letters

MAX_FILES = 10
_EMAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@(?:[^\s@.<>,;:\"()\[\]\\/]{1,63}\.)+[^\s@.<>,;:\"()\[\]\\/]{2,63}")


def check(
    question: Question,
    raw: object,
    *,
    validators: Validators | None = None,
    now: datetime | None = None,
    language: str = "pt-br",
) -> Value:
    """The canonical answer (None = left empty, if it may be), or Invalid with the message key that says why not.

    `raw` is canonical, or a str that numbers, dates and yes/no are read from. `now`, in the agency's zone, is what
    "today" means; without it such limits are not applied. Never raises anything but Invalid.
    """
    value = _READERS[question.type](question, raw, language)
    if value is None:
        if question.required:
            raise Invalid("location_missing" if question.type is QuestionType.LOCATION else "required")
        return None
    if question.type is QuestionType.CONSENT and question.required and value is not True:
        raise Invalid("consent_required")
    _bounds(question, value, now)
    return _injected(question, value, validators or {})


def _line(question: Question, raw: object, language: str) -> Value:
    return _limited(question, clean_line(_words(raw)), language)


def _text(question: Question, raw: object, language: str) -> Value:
    return _limited(question, clean_text(_words(raw)), language)


def _words(raw: object) -> str:
    if raw is None:
        return ""
    if not isinstance(raw, str):
        raise Invalid("wrong_shape")
    return raw


def _limited(question: Question, text: str, language: str) -> Value:
    if not text:
        return None
    count = len(text)
    if count > question.longest:
        raise Invalid("too_long", {"count": count, "max": question.longest})
    if question.meaningful and not has_letters(text):
        raise Invalid("needs_letters")
    if question.min_length is not None and count < question.min_length:
        raise Invalid("too_short", {"count": count, "min": question.min_length})
    if question.pattern is not None and not re.fullmatch(question.pattern, text):
        if question.example:
            raise Invalid("pattern_example", {"example": question.example.say(language)})
        raise Invalid("pattern")
    return text


def _email(question: Question, raw: object, language: str) -> Value:
    text = _line(question, raw, language)
    if text is not None and not _EMAIL.fullmatch(str(text)):
        raise Invalid("email_invalid")
    return text


def _phone(question: Question, raw: object, language: str) -> Value:
    """At least a plausible number; the host's validator "phone" knows the countries."""
    text = _line(question, raw, language)
    if text is not None and not re.fullmatch(r"\+?[\d\s().\-/]{8,25}", str(text), re.ASCII):
        raise Invalid("phone_invalid")
    return text


def _number(question: Question, raw: object, language: str) -> Value:
    if isinstance(raw, str):
        line = clean_line(raw)
        return parse_number(line, language) if line else None
    if raw is None:
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float) or raw != raw:
        raise Invalid("wrong_shape")
    if abs(raw) >= 1e15:
        raise Invalid("number_too_large")
    return int(raw) if raw == int(raw) else raw


def _name(question: Question, raw: object, language: str) -> Value:
    text = _line(question, raw, language)
    if text is not None and not has_letters(str(text)):
        raise Invalid("needs_letters")
    return text


def _money(question: Question, raw: object, language: str) -> Value:
    """Two decimals at most: nobody means a thousandth, and "1,234" would not say whether it is a thousand."""
    if isinstance(raw, str):
        line = clean_line(raw)
        raw = parse_money(line, language) if line else None
    amount = _number(question, raw, language)
    if isinstance(amount, float) and round(amount, 2) != amount:
        raise Invalid("not_money")
    return amount


def _scale(question: Question, raw: object, language: str) -> Value:
    point = _number(question, raw, language)
    if point is not None and point not in question.points:
        raise Invalid("not_on_scale", {"min": question.points[0], "max": question.points[-1]})
    return point


def _date(question: Question, raw: object, language: str) -> Value:
    line = clean_line(_words(raw))
    return parse_date(line) if line else None


def _datetime(question: Question, raw: object, language: str) -> Value:
    line = clean_line(_words(raw))
    return parse_datetime(line) if line else None


def _boolean(question: Question, raw: object, language: str) -> Value:
    if raw is None or isinstance(raw, bool):
        return raw
    line = clean_line(_words(raw))
    return parse_boolean(line) if line else None


def _single(question: Question, raw: object, language: str) -> Value:
    value = _words(raw)
    if not value:
        return None
    if question.option(value) is None:
        raise Invalid("not_an_option")
    return value


def _multi(question: Question, raw: object, language: str) -> Value:
    chosen = _strings([raw] if isinstance(raw, str) else raw)
    if any(question.option(value) is None for value in chosen):
        raise Invalid("not_an_option")
    return [o.value for o in question.options if o.value in chosen] or None


def _strings(raw: object) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list | tuple) or not all(isinstance(item, str) for item in raw):
        raise Invalid("wrong_shape")
    return [item for item in raw if item]


def _files(question: Question, raw: object, language: str) -> Value:
    ids = list(dict.fromkeys(_strings([raw] if isinstance(raw, str) else raw)))
    if any(len(i) > MAX_LINE or clean_line(i) != i for i in ids):
        raise Invalid("wrong_shape")
    limit = question.max if isinstance(question.max, int) else MAX_FILES
    if len(ids) > limit:
        raise Invalid("too_many_files", {"count": len(ids), "max": limit})
    if ids and isinstance(question.min, int) and len(ids) < question.min:
        raise Invalid("too_few_files", {"count": len(ids), "min": question.min})
    return ids or None


def _location(question: Question, raw: object, language: str) -> Value:
    """A place has an address, a place code or a pin; number, complement, district and postcode alone are none."""
    if raw is None:
        return None
    if isinstance(raw, str):
        raw = {"address": raw}
    if not isinstance(raw, dict) or not set(raw) <= {*LOCATION_WORDS, "lat", "lon"}:
        raise Invalid("wrong_shape")
    place: dict[str, Any] = {}
    for part in LOCATION_WORDS:
        words = clean_line(_words(raw.get(part)))
        if len(words) > MAX_LINE:
            raise Invalid("too_long", {"count": len(words), "max": MAX_LINE})
        if words:
            place[part] = words
    if "postcode" in place and not re.fullmatch(r"\d{5}-?\d{3}|\d{4}-?\d{3}", place["postcode"], re.ASCII):
        raise Invalid("postcode_invalid")
    lat, lon = _coordinate(raw.get("lat"), 90), _coordinate(raw.get("lon"), 180)
    if (lat is None) != (lon is None):
        raise Invalid("pin_invalid")
    if lat is not None:
        place |= {"lat": lat, "lon": lon}
    if place and not place.keys() & {"address", "place", "lat"}:
        raise Invalid("location_missing")
    return place or None


def _coordinate(raw: object, limit: int) -> float | None:
    """Degrees with seven decimals (a centimetre), always with a point: browsers write them, not people."""
    if raw is None or raw == "":
        return None
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        raise Invalid("pin_invalid")
    try:
        degrees = float(raw)
    except (ValueError, OverflowError):
        raise Invalid("pin_invalid") from None
    if not -limit <= degrees <= limit:  # also false for NaN
        raise Invalid("pin_invalid")
    return round(degrees, 7)


def _statement(question: Question, raw: object, language: str) -> Value:
    raise Invalid("not_asked")


_READERS: dict[QuestionType, Callable[[Question, object, str], Value]] = {
    QuestionType.STRING: _line,
    QuestionType.NUMBER: _number,
    QuestionType.DATETIME: _datetime,
    QuestionType.TEXT: _text,
    QuestionType.SINGLE: _single,
    QuestionType.MULTI: _multi,
    QuestionType.DATE: _date,
    QuestionType.BOOLEAN: _boolean,
    QuestionType.LOCATION: _location,
    QuestionType.FILES: _files,
    QuestionType.EMAIL: _email,
    QuestionType.PHONE: _phone,
    QuestionType.DOCUMENT: _line,
    QuestionType.CONSENT: _boolean,
    QuestionType.NAME: _name,
    QuestionType.MONEY: _money,
    QuestionType.SCALE: _scale,
    QuestionType.STATEMENT: _statement,
    QuestionType.COMPUTED: _statement,
    QuestionType.END: _statement,
}


def _bounds(question: Question, value: Value, now: datetime | None) -> None:
    if question.type in NUMBERS:
        number = cast(float, value)
        if question.min is not None and number < cast(float, question.min):
            raise Invalid("too_small", {"min": cast(float, question.min)})
        if question.max is not None and number > cast(float, question.max):
            raise Invalid("too_big", {"max": cast(float, question.max)})
    elif question.type in MOMENTS:
        day = str(value)[:10]
        first, last = _day(question.min, now), _day(question.max, now)
        if first and day < first.isoformat():
            raise Invalid("too_early", {"min": f"{first:%d/%m/%Y}"})
        if last and day > last.isoformat():
            raise Invalid("too_late", {"max": f"{last:%d/%m/%Y}"})


def _day(bound: int | float | str | None, now: datetime | None) -> date | None:
    if bound == "today":
        return now.date() if now else None
    return date.fromisoformat(str(bound)) if bound is not None else None


def _injected(question: Question, value: Value, validators: Validators) -> Value:
    """The first validator that accepts decides. Several that all refuse give the general message, one gives its own."""
    names = question.validators
    if not names and question.type in (QuestionType.EMAIL, QuestionType.PHONE) and question.type.value in validators:
        names = (question.type.value,)
    refusals: list[Invalid] = []
    for name in names:
        try:
            return cast(Value, validators[name](value))
        except Invalid as refusal:
            refusals.append(refusal)
    if len(refusals) == 1:
        raise refusals[0]
    if refusals:
        raise Invalid("document_invalid")
    return value
