"""The filters of the list of cases. They live in the address, so that a list can be kept, sent and come back to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from urllib.parse import parse_qsl, urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balcao.cases.finding import Guess, author_may_be_known, guess
from balcao.cases.models import Case
from balcao.cases.paging import Order
from balcao.cases.standing import SOON
from balcao.cases.states import NextActor, State
from balcao.catalog.models import Kind
from balcao.platform.actors import Actor
from balcao.workorders.conditions import UNDELIVERED, UNROUTED
from balcao.workorders.models import WorkOrder

OPEN = ~Q(state=State.CLOSED)

# the tabs: code -> (label, condition)
SHOWS = {
    "triage": (_("To triage"), Q(state=State.TRIAGE)),
    "unrouted": (_("No rule catches it"), UNROUTED),
    "area": (_("With the areas"), Q(state=State.WORKING)),
    "review": (_("To review"), Q(state__in=[State.REVIEW, State.DRAFTING])),
    "citizen": (_("Waiting for the citizen"), Q(state=State.WAITING)),
    "undelivered": (_("Not delivered"), UNDELIVERED),
    "open": (_("All open"), OPEN),
    "closed": (pgettext_lazy("several cases", "Answered"), Q(state=State.CLOSED)),
    "all": (_("All"), Q()),
}
HIDDEN_SHOWS = {"mentions"}  # reached from the home page; needs to know who asks

DUES = {"overdue": _("Overdue"), "soon": _("Due within 3 days"), "paused": _("Clock paused")}
CHANNELS = {
    "portal": _("Portal"),
    "email": _("E-mail"),
    "counter": _("Counter"),
    "phone": _("Phone"),
    "api": _("Other systems"),
}
PRIORITIES = {"legal": _("With legal priority"), "none": _("Without priority")}
FILTERS = (
    "state",
    "next",
    "kind",
    "service",
    "group",
    "area",
    "place",
    "channel",
    "due",
    "priority",
    "from",
    "to",
    "mine",
    "person",  # reached from a demand's page: what else the same person asked
)


@dataclass
class Listing:
    """A list of cases as its address says it."""

    actor: Actor
    values: dict[str, str] = field(default_factory=dict)
    region: str = "BR"
    guess: Guess | None = None

    @classmethod
    def of(cls, actor: Actor, given: Mapping[str, str], *, region: str = "BR") -> Listing:
        """From an address's parameters. What is unknown or empty is left out."""
        known = {"show": {*SHOWS, *HIDDEN_SHOWS}, "state": set(State.values), "next": set(NextActor.values)}
        known |= {"kind": set(Kind.values), "due": set(DUES), "priority": set(PRIORITIES)}
        values = {}
        for name in ("q", "show", *FILTERS):
            value = str(given.get(name, "")).strip()[:200]
            if name in known and value not in known[name]:
                continue
            if name == "person" and not actor.can("person.read"):
                continue
            if name in ("service", "group", "area", "place", "person") and not re.fullmatch(r"[0-9]{1,18}", value):
                continue
            if name in ("from", "to") and _day(value) is None:
                continue
            if value:
                values[name] = value
        return cls(actor, values, region)

    @classmethod
    def from_query(cls, actor: Actor, query: str, *, region: str = "BR") -> Listing:
        """From the query string that a case's page carries in `?from=`."""
        return cls.of(actor, dict(parse_qsl(query)), region=region)

    @property
    def query(self) -> str:
        """The address's query string, without a page."""
        return urlencode(self.values)

    def with_(self, **changes: str) -> str:
        """The query string with some values changed; an empty one is taken out."""
        return urlencode({k: v for k, v in {**self.values, **changes}.items() if v})

    @property
    def show(self) -> str:
        """The tab. Searching looks everywhere; whoever triages begins with what is to be triaged."""
        if "show" in self.values:
            return self.values["show"]
        if "q" in self.values or "state" in self.values or "next" in self.values:
            return "all"
        return "triage" if self.actor.can("case.triage") else "open"

    @property
    def order(self) -> Order:
        """Work is a queue; what is looked up shows the newest first; what was asked for by its date comes by it."""
        if self.values.get("due") in ("overdue", "soon"):
            return Order(queue=False, due=True)
        return Order(queue=self.show not in ("closed", "all") or bool({"state", "next"} & self.values.keys()))

    @property
    def active(self) -> int:
        """How many filters are set, beside the tab and the search."""
        return len([name for name in FILTERS if name in self.values])

    def cases(self, now: datetime | None = None) -> QuerySet[Case]:
        """What the list holds, of what the actor may see; unsorted. A search by name asks one query first."""
        now = now or timezone.now()
        found = Case.objects.visible_to(self.actor)
        if self.show == "mentions":
            found = found.filter(remarks__mentions=self.actor.id).distinct()
        else:
            found = found.filter(SHOWS[self.show][1])
        if "q" in self.values:
            self.guess = self.guess or guess(self.values["q"], self.actor, region=self.region)
            found = found.filter(self.guess.where)
        for name in FILTERS:
            if name in self.values:
                found = found.filter(self._condition(name, self.values[name], now))
        return found

    def _condition(self, name: str, value: str, now: datetime) -> Q:
        match name:
            case "next":
                return Q(next_actor=value)
            case "group":
                return Q(service__group_id=value)
            case "service" | "area" | "place":
                return Q(**{f"{name}_id": value})
            case "due":
                return self._due(value, now)
            case "person":
                return Q(reporter_id=value) & author_may_be_known(self.actor)
            case "priority":
                return Q(priority__lt=9) if value == "legal" else Q(priority=9)
            case "from":
                return Q(opened_at__gte=_start(_day(value)))
            case "to":
                return Q(opened_at__lt=_start(_day(value)) + timedelta(days=1))
            case "mine":
                return Q(attendant_id=self.actor.id) | Q(
                    Exists(WorkOrder.objects.filter(case=OuterRef("pk"), assignee_id=self.actor.id))
                )
        return Q(**{name: value})

    def _due(self, value: str, now: datetime) -> Q:
        # the clock's agency is the case's; naming it lets the indexes `deadline_open` and `deadline_paused` lead
        if value == "paused":
            return Q(deadline__state="paused", deadline__agency_id=self.actor.agency_id)
        running = Q(deadline__state="running", deadline__agency_id=self.actor.agency_id)
        if value == "overdue":
            return running & Q(deadline__due_at__lt=now)
        return running & Q(deadline__due_at__gte=now, deadline__due_at__lt=now + SOON)


def _day(value: str) -> date | None:
    try:
        day = parse_date(value)
    except ValueError:
        return None
    return day if day and 1900 <= day.year < 2200 else None  # the calendar ends, and with it the day after


def _start(day: date | None) -> datetime:
    assert day  # `Listing.of` let no other through
    return timezone.make_aware(datetime.combine(day, time.min))
