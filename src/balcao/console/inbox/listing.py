"""The parts of the inbox, their filters and their pages, as the address says them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from balcao.inbox.conversations.models import Conversation, ConversationQuerySet
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.queries import beyond, inbox, part_of
from balcao.inbox.conversations.states import State
from balcao.inbox.models import Attendant, Line, Message
from balcao.platform.actors import Actor
from balcao.platform.search import SortKey

PAGE = 25
COUNTED = 10_000  # a count goes no further: "10,000+"
PARTS = {
    "mine": _("Mine"),
    "waiting": _("Waiting in line"),
    "teams": _("My teams'"),
    "citizen": _("Waiting for the person"),
    "snoozed": pgettext_lazy("several conversations", "Put off"),
    "interview": _("Being asked"),
    "closed": pgettext_lazy("several conversations", "Closed"),
}
FILTERS = ("line", "channel")
SLUG = re.compile(r"[-\w]{1,40}\Z", re.ASCII)


@dataclass
class Listing:
    """One part of the inbox."""

    actor: Actor
    part: str = "mine"
    values: dict[str, str] = field(default_factory=dict)
    after: int = 0

    @classmethod
    def of(cls, actor: Actor, given: Mapping[str, str]) -> Listing:
        """From an address's parameters; what is unknown is left out."""
        part = given.get("part", "mine")
        values = {name: found[0] for name in FILTERS if (found := SLUG.match(str(given.get(name, ""))))}
        after = number(given.get("after", ""))
        return cls(actor, part if part in PARTS else "mine", values, after or 0)

    @property
    def query(self) -> str:
        """The address's query string, without its page."""
        return self.with_()

    def with_(self, **changes: str) -> str:
        told = {"part": self.part, **self.values, **changes}
        return urlencode({name: value for name, value in told.items() if value})

    def found(self) -> ConversationQuerySet:
        """What it holds, in its order."""
        return self._filtered(inbox(self.actor, self.part))

    def _filtered(self, talks: ConversationQuerySet) -> ConversationQuerySet:
        if "line" in self.values:
            talks = talks.filter(line__slug=self.values["line"])
        if "channel" in self.values:
            talks = talks.filter(channel=self.values["channel"])
        return talks

    def page(self) -> tuple[list[Conversation], int]:
        """Up to 25 conversations, each with its last words in `said`, and where the next page begins; 0 on the last.
        Three queries."""
        talks = self.found()
        if self.after:
            talks = beyond(talks, self.after)
        said = Message.objects.filter(conversation=OuterRef("pk")).exclude(purpose=NOTE).order_by("-number")
        shown = talks.select_related("line", "owner", "account", "person").annotate(
            said_id=Subquery(said.values("pk")[:1])
        )
        found: list[Any] = list(shown.defer("interview", "comment")[: PAGE + 1])
        more, found = len(found) > PAGE, found[:PAGE]
        words = Message.objects.visible_to(self.actor).in_bulk([talk.said_id for talk in found if talk.said_id])
        for talk in found:
            talk.said = words.get(talk.said_id)
        return found, found[-1].pk if more else 0


@dataclass(frozen=True)
class Counts:
    """How many conversations stand in each part, and how many unread messages in the attendant's own."""

    parts: dict[str, int]
    unread: int

    def shown(self, part: str) -> str:
        n = self.parts.get(part, 0)
        return f"{COUNTED:,}+" if n > COUNTED else str(n)


def counts(actor: Actor) -> Counts:
    """One query, for what is not closed."""
    open_ones = Conversation.objects.visible_to(actor).exclude(state=State.CLOSED).order_by()
    few = Conversation.objects.visible_to(actor).filter(pk__in=open_ones.values("pk")[: COUNTED + 1])
    wanted = {part: Count("pk", filter=part_of(actor, part)) for part in PARTS if part != "closed"}
    mine = part_of(actor, "mine")
    found = few.aggregate(**wanted, unread=Count("pk", filter=mine & Q(staff_unread__gt=0)))
    return Counts({part: found[part] for part in wanted}, found["unread"])


@dataclass(frozen=True)
class Desk:
    """The agency's active lines, and how the reader serves them: how many conversations at once, until when present.
    `serves`: any line at all."""

    lines: list[Line]
    serves: bool = False
    capacity: int = 0
    present_until: datetime | None = None


def desk_of(actor: Actor) -> Desk:
    """One query."""
    assert actor.agency_id is not None
    mine = Attendant.objects.filter(staff_id=actor.staff_id or 0)
    lines: list[Any] = list(
        Line.objects.filter(agency_id=actor.agency_id, is_active=True)
        .annotate(
            serves=Exists(mine.filter(lines=OuterRef("pk"))),
            capacity=Subquery(mine.values("capacity")[:1]),
            present_until=Subquery(mine.values("present_until")[:1]),
        )
        .order_by(SortKey("name"), "pk")
    )
    if not lines:
        return Desk([])
    return Desk(lines, any(one.serves for one in lines), lines[0].capacity or 0, lines[0].present_until)


def number(text: str) -> int | None:
    """An id as an address or a form has it; None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None
