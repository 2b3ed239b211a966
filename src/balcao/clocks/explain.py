"""The arithmetic of a deadline in the reader's language: one short sentence for each step."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import Deadline
from .worktime import CALENDAR_DAYS, WORKING_DAYS

Params = Mapping[str, Any]


def explain(deadline: Deadline, locale: str) -> list[str]:
    """The sentences, in order, from receipt to date. `locale` is a Django language code, e.g. "pt-br"."""
    return sentences(deadline.explanation, locale)


def sentences(steps: Iterable[Mapping[str, Any]], locale: str) -> list[str]:
    with translation.override(locale):
        return [SENTENCES[step["key"]](step["params"]) for step in steps]


def amount_in_words(amount: int, unit: str) -> str:
    """“15 working days”, in the language that is active."""
    if unit == CALENDAR_DAYS:
        text = ngettext("%(n)d calendar day", "%(n)d calendar days", amount)
    elif unit == WORKING_DAYS:
        text = ngettext("%(n)d working day", "%(n)d working days", amount)
    else:
        text = ngettext("%(n)d working hour", "%(n)d working hours", amount)
    return text % {"n": amount}


def _received(p: Params) -> str:
    return _("Received on %(when)s.") % {"when": _moment(p["at"])}


def _counts_from(p: Params) -> str:
    if p["start"] == "next_working_day":
        return _("Counting starts on %(day)s, the next working day.") % {"day": _day(p["day"])}
    return _("Counting starts on %(day)s, the next day.") % {"day": _day(p["day"])}


def _counts_at(p: Params) -> str:
    if p["open"]:
        return _("Counting starts at once, because we were open.")
    return _("Counting starts on %(when)s, when we opened again.") % {"when": _moment(p["at"])}


def _amount(p: Params) -> str:
    words = amount_in_words(p["amount"], p["unit"])
    if not p["citation"]:
        return _("We promise an answer within %(amount)s.") % {"amount": words}
    if p["own"]:
        longest = amount_in_words(p["longest"], p["unit"])
        return _("We promise an answer within %(amount)s; the law allows %(longest)s (%(law)s).") % {
            "amount": words,
            "longest": longest,
            "law": p["citation"],
        }
    return _("The law allows %(amount)s (%(law)s).") % {"amount": words, "law": p["citation"]}


def _extended(p: Params) -> str:
    words = amount_in_words(p["amount"], p["unit"])
    return _("Extended by %(amount)s, because: %(reason)s") % {"amount": words, "reason": _sentence(p["reason"])}


def _paused(p: Params) -> str:
    if p["end"] is None:
        return _("Paused since %(start)s, because: %(reason)s The new date is set when the pause ends.") % {
            "start": _moment(p["start"]),
            "reason": _sentence(p["reason"]),
        }
    text = _("Paused from %(start)s to %(end)s, because: %(reason)s") % {
        "start": _moment(p["start"]),
        "end": _moment(p["end"]),
        "reason": _sentence(p["reason"]),
    }
    if p["days"] is None:
        return text
    return text + " " + ngettext("%(n)d day does not count.", "%(n)d days do not count.", p["days"]) % {"n": p["days"]}


def _skipped(p: Params) -> str:
    days = "; ".join(f"{_day(day)} ({name})" for day, name in p["days"])
    return _("Holidays that do not count: %(days)s.") % {"days": days}


def _rolls(p: Params) -> str:
    named = {"day": _day(p["day"]), "to": _day(p["to"]), "name": p["name"]}
    if p["why"] == "holiday":
        return _("%(day)s is a holiday (%(name)s), so it moves to %(to)s.") % named
    if p["why"] == "short":
        return _("On %(day)s we close early, so it moves to %(to)s.") % named
    return _("On %(day)s we are closed, so it moves to %(to)s.") % named


def _due(p: Params) -> str:
    if p["hours"]:
        return _("The answer is due by %(when)s.") % {"when": _moment(p["at"])}
    return _("The answer is due by the end of %(day)s.") % {"day": _day(p["at"][:10])}


def _capped(p: Params) -> str:
    when = _moment(p["at"]) if p["hours"] else _day(p["at"][:10])
    return _(
        "Its own time would end on %(when)s, after the date promised to the citizen, so it ends with that date."
    ) % {"when": when}


SENTENCES: Mapping[str, Callable[[Params], str]] = {
    "received": _received,
    "counts_from": _counts_from,
    "counts_at": _counts_at,
    "amount": _amount,
    "extended": _extended,
    "paused": _paused,
    "skipped": _skipped,
    "rolls": _rolls,
    "capped": _capped,
    "due": _due,
}


def _day(iso: str) -> str:
    day = date.fromisoformat(iso)
    return f"{formats.date_format(day, 'l')}, {formats.date_format(day, 'DATE_FORMAT')}"


def _moment(iso: str) -> str:
    # The steps hold local time; Django would convert an aware moment to its own zone.
    local = datetime.fromisoformat(iso).replace(tzinfo=None)
    return f"{_day(iso[:10])}, {formats.time_format(local.time(), 'H:i')}"


def _sentence(reason: str) -> str:
    return reason if reason.endswith((".", "!", "?")) else f"{reason}."
