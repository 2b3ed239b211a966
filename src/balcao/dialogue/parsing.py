"""From what a channel delivers to a raw answer: a typed or spoken line (`parse_text`), a posted form (`parse_form`).

Parsing reads; it does not judge: limits, patterns and validators are `validation`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from .errors import Invalid
from .questions import LINES, LOCATION_WORDS, WORDS, Lack, Question, QuestionType, Value
from .text import clean_line, clean_text, fold, normal_language

YES = frozenset(["s", "sim", "y", "yes", "si", "true", "on", "1", "ok", "claro", "aceito", "concordo", "autorizo"])
NO = frozenset(["n", "nao", "no", "not", "false", "off", "2", "recuso", "discordo"])
LACKS = {
    **dict.fromkeys(("nao sei", "sei la", "nao lembro", "i do not know", "i don't know"), Lack.UNKNOWN),
    **dict.fromkeys(("nao tenho", "nao ha", "nao possuo", "i do not have it", "i don't have it"), Lack.NONE),
}
# Asked for a number of theirs, people say "não": they have none. Where "não" may be the answer itself, it is that.
_PLAIN_NO = frozenset({"nao", "n", "no"})
_YES_OR_NO = frozenset({QuestionType.BOOLEAN, QuestionType.CONSENT, QuestionType.SINGLE, QuestionType.MULTI})
SKIP = frozenset({"pular", "saltar", "skip", "nenhum", "nenhuma", "none", "nao sei", "nao tenho"})
_DASHES = frozenset({"-", "–", "—"})
EARLIEST, LATEST = date(1800, 1, 1), date(2200, 12, 31)

_DAY_FIRST = re.compile(r"(\d{1,2})\s*[/.-]\s*(\d{1,2})\s*[/.-]\s*(\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_CLOCK = re.compile(r"(\d{1,2})(?:[:h](\d{2}))?(?::\d{2}(?:\.\d+)?)?h?", re.ASCII | re.IGNORECASE)
_PAIR = re.compile(r"\s*(-?\d{1,3}[.,]\d+)\s*[,; ]\s*(-?\d{1,3}[.,]\d+)\s*", re.ASCII)
_POSITION = re.compile(r"\W*(\d{1,4})\W*")
_BETWEEN = re.compile(r"[,+/]|\s(?:e|and|y)\s", re.IGNORECASE)


def parse_number(text: str, language: str = "pt-br") -> int | float:
    """`3,5`, `1.234,5`, `1234.5` and, by the language, `1.234` (thousands in Portuguese, a fraction in English)."""
    bare = re.sub(r"[\s\u00a0\u202f]", "", text)
    comma, point = bare.count(","), bare.count(".")
    portuguese = normal_language(language).startswith("pt")
    if not re.fullmatch(r"[+-]?\d[\d.,]*", bare, re.ASCII):
        raise Invalid("not_a_number")
    if comma and point:  # the last mark is the decimal one
        thousands, decimal = (".", ",") if bare.rfind(",") > bare.rfind(".") else (",", ".")
        ok = _grouped(bare.split(decimal)[0], thousands) and bare.count(decimal) == 1
        bare = bare.replace(thousands, "").replace(decimal, ".")
    elif comma or point:
        mark = "," if comma else "."
        grouping = "." if portuguese else ","
        thousands_only = comma + point > 1 or (mark == grouping and _grouped(bare, mark))
        ok = not thousands_only or _grouped(bare, mark)
        bare = bare.replace(mark, "" if thousands_only else ".")
    else:
        ok = True
    if not ok or bare.endswith("."):
        raise Invalid("not_a_number")
    try:
        number = Decimal(bare)
    except InvalidOperation:  # pragma: no cover - the patterns above leave none
        raise Invalid("not_a_number") from None
    if abs(number) >= Decimal(10) ** 15:
        raise Invalid("number_too_large")
    return int(number) if number == number.to_integral_value() else float(number)


_CURRENCY = re.compile(r"^\s*(?:R\$|€|BRL|EUR)|(?:R\$|€|BRL|EUR|\breais|\breal|\beuros?)\s*$", re.IGNORECASE)


def parse_money(text: str, language: str = "pt-br") -> int | float:
    """`R$ 1.234,50`, `1234,5`, `12 €`, `20 reais`: the number, without its currency."""
    try:
        return parse_number(_CURRENCY.sub("", text), language)
    except Invalid as refusal:
        raise (Invalid("not_money") if refusal.code == "not_a_number" else refusal) from None


def _grouped(whole: str, mark: str) -> bool:
    """`1.234.567`: one to three digits, then threes."""
    return re.fullmatch(rf"[+-]?\d{{1,3}}({re.escape(mark)}\d{{3}})+", whole, re.ASCII) is not None


def parse_date(text: str, today: date | None = None) -> str:
    """ISO date of `25/04/2026`, `25-4-2026`, `2026-04-25`, and, when `today` is given, of hoje, ontem and anteontem."""
    bare = clean_line(text)
    if today is not None:
        back = {"hoje": 0, "today": 0, "ontem": 1, "yesterday": 1, "anteontem": 2}.get(fold(bare))
        if back is not None:
            return (today - timedelta(days=back)).isoformat()
    if found := _ISO.fullmatch(bare):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(bare):
        day, month, year = (int(part) for part in found.groups())
    else:
        raise Invalid("not_a_date")
    try:
        moment = date(year, month, day)
    except ValueError:
        raise Invalid("not_a_date") from None
    if not EARLIEST <= moment <= LATEST:
        raise Invalid("not_a_date")
    return moment.isoformat()


def parse_datetime(text: str, today: date | None = None) -> str:
    """`2026-04-25T14:30` of `25/04/2026 14:30`, `25/04/2026 às 14h30`, `2026-04-25T14:30:00`, `ontem 9h`. No offset."""
    bare = clean_line(text)
    halves = re.split(r"T(?=\d)|\s+(?:[àa]s?|at)\s+|,?\s+", bare, maxsplit=1, flags=re.IGNORECASE)
    clock = _CLOCK.fullmatch(halves[1].strip()) if len(halves) == 2 else None
    if clock is None or (clock[2] is None and not halves[1].strip().lower().endswith("h")):
        raise Invalid("not_a_datetime")
    try:
        day = date.fromisoformat(parse_date(halves[0], today))
        return datetime.combine(day, time(int(clock[1]), int(clock[2] or 0))).isoformat(timespec="minutes")
    except ValueError:
        raise Invalid("not_a_datetime") from None


def parse_boolean(text: str) -> bool:
    word = fold(text)
    if word in YES:
        return True
    if word in NO:
        return False
    raise Invalid("not_yes_or_no")


def parse_option(question: Question, text: str, language: str = "pt-br") -> str:
    """The value of the option that the words or the number name: exact label, number on the list, label, value."""
    line = clean_line(text)
    for labels in _labels(question, language):
        if line in labels:
            return labels[line]
    if question.numbered and (found := _POSITION.fullmatch(line)):
        position = int(found[1])
        if 1 <= position <= len(question.options):
            return question.options[position - 1].value
    folded = fold(line)
    for labels in _labels(question, language):
        by_fold = {fold(label): value for label, value in labels.items()}
        if folded and folded in by_fold:
            return by_fold[folded]
    if question.option(line):
        return line
    raise Invalid("not_an_option")


def _labels(question: Question, language: str) -> tuple[dict[str, str], dict[str, str]]:
    """Label → value: first in the person's language, then in any."""
    spoken = {o.label.say(language): o.value for o in question.options}
    every = {label: o.value for o in question.options for label in o.label.all()}
    return spoken, every


