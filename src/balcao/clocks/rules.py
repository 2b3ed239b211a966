"""The legal rules by name: how long, in what unit, counted from when, ending how, and whether it may stop at all.

Read before you change one: a rule is law. A new reading is a new `version`; deadlines keep the version they began with.

* Brazil counts by Lei 9.784/1999, art. 66 (the federal act that applies where a municipality has none of its own): the
  day of the start is left out, days run on without a break, an end on a day without office hours, or with shorter
  ones, moves to the next working day. The federal platform begins to count on the next working day, and so do we; it
  also treats what arrives after 19:00 or on a day off as received on the next working day, which gives the agency one
  day more. We do not take that day: a promise that is a day stricter breaks no law.
* Portugal counts by the Código do Procedimento Administrativo, art. 87: the day of the event is left out, Saturdays,
  Sundays and holidays do not count, an end on a day without normal opening hours (also by a *tolerância de ponto* of
  half a day) moves to the next working day.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from .errors import LongerThanTheLaw, UnknownRule
from .worktime import CALENDAR_DAYS, UNITS, WORKING_DAYS, WORKING_HOURS

Start = Literal["next_working_day", "next_day", "immediately"]
Roll = Literal["forward_to_full_working_day", "forward_to_working_day", "none"]
Text = str | Promise


@dataclass(frozen=True)
class ExtensionTerms:
    """By how much (in the rule's unit), how often, and where that stands."""

    amount: int | None
    """None: at most as much again as was promised."""
    times: int
    citation: str
    needs_reason: bool = True


@dataclass(frozen=True)
class Rule:
    """`amount` is the longest the law allows, or None where the agency itself promises an amount."""

    slug: str
    version: int
    name: Text = field(compare=False)  # a lazy text changes its hash with the reader's language
    citation: str
    jurisdiction: Literal["BR", "PT", ""]
    amount: int | None
    unit: str
    start: Start
    roll: Roll
    pause_citation: str
    """Where the law lets the clock stop; empty when it does not."""
    no_pause: Text = field(default="", compare=False)
    """Why it may not, for the person who tries."""
    extension: ExtensionTerms | None = None

    def __post_init__(self) -> None:
        if self.unit not in UNITS or (self.unit == WORKING_HOURS) != (self.start == "immediately"):
            raise ValueError(f"{self.slug}: hours run at once, days from a following day")

    @property
    def may_pause(self) -> bool:
        return bool(self.pause_citation)

    @property
    def is_law(self) -> bool:
        return self.amount is not None

    def terms(self, amount: int | None = None, unit: str | None = None) -> int:
        """The amount to count: the law's, or a service's own shorter one.

        LongerThanTheLaw when it is longer, is given in another unit, or is missing where the rule has none.
        """
        chosen = self.amount if amount is None else amount
        if chosen is None or chosen < 1 or (unit or self.unit) != self.unit:
            raise LongerThanTheLaw(self, amount, unit)
        if self.amount is not None and chosen > self.amount:
            raise LongerThanTheLaw(self, amount, unit)
        return chosen


_OWN_PAUSE = "—"  # the agency's own promise may stop by its own decision; there is no law to cite

_ALL = (
    Rule(
        slug="lei-13460",
        version=1,
        name=_("Final answer of the ombudsman's office (Brazil)"),
        citation="Lei 13.460/2017, art. 16, caput; Lei 9.784/1999, art. 66",
        jurisdiction="BR",
        amount=30,
        unit=CALENDAR_DAYS,
        start="next_working_day",
        roll="forward_to_full_working_day",
        # The act itself is silent. The federal decree suspends (does not restart) while the person is asked to complete
        # the information; a municipality outside the federal system needs the same words in its own decree.
        pause_citation="Decreto 9.492/2018, art. 18, §§ 2º–4º",
        extension=ExtensionTerms(30, 1, "Lei 13.460/2017, art. 16, caput"),
    ),
    Rule(
        slug="lei-13460-area",
        version=1,
        name=_("Information from the responsible area (Brazil)"),
        citation="Lei 13.460/2017, art. 16, parágrafo único; Lei 9.784/1999, art. 66",
        jurisdiction="BR",
        amount=20,
        unit=CALENDAR_DAYS,
        start="next_working_day",
        roll="forward_to_full_working_day",
        # Suspended with the answer it serves: an area cannot work on what the person has yet to tell.
        pause_citation="Decreto 9.492/2018, art. 18, §§ 2º–4º",
        extension=ExtensionTerms(20, 1, "Lei 13.460/2017, art. 16, parágrafo único"),
    ),
    Rule(
        slug="lai",
        version=1,
        name=_("Access to information (Brazil)"),
        citation="Lei 12.527/2011 (LAI), art. 11, § 1º; Lei 9.784/1999, art. 66",
        jurisdiction="BR",
        amount=20,
        unit=CALENDAR_DAYS,
        start="next_working_day",
        roll="forward_to_full_working_day",
        pause_citation="",
        no_pause=_("The access to information act knows no pause: the deadline can only be extended once, by 10 days."),
        extension=ExtensionTerms(10, 1, "Lei 12.527/2011 (LAI), art. 11, § 2º"),
    ),
    Rule(
        slug="sac",
        version=1,
        name=_("Customer service of a regulated service (Brazil)"),
        citation="Decreto 11.034/2022, art. 13",
        jurisdiction="BR",
        amount=7,
        unit=CALENDAR_DAYS,
        start="next_day",
        # "Sete dias corridos, contado da data de seu registro", of a service that is open at all hours (art. 4): no day
        # to roll over. Código Civil, art. 132, would move an end on a holiday; the stricter reading breaks no law.
        roll="none",
        pause_citation="",
        no_pause=_("The customer service decree gives seven days without a break: no pause and no extension."),
    ),
    Rule(
        slug="livro-amarelo",
        version=1,
        name=_("Yellow Book complaint (Portugal)"),
        citation="Decreto-Lei 135/99, arts. 35.º-A a 39.º, na redação do Decreto-Lei 74/2017; CPA, art. 87.º",
        jurisdiction="PT",
        amount=15,
        unit=WORKING_DAYS,
        start="next_working_day",
        roll="forward_to_full_working_day",  # CPA, art. 87.º, f) and g)
        pause_citation="",
        no_pause=_("The Yellow Book gives 15 working days to answer: the law has neither a pause nor an extension."),
    ),
    Rule(
        slug="calendar-days",
        version=1,
        name=_("Our own promise, in calendar days"),
        citation="",
        jurisdiction="",
        amount=None,
        unit=CALENDAR_DAYS,
        start="next_day",
        roll="none",
        pause_citation=_OWN_PAUSE,
        extension=ExtensionTerms(None, 1, ""),
    ),
    Rule(
        slug="working-days",
        version=1,
        name=_("Our own promise, in working days"),
        citation="",
        jurisdiction="",
        amount=None,
        unit=WORKING_DAYS,
        start="next_working_day",
        roll="none",
        pause_citation=_OWN_PAUSE,
        extension=ExtensionTerms(None, 1, ""),
    ),
    Rule(
        slug="working-hours",
        version=1,
        name=_("Our own promise, in working hours"),
        citation="",
        jurisdiction="",
        amount=None,
        unit=WORKING_HOURS,
        start="immediately",
        roll="none",
        pause_citation=_OWN_PAUSE,
        extension=ExtensionTerms(None, 1, ""),
    ),
)

_BY_KEY: Mapping[tuple[str, int], Rule] = MappingProxyType({(rule.slug, rule.version): rule for rule in _ALL})


def rule(slug: str, version: int | None = None) -> Rule:
    """The rule of that name; without a version, the newest. UnknownRule otherwise."""
    found = [r for (name, number), r in _BY_KEY.items() if name == slug and version in (None, number)]
    if not found:
        raise UnknownRule(log=f"no rule {slug!r} version {version}")
    return max(found, key=lambda r: r.version)


def rules(country: str = "") -> Iterator[Rule]:
    """The newest version of every rule that an agency of `country` may use; of all when it is empty."""
    for slug in dict.fromkeys(r.slug for r in _ALL):
        newest = rule(slug)
        if not country or newest.jurisdiction in ("", country):
            yield newest
