"""How a case is told to another system, and what may be asked about it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from balcao.cases.models import Case
from balcao.cases.states import NextActor, State

from ..words import BIGGEST, After, DemandKind, HowItEnded, In, Moment, Named, Said, Slug, Told, Version, named, one_of


class CaseLine(Told):
    """A case as a list tells it: nothing of the person, none of their words."""

    protocol: str
    version: int
    service: Named
    kind: str
    channel: str
    state: str
    next_actor: str = Field(description="who must act next; empty when it is answered")
    area: Named | None
    place: Named | None
    priority: int = Field(description="legal priority rank; lower is served first, 9 is none")
    opened_at: datetime
    due_at: datetime | None = Field(description="empty while its clock is paused")
    clock: str = Field(description="running, paused or stopped")
    closed_at: datetime | None
    outcome: str
    reopened: int
    primary: str = Field(description="the protocol of the case that it was joined to; else empty")
    undelivered: bool = Field(description="its answer is ready and could not be brought to the person")
    sealed: bool = Field(description="a report of wrongdoing, whose author is hidden")


class CasePage(Told):
    cases: list[CaseLine]
    next: str = Field(description="give it as `after` for the next page; empty on the last one")


class Author(Told):
    """Who asked, for keys that may know it."""

    name: str
    document_kind: str
    document: str
    emails: list[str]
    phones: list[str]
    priority: str


class RemarkOut(Told):
    kind: str = Field(description="addition, question, reason or note")
    text: str
    at: datetime
    public: bool = Field(description="whether the person who asked reads it")
    by: str = Field(description="staff, key, citizen or system")


class FileOut(Told):
    id: UUID
    name: str
    mime: str
    size: int = Field(description="bytes")
    by_citizen: bool


class AnswerOut(Told):
    number: int
    outcome: str
    subject: str
    body: str
    sent_at: datetime | None = Field(description="empty while it is a draft")


class CaseOut(CaseLine):
    """A case with its words."""

    description: str
    answers: dict[str, Any] = Field(description="the answers to the service's own questions, by code")
    address: str
    lat: float | None
    lon: float | None
    anonymous: bool
    author: Author | None = Field(description="empty when it is anonymous, or when the key may not know")
    remarks: list[RemarkOut]
    files: list[FileOut]
    answers_given: list[AnswerOut]
    followers: list[str] = Field(description="protocols of the cases joined to it")


class HappenedOut(Told):
    """One fact of a case's history: ids and codes, never words."""

    id: int
    kind: str
    at: datetime
    by: str
    data: dict[str, Any]


class Filters(In):
    """All that are given must hold."""

    state: Annotated[State, one_of(State)] | None = None
    open: bool | None = None
    next_actor: Annotated[NextActor, one_of(NextActor)] | None = None
    kind: DemandKind | None = None
    service: str = Field("", max_length=100, description="a slug")
    area: str = Field("", max_length=80, description="a slug")
    place: str = Field("", max_length=80, description="a slug")
    channel: str = Field("", max_length=20)
    group: str = Field("", max_length=120, description="the slug of a group of services")
    overdue: bool | None = None
    due_before: Moment | None = Field(None, description="whose running clock ends before this moment")
    paused: bool | None = Field(None, description="whether its clock is")
    legal_priority: bool | None = None
    unrouted: bool | None = Field(None, description="no rule of the matrix caught it")
    undelivered: bool | None = Field(None, description="its answer could not be brought to the person")
    opened_from: Moment | None = None
    opened_before: Moment | None = None
    q: str = Field("", max_length=200, description="a protocol, a document, an e-mail, a name or words")
    order: Literal["newest", "queue"] = Field("newest", description="queue: legal priority, then the oldest first")
    after: After


class Spot(In):
    """An address, a pin (WGS 84 degrees), a place of ours: as far as it is known."""

    address: str = Field("", max_length=200)
    number: str = Field("", max_length=20)
    complement: str = Field("", max_length=100)
    district: str = Field("", max_length=100)
    postcode: str = Field("", max_length=20)
    place: str = Field("", max_length=80, description="the slug of a place")
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class Who(In):
    """Whoever asks. With a document they are the person that we know by it."""

    name: str = Field(min_length=1, max_length=200)
    document: str = Field("", max_length=40)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=40)
    priority: str = Field("", max_length=40, description="the slug of a legal priority group")
    answer_by: Literal["email", "page"] = "page"
    consent: Literal[True] = Field(description="they were told what their data are used for, and agreed")


class NewCase(In):
    service: Slug
    kind: DemandKind | None = None
    description: Said
    answers: dict[str, Any] = Field(
        default_factory=dict, max_length=100, description="to the service's own questions, by code: see `/services`"
    )
    location: Spot | None = None
    reporter: Who | None = Field(None, description="empty: anonymous, where the service takes that")
    files: list[UUID] = Field(default_factory=list, max_length=10, description="ids that `/files` gave to this key")
    locale: Literal["pt-br", "pt-pt", "en"] | None = None


class Opened(Told):
    """The person needs both numbers to follow the case. The access code is told to whoever holds the same
    `Idempotency-Key`, and to nobody else."""

    protocol: str
    access_code: str
    due_at: datetime | None
    state: str
    orders: list[int] = Field(description="what areas got to do for it; empty for a key without `order.read`")
    repeat: bool = Field(description="it was open already under this `Idempotency-Key`")


class Classify(In):
    service: Slug
    kind: DemandKind
    priority: int | None = Field(None, strict=True, ge=0, le=9)
    version: Version


class ToArea(In):
    area: Slug
    version: Version


class Transfer(ToArea):
    reason: Said


class Reason(In):
    reason: Said
    version: Version


class Question(In):
    question: Said
    version: Version


class Text(In):
    text: Said


class Join(In):
    primary: str = Field(min_length=1, max_length=40, description="the protocol of the case that goes on")
    version: Version


class Only(In):
    version: Version


class Draft(In):
    outcome: HowItEnded
    body: str = Field(min_length=1, max_length=20_000)
    subject: str = Field("", max_length=200)
    version: Version


class Review(In):
    """What everybody may see: a text without people's data, pictures by their id, perhaps the exact place."""

    text: Said
    photos: list[UUID] = Field(default_factory=list, max_length=10)
    exact_place: bool = Field(False, strict=True)
    version: Version


class MoreTime(Reason):
    amount: int | None = Field(None, strict=True, ge=1, le=BIGGEST, description="in the rule's own unit")


def line_of(case: Case) -> dict[str, Any]:
    """Needs service, area, place, deadline and primary to be there."""
    deadline, primary = case.deadline, case.primary
    return {
        "protocol": case.protocol,
        "version": case.version,
        "service": named(case.service),
        "kind": case.kind,
        "channel": case.channel,
        "state": case.state,
        "next_actor": case.next_actor,
        "area": named(case.area),
        "place": named(case.place),
        "priority": case.priority,
        "opened_at": case.opened_at,
        "due_at": deadline.due_at,
        "clock": deadline.state,
        "closed_at": case.closed_at,
        "outcome": case.outcome,
        "reopened": case.reopened,
        "primary": primary.protocol if primary else "",
        "undelivered": case.undelivered,
        "sealed": case.sealed,
    }