def parse_options(question: Question, text: str, language: str = "pt-br") -> list[str]:
    """Several options: `1, 3`, `1 3`, `poda e corte`, `Poda; Corte`; a label with a comma may be written whole."""
    values: list[str] = []
    for part in clean_text(text).replace("\n", ";").split(";"):
        for word in _pieces(question, part.strip(), language):
            value = parse_option(question, word, language)
            if value not in values:
                values.append(value)
    if not values:
        raise Invalid("not_an_option")
    return values


def _pieces(question: Question, part: str, language: str) -> list[str]:
    if not part:
        return []
    try:
        parse_option(question, part, language)
        return [part]
    except Invalid:
        pass
    if re.fullmatch(r"[\d\s]+", part):
        return part.split()
    pieces = [piece.strip() for piece in _BETWEEN.split(part)]
    return [piece for piece in pieces if piece]


def parse_text(question: Question, text: str, *, language: str = "pt-br", today: date | None = None) -> Value:
    """The raw answer in one line of chat, e-mail or keypad; None where the person skips a question that may be skipped.

    Raises Invalid. Files cannot be typed: give their ids as a list.
    """
    line = clean_line(text)
    kind = question.type
    if question.unsure and (lack := LACKS.get(fold(line))) is not None:
        if lack in question.unsure:
            return lack
        if kind in LINES:  # whoever does not know their number, and whoever has none, both cannot give it
            return question.unsure[0]
    if Lack.NONE in question.unsure and kind not in _YES_OR_NO and fold(line) in _PLAIN_NO:
        return Lack.NONE
    skipped = not line or (not question.required and (line in _DASHES or fold(line) in SKIP))
    if kind in (QuestionType.SINGLE, QuestionType.MULTI):
        read = parse_option if kind is QuestionType.SINGLE else parse_options
        try:
            return read(question, text, language)
        except Invalid:
            if skipped:
                return None
            raise
    if skipped:
        return None
    if kind in (QuestionType.NUMBER, QuestionType.SCALE):
        return parse_number(line, language)
    if kind is QuestionType.MONEY:
        return parse_money(line, language)
    if kind is QuestionType.DATE:
        return parse_date(line, today)
    if kind is QuestionType.DATETIME:
        return parse_datetime(line, today)
    if kind in (QuestionType.BOOLEAN, QuestionType.CONSENT):
        return parse_boolean(line)
    if kind is QuestionType.LOCATION:
        return _spoken_place(line)
    if kind is QuestionType.FILES:
        raise Invalid("wrong_shape")
    return text


