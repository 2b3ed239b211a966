"""The words of an answer, from the agency's own templates: filled in once for what many demands share."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import override

from balcao.cases.letters import answer_letter, case_letter
from balcao.cases.models import Case
from balcao.cases.words import MAX_ANSWER, required
from balcao.catalog.models import Service
from balcao.clocks.models import Deadline
from balcao.organization.models import Area
from balcao.platform.numbering import format_protocol

from .shapes import MARKS

LOCALE = "pt-br"
# A stand-in for a demand is put into the template; what it shows of these gives way to the marks of its own.
WORDS, PROTOCOL = "⟦words⟧", "20000000019"
OPENED, DUE = datetime(1901, 2, 3, 12, tzinfo=UTC), datetime(1902, 3, 4, 12, tzinfo=UTC)
FOUND = datetime(1903, 4, 5, 12, tzinfo=UTC)  # the day in what the file says of the finding
Letter = tuple[str, str, int | None]  # subject, body, version of the edited template


def answer(service: Service, area: Area, kind: str, outcome: str, report: str, snapshot: str) -> tuple[str, str]:
    """(subject, body) of the answer that an accepted report becomes, with marks."""
    case = _stand_in(service, area, kind, snapshot)
    letter = case_letter(case, "answer", outcome=outcome, report=WORDS, because="", area=area.name)
    body = cleaned(letter.body).replace(WORDS, report)  # what is put in was cleaned by itself
    return _marked(letter.subject), _marked(body)


def cover(service: Service, area: Area, kind: str, outcome: str, subject: str, body: str, snapshot: str) -> Letter:
    """The letter that brings an answer, with marks."""
    case = _stand_in(service, area, kind, snapshot)
    letter = answer_letter(case, outcome=outcome, subject=subject, body=WORDS)
    return _marked(letter.subject), _marked(letter.body.replace(WORDS, body)), letter.version


def finding(words: str, **known: str) -> str:
    """What the file says of how it ended, cleaned as an area's own words are, with the mark of its day."""
    said = cleaned(words.format(day=FOUND, **known))
    return said.replace(f"{FOUND:%d/%m/%Y}", MARKS.found_day)


def cleaned(words: str) -> str:
    return required(words, field="body", most=MAX_ANSWER)


@lru_cache(maxsize=4096)
def day(local: date) -> str:
    """A day, as letters tell it."""
    with override(LOCALE):
        return date_format(local, "DATE_FORMAT")


def _marked(text: str) -> str:
    for mark, moment in ((MARKS.opened_day, OPENED), (MARKS.due_day, DUE)):
        text = text.replace(day(moment.date()), mark)
    return text.replace(format_protocol(PROTOCOL), MARKS.read).replace(PROTOCOL, MARKS.protocol)


def _stand_in(service: Service, area: Area, kind: str, snapshot: str) -> Case:
    clock = Deadline(snapshot_id=snapshot, due_at=DUE)
    return Case(
        agency=service.agency, service=service, area=area, kind=kind, locale=LOCALE, protocol=PROTOCOL,
        opened_at=OPENED, deadline=clock, reporter=None,
    )  # fmt: skip
