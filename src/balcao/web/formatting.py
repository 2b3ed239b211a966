"""How the product writes numbers and moments for people: protocol numbers, relative dates, durations.

Everything takes `now` so that a test, or a replayed demand, can say which moment it is.
"""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from html import escape
from typing import NamedTuple

from django.utils import formats, timezone
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from balcao.platform.numbering import format_protocol
from balcao.platform.text import rich_text

_NEAR = timedelta(days=7)


class Here(NamedTuple):
    """The zone and the language of the moment: a list asks for them once, not for each of its dates."""

    zone: tzinfo
    language: str | None

    @classmethod
    def now(cls) -> Here:
        return cls(timezone.get_current_timezone(), get_language())


def escaped(value: object) -> str:
    """As Django's `conditional_escape`, without its look at each argument for words that are translated later: a list's
    page escapes some six hundred times."""
    return value.__html__() if hasattr(value, "__html__") else escape(str(value))


def short_day(day: date) -> str:
    """The date in figures, as the language writes it. Remembered, as are moments: a list shows the same again."""
    return _written(day, "SHORT_DATE_FORMAT", get_language())


@lru_cache(maxsize=10_000)
def _written(moment: date | time, form: str, language: str | None) -> str:
    return formats.time_format(moment, form) if isinstance(moment, time) else formats.date_format(moment, form)


def _to_the_minute(local: datetime) -> datetime:
    """None of our languages' formats goes further, or says the zone."""
    return local.replace(second=0, microsecond=0, tzinfo=None)


def protocol(number: object) -> str:
    """A protocol number as receipts and letters write it: year, groups, check digits.

    >>> protocol("2026000123457")
    '2026.0001.234-57'

    What is no whole number of at least 13 digits (spaces, dots, dashes and slashes aside) comes back untouched.
    """
    digits = re.sub(r"[\s./-]", "", str(number or ""))
    return format_protocol(digits) if digits.isdigit() and len(digits) >= 13 else str(number or "")


def duration(value: timedelta | int | float | None) -> str:
    """A length of time in its two largest units: "2 days 3 hours". Numbers are seconds; None is empty."""
    if value is None:
        return ""
    seconds = abs(value.total_seconds() if isinstance(value, timedelta) else float(value))
    minutes = int(seconds // 60)
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if days:
        parts.append(ngettext("%(n)d day", "%(n)d days", days) % {"n": days})
    if hours:
        parts.append(ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours})
    # minutes say nothing beside days
    if (minutes and not days) or not parts:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes})
    return " ".join(parts[:2])


def day_words(day: date, today: date) -> str:
    """The day as seen from `today`: "tomorrow", "in 3 days", "3 days ago"; further than a month: the date itself."""
    delta = (day - today).days
    if delta == 0:
        return _("today")
    if delta == 1:
        return _("tomorrow")
    if delta == -1:
        return _("yesterday")
    if 0 < delta <= 31:
        return ngettext("in %(n)d day", "in %(n)d days", delta) % {"n": delta}
    if -31 <= delta < 0:
        return ngettext("%(n)d day ago", "%(n)d days ago", -delta) % {"n": -delta}
    return short_day(day)


def moment_words(moment: datetime, now: datetime) -> str:
    """A moment near enough to be told as a distance: "5 minutes ago", "yesterday at 14:10", else date and time."""
    local, here = timezone.localtime(moment), timezone.localtime(now)
    gap = now - moment
    if timedelta(0) <= gap < timedelta(minutes=1):
        return _("just now")
    if timedelta(0) <= gap < timedelta(hours=6):
        return _("%(duration)s ago") % {"duration": _one_unit(gap)}
    if timedelta(0) < -gap < timedelta(hours=6):
        return _("in %(duration)s") % {"duration": _one_unit(gap)}
    day = day_words(local.date(), here.date()) if abs(gap) < _NEAR else short_day(local.date())
    clock = _written(_to_the_minute(local).time(), "TIME_FORMAT", get_language())
    return _("%(day)s at %(time)s") % {"day": day, "time": clock}


def when(value: date | datetime | None, now: datetime | None = None, here: Here | None = None) -> SafeString | str:
    """`<time>` with words a person says, the exact moment in `datetime` and in the tooltip. Empty for None."""
    if value is None or value == "":
        return ""
    now = now or timezone.now()
    if not isinstance(value, datetime):
        exact = _written(value, "DATE_FORMAT", get_language())
        return _timed(value.isoformat(), exact, day_words(value, timezone.localtime(now).date()))
    zone, language = here or Here.now()
    local = timezone.localtime(value, zone)
    machine = local.isoformat(timespec="minutes")
    if abs(now - value) >= _NEAR:
        return _long_ago(machine, language)
    return _timed(machine, _written(_to_the_minute(local), "DATETIME_FORMAT", language), moment_words(value, now))


@lru_cache(maxsize=10_000)
def _long_ago(machine: str, language: str | None) -> SafeString:
    """A moment, or one far ahead, that is told alike whenever it is looked at."""
    local = _to_the_minute(datetime.fromisoformat(machine))
    told = {"day": short_day(local.date()), "time": _written(local.time(), "TIME_FORMAT", language)}
    return _timed(machine, _written(local, "DATETIME_FORMAT", language), _("%(day)s at %(time)s") % told)


def _timed(machine: str, exact: str, words: str) -> SafeString:
    return SafeString(f'<time datetime="{machine}" title="{escape(exact)}">{escape(words)}</time>')


def _one_unit(gap: timedelta) -> str:
    minutes = max(1, int(abs(gap.total_seconds()) // 60))
    if minutes < 60:
        return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
    return ngettext("%(n)d hour", "%(n)d hours", minutes // 60) % {"n": minutes // 60}


def initial(user: object) -> str:
    """The letter in someone's round sign: of `name`, else of the sign-in name; a middle dot for nobody."""
    sign_in = getattr(user, "get_username", str)
    return (str(getattr(user, "name", "") or sign_in() or "")[:1] or "·").upper()


def language_tag(code: str) -> str:
    """A Django language code as `lang=` writes it (BCP 47): "pt-br" is "pt-BR". None is the default language."""
    language, _dash, country = (code or "pt-br").partition("-")
    return f"{language}-{country.upper()}" if country else language


def rich(text: object) -> SafeString:
    """Light Markdown of staff's long texts as safe HTML (`platform.text.rich_text`)."""
    return mark_safe(rich_text(str(text or "")))  # noqa: S308 - nh3 has cleaned it
