"""Lists of cases page by key: page 4,000 costs what page 1 costs, and nothing is shown twice when a case is added."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.core.cache import caches
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from balcao.platform.actors import Actor
from balcao.platform.standing import Standing

from .models import Case
from .naming import Said

PAGE = 25
COUNTED = 1_000  # a count goes no further: "1,000+"
COUNTED_BY_DATE = 100  # nor this one, which looks up the clock of each: "100+"
LATELY = (1_000, 10_000)  # cases of an agency, its newest, among which words are looked for first
LATELY_FOR = 60  # seconds for which a process remembers since when these are
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Key:
    """Where a case stands in a list: legal priority, moment of opening, id, and the promised date where it has one."""

    priority: int
    opened_at: datetime
    pk: int
    due_at: datetime | None = None

    @classmethod
    def of(cls, case: Case) -> Key:
        return cls(case.priority, case.opened_at, case.pk, case.deadline.due_at)

    @classmethod
    def parse(cls, text: str) -> Key | None:
        """The key that `str` wrote; None for anything else (an address that somebody cut short shows page one)."""
        found = re.fullmatch(r"(\d{1,2})-(\d{1,17})-(\d{1,18})(?:-(\d{1,17}))?", text, re.ASCII)
        if not found:
            return None
        try:
            due_at = _moment(found[4]) if found[4] else None
            return cls(int(found[1]), _moment(found[2]), int(found[3]), due_at)
        except OverflowError:
            return None

    def __str__(self) -> str:
        due = f"-{_number(self.due_at)}" if self.due_at else ""
        return f"{self.priority}-{_number(self.opened_at)}-{self.pk}{due}"


def _moment(number: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(number))


def _number(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(microseconds=1)


@dataclass(frozen=True)
class Order:
    """`queue`: legal priority, then the oldest first. `due`: the earliest promised date first, so the latest of all
    leads; for lists of running clocks only. Otherwise the newest first, whatever the priority."""

    queue: bool
    due: bool = False

    def sorted(self, cases: QuerySet[Case], *, backwards: bool = False) -> QuerySet[Case]:
        if self.due:
            fields = ["deadline__due_at", "pk"]  # walks the index `deadline_open`
        else:
            fields = ["priority", "opened_at", "pk"] if self.queue else ["-opened_at", "-pk"]
        if backwards:
            fields = [f.removeprefix("-") if f.startswith("-") else f"-{f}" for f in fields]
        return cases.order_by(*fields)

    def after(self, key: Key) -> Q:
        """Whatever comes after `key`; the first condition alone bounds the index. By date, a key without one (its
        clock was paused meanwhile) stands before all."""
        if self.due:
            if key.due_at is None:
                return Q()
            later = Q(deadline__due_at__gt=key.due_at) | Q(deadline__due_at=key.due_at, pk__gt=key.pk)
            return Q(deadline__due_at__gte=key.due_at) & later
        if self.queue:
            same = Q(priority=key.priority)
            later = Q(opened_at__gt=key.opened_at) | Q(opened_at=key.opened_at, pk__gt=key.pk)
            return Q(priority__gte=key.priority) & (Q(priority__gt=key.priority) | (same & later))
        earlier = Q(opened_at__lt=key.opened_at) | Q(opened_at=key.opened_at, pk__lt=key.pk)
        return Q(opened_at__lte=key.opened_at) & earlier

    def before(self, key: Key) -> Q:
        if self.due:
            if key.due_at is None:
                return Q(pk__in=[])
            earlier = Q(deadline__due_at__lt=key.due_at) | Q(deadline__due_at=key.due_at, pk__lt=key.pk)
            return Q(deadline__due_at__lte=key.due_at) & earlier
        if self.queue:
            same = Q(priority=key.priority)
            earlier = Q(opened_at__lt=key.opened_at) | Q(opened_at=key.opened_at, pk__lt=key.pk)
            return Q(priority__lte=key.priority) & (Q(priority__lt=key.priority) | (same & earlier))
        later = Q(opened_at__gt=key.opened_at) | Q(opened_at=key.opened_at, pk__gt=key.pk)
        return Q(opened_at__gte=key.opened_at) & later


@dataclass(frozen=True)
class Page:
    """Up to 25 cases; `next` and `previous` are the keys of their neighbours' pages, empty where there are none."""

    cases: list[Case]
    next: str = ""
    previous: str = ""


