"""The words of an answer, from the agency's own templates: filled in once for what many demands share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.translation import gettext, override

from balcao.cases.letters import answer_letter, case_letter
from balcao.cases.models import Case
from balcao.cases.words import MAX_ANSWER, required
from balcao.catalog.models import Outcome, Service
from balcao.clocks.models import Deadline
from balcao.organization.models import Area
from balcao.platform.numbering import format_protocol

from .shapes import MARKS

# A stand-in for a demand is put into the template; what it shows of these gives way to the marks of its own.
WORDS, PERSON, PROTOCOL = "⟦words⟧", "⟦person⟧", "20000000019"
OPENED, DUE = datetime(1901, 2, 3, 12, tzinfo=UTC), datetime(1902, 3, 4, 12, tzinfo=UTC)
Letter = tuple[str, str, int | None]  # subject, body, version of the edited template


@dataclass(frozen=True)
class Writing:
    """Of whom and of what letters speak: what demands of one way share."""

    service: Service
    area: Area | None
    kind: str
    outcome: str
    snapshot: str
    locale: str
    greeted: bool
    """By a name of their own."""
    sealed: bool

    def answer(self) -> tuple[str, str]:
        """(subject, body) of the answer that an accepted report becomes, with marks."""
        case, extra = self._stand_in(), {}
        if self.sealed:
            with override(self.locale):
                extra = {"person": gettext("citizen")}
        because = WORDS if self.outcome == Outcome.IMPOSSIBLE else ""
        area = self.area.name if self.area else ""
        letter = case_letter(case, "answer", outcome=self.outcome, report=WORDS, because=because, area=area, **extra)
        return self._marked(letter.subject), self._marked(required(letter.body, field="body", most=MAX_ANSWER))

    def cover(self, subject: str, body: str) -> Letter:
        """The letter that brings an answer, with marks."""
        letter = answer_letter(self._stand_in(), outcome=self.outcome, subject=subject, body=WORDS)
        return self._marked(letter.subject), self._marked(letter.body, body), letter.version

    def _marked(self, text: str, words: str = MARKS.words) -> str:
        for mark, moment in ((MARKS.opened_day, OPENED), (MARKS.due_day, DUE)):
            text = text.replace(day(moment.date(), self.locale), mark)
        text = text.replace(format_protocol(PROTOCOL), MARKS.read).replace(PROTOCOL, MARKS.protocol)
        return text.replace(PERSON, MARKS.person).replace(WORDS, words)

    def _stand_in(self) -> Case:
        clock = Deadline(snapshot_id=self.snapshot, due_at=DUE)
        return Case(
            agency=self.service.agency, service=self.service, area=self.area, kind=self.kind, locale=self.locale,
            protocol=PROTOCOL, opened_at=OPENED, deadline=clock, reporter=None,
            said_name=PERSON if self.greeted else "",
        )  # fmt: skip


@lru_cache(maxsize=4096)
def day(local: date, locale: str) -> str:
    """A day, as letters tell it."""
    with override(locale):
        return date_format(local, "DATE_FORMAT")
