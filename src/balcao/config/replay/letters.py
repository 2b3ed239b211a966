"""The words of an answer, from the agency's own templates: filled in once for what many demands share."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override

from balcao.cases.letters import answer_letter, case_letter
from balcao.cases.models import Case
from balcao.cases.words import MAX_ANSWER, required
from balcao.catalog.models import Service
from balcao.clocks.models import Deadline
from balcao.organization.models import Area
from balcao.platform.numbering import format_protocol

from .dates import Dates

LOCALE = "pt-br"
# A stand-in for a demand is put into the template; what it shows of these is then replaced by each demand's own.
WORDS, PROTOCOL = "⟦words⟧", "20000000019"
OPENED, DUE = datetime(1901, 2, 3, 12, tzinfo=UTC), datetime(1902, 3, 4, 12, tzinfo=UTC)
Filled = tuple[str, str, int | None]  # subject, body, version of the edited template


class Letters:
    """Subjects and bodies for the answers of one agency."""

    def __init__(self) -> None:
        self._answers = lru_cache(maxsize=4096)(_answer)
        self._covers = lru_cache(maxsize=4096)(_cover)
        self.cleaned = lru_cache(maxsize=8192)(_cleaned)
        self._marks = (_day(OPENED), _day(DUE))

    def answer(
        self,
        service: Service,
        area: Area,
        kind: str,
        outcome: str,
        report: str,
        protocol: str,
        dates: Dates,
        at: datetime,
    ) -> tuple[str, str]:
        """(subject, body) of the answer that an accepted report becomes."""
        filled = self._answers(service, area, kind, outcome, dates.snapshot)
        subject, body, _version = self._own(filled, protocol, dates, at)
        return subject, body.replace(WORDS, report)

    def cover(
        self,
        service: Service,
        area: Area,
        kind: str,
        outcome: str,
        subject: str,
        protocol: str,
        dates: Dates,
        at: datetime,
    ) -> Filled:
        """The letter that brings an answer; `WORDS` stand where its body goes."""
        filled = self._covers(service, area, kind, outcome, subject, dates.snapshot)
        return self._own(filled, protocol, dates, at)

    def _own(self, filled: Filled, protocol: str, dates: Dates, at: datetime) -> Filled:
        subject, body, version = filled
        both = f"{subject}\x03{body}".replace(_READ, format_protocol(protocol)).replace(PROTOCOL, protocol)
        for mark, moment in zip(self._marks, (at, dates.answer.due_at), strict=True):
            if mark in both:
                both = both.replace(mark, _day(timezone.localtime(moment, dates.calendar.zone)))
        subject, _, body = both.partition("\x03")
        return subject, body, version


_READ = format_protocol(PROTOCOL)


def _stand_in(service: Service, area: Area, kind: str, snapshot: str) -> Case:
    clock = Deadline(snapshot_id=snapshot, due_at=DUE)
    return Case(
        agency=service.agency, service=service, area=area, kind=kind, locale=LOCALE, protocol=PROTOCOL,
        opened_at=OPENED, deadline=clock, reporter=None,
    )  # fmt: skip


def _answer(service: Service, area: Area, kind: str, outcome: str, snapshot: str) -> Filled:
    case = _stand_in(service, area, kind, snapshot)
    letter = case_letter(case, "answer", outcome=outcome, report=WORDS, because="", area=area.name)
    return letter.subject, _cleaned(letter.body), letter.version  # what is put in was cleaned by itself


def _cover(service: Service, area: Area, kind: str, outcome: str, subject: str, snapshot: str) -> Filled:
    letter = answer_letter(_stand_in(service, area, kind, snapshot), outcome=outcome, subject=subject, body=WORDS)
    return letter.subject, letter.body, letter.version


def _cleaned(words: str) -> str:
    return required(words, field="body", most=MAX_ANSWER)


def _day(moment: datetime) -> str:
    with override(LOCALE):
        return date_format(moment, "DATE_FORMAT")