def page_of(cases: QuerySet[Case], order: Order, *, after: Key | None = None, before: Key | None = None) -> Page:
    """One page of `cases`, which carry their deadlines. One query."""
    if before is not None:
        found = list(order.sorted(cases.filter(order.before(before)), backwards=True)[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE][::-1]
        if not found:
            return page_of(cases, order)
        return Page(found, next=str(Key.of(found[-1])), previous=str(Key.of(found[0])) if more else "")
    return _page(list(order.sorted(cases.filter(order.after(after)) if after else cases)[: PAGE + 1]), after)


def _page(found: list[Case], after: Key | None = None) -> Page:
    """Of those that were found, one more than a page has."""
    more, found = len(found) > PAGE, found[:PAGE]
    return Page(
        found,
        next=str(Key.of(found[-1])) if more else "",
        previous=str(Key.of(found[0])) if after and found else "",
    )


def page_of_found(
    cases: QuerySet[Case], order: Order, agency_id: int | None, *, after: Key | None = None, before: Key | None = None
) -> Page:
    """As `page_of`, for cases that hold some words: the first page of the newest is looked for among the newest first,
    and only where these do not fill it among more. One query for most, two for rare words, three for what lies between.

    Words that go together ("Sete de Setembro") are taken for rare by PostgreSQL's statistics, which multiply: it would
    read all that hold them, a twentieth of a million, and sort them, to show the newest 25."""
    if agency_id is not None and after is None and before is None and not order.queue and not order.due:
        page = page_of_newest(agency_id, lambda since: list(newest_of(cases.filter(opened_at__gte=since))))
        if page is not None:
            return page
    return page_of(cases, order, after=after, before=before)


def page_of_newest(agency_id: int, since: Callable[[datetime], list[Case]]) -> Page | None:
    """The first page of the newest, where the newest ones fill it. `since`: `newest_of` those opened since a moment."""
    for moment in _lately(agency_id):
        page = _page(since(moment))
        if page.next:
            return page
        if not page.cases:
            break
    return None


def page_of_said(said: Said, actor: Actor, newest: Standing[Case]) -> Page | None:
    """`page_of_newest` of those that say some words and no more is asked of. `newest(actor, shape, *, since, **texts)`:
    `newest_of` the lines that its room shows, compiled once for each shape."""
    assert actor.agency_id is not None, "words are looked for by who belongs to an agency"
    texts = {f"text{n}": text for n, text in enumerate(said.texts)}
    return page_of_newest(
        actor.agency_id, lambda since: newest.all(actor.sight, said.shape, since=since.isoformat(), **texts)
    )


def newest_of(cases: QuerySet[Case]) -> QuerySet[Case]:
    """A page of them and one more, found by reading."""
    return Order(queue=False).sorted(_read_through(cases))[: PAGE + 1]


def _read_through(cases: QuerySet[Case]) -> QuerySet[Case]:
    """The same ones, found by reading: their words stand in an expression that the index of words does not know."""
    said = Case._meta.get_field("search").get_col(Case._meta.db_table)
    read = Coalesce(said, Value(""), output_field=said.output_field)
    cases.query.where = cases.query.where.replace_expressions({said: read})
    return cases


def _lately(agency_id: int) -> list[datetime]:
    """When the last of so many of an agency's newest cases was opened, as far as it has as many; a minute old or less:
    any moment is right, these are quick."""
    cache, key = caches["process"], f"lately:{agency_id}"
    found = cache.get(key)
    if found is None:
        newest = (
            Case.objects.filter(agency_id=agency_id).order_by("-opened_at", "-pk").values_list("opened_at", flat=True)
        )
        found = [moment for many in LATELY for moment in newest[many : many + 1]]
        cache.set(key, found, LATELY_FOR)
    return found


def next_in(cases: QuerySet[Case], order: Order, case: Case) -> Case | None:
    """The case after `case` in a list, else the first that is not itself; None when the list has no other."""
    others = cases.exclude(pk=case.pk)
    return order.sorted(others.filter(order.after(Key.of(case)))).first() or order.sorted(others).first()


def counted(cases: QuerySet[Case], most: int) -> int:
    """How many, counted up to one more than `most`."""
    return cases.order_by()[: most + 1].count()