def _spoken_place(line: str) -> Value:
    """`-23.55, -46.63` (as WhatsApp pastes it) is a pin; anything else is an address."""
    if found := _PAIR.fullmatch(line):
        return {"lat": float(found[1].replace(",", ".")), "lon": float(found[2].replace(",", "."))}
    return {"address": line}


def parse_form(questions: Iterable[Question], data: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """The raw answers, for `give_page`, in a posted form: field → values (Django: `dict(request.POST.lists())`).

    A field is named by its question's code; a place has `code.address`, `code.lat` … A question without a field is
    empty (browsers send nothing for an unmarked box); consent is then False. A mark at `code.unknown` or
    `code.none` says that the person does not know it or does not have it. Numbers and dates stay as they were typed.
    """
    raws: dict[str, Value] = {}
    for question in questions:
        sent = [value for value in data.get(question.code, ()) if value.strip()]
        if not question.asks:
            continue
        if said := [lack for lack in question.unsure if any(data.get(f"{question.code}.{lack}", ()))]:
            raws[question.code] = said[0]
            continue
        if question.type in (QuestionType.MULTI, QuestionType.FILES):
            raws[question.code] = list(sent) or None
        elif question.type is QuestionType.LOCATION:
            raws[question.code] = _posted_place(question.code, data)
        elif question.type is QuestionType.CONSENT:
            raws[question.code] = sent[-1] if sent else False
        elif question.type in WORDS:
            raws[question.code] = sent[0] if sent else None
        else:
            raws[question.code] = sent[0].strip() if sent else None
    return raws


def _posted_place(code: str, data: Mapping[str, Sequence[str]]) -> Value:
    place: dict[str, object] = {}
    for part in (*LOCATION_WORDS, "lat", "lon"):
        sent = [value.strip() for value in data.get(f"{code}.{part}", ()) if value.strip()]
        if sent:
            place[part] = sent[0]
    return place or None
