"""Conversations: the inbox's lists, one conversation with its words, and what is done with it."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import Http404
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from balcao.cases.models import Case
from balcao.inbox.conversations import lines, presence
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.queries import beyond, inbox, place_in_line
from balcao.inbox.conversations.speaking import say
from balcao.inbox.interviews.answers import answers_of
from balcao.inbox.models import Line, Message, MessageFile
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.files.serving import serve
from balcao.platform.models import StoredFile

from .cases.finding import LINE as CASE_LINE
from .cases.opening import own_files
from .cases.reading import BINARY
from .cases.schemas import CaseLine, line_of
from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .own import own
from .words import BIGGEST, In, Named, named

router = Router(tags=["conversations"])
PAGE = 50
SCOPE = "inbox.lead"  # a key serves no line: it sees those of its agency, or none
Part = Literal["waiting", "teams", "snoozed", "interview", "closed"]
Of = Annotated[int, Path(ge=1, le=2**63 - 1)]
ClientId = Annotated[str, Field(min_length=1, max_length=80, description="your own id: sent again it is done once")]
Colleague = Annotated[str, Field(min_length=3, max_length=254, description="the e-mail of whom you act for")]


class TalkLine(Schema):
    id: int
    channel: str
    state: str
    line: Named | None
    owner: str = Field(description="the name of whoever has it; empty: nobody")
    name: str = Field(description="whom we talk with; empty without the scope person.read, or not known")
    proven: bool = Field(description="false: only a mail's From says who writes")
    rank: int = Field(description="legal priority; lower is served first, 9 is everybody")
    unread: int
    last_number: int
    opened_at: datetime
    queued_at: datetime | None
    heard_at: datetime | None
    said_at: datetime | None
    snoozed_until: datetime | None
    closed_at: datetime | None


class TalkPage(Schema):
    conversations: list[TalkLine]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class ToldOut(Schema):
    question: str
    answer: str


class TalkOut(TalkLine):
    person: int | None = Field(description="as in the privacy calls; empty without person.read")
    place: int | None = Field(description="1: next in its line; empty: it does not wait")
    ending: str
    score: int | None
    answers: list[ToldOut] = Field(description="of the interview that came first")
    cases: list[CaseLine] = Field(description="the demands that it is about")


class TalkFile(Schema):
    id: UUID
    name: str
    mime: str
    size: int


class WordOut(Schema):
    number: int
    at: datetime
    direction: str
    note: bool = Field(description="only colleagues read it")
    kind: str
    author_kind: str
    author: str
    text: str
    details: dict[str, Any]
    files: list[TalkFile]
    delivery: str = Field(description="queued, sent, delivered, read, given_up; empty: its channel reads it from us")


class TalkWords(Schema):
    words: list[WordOut]


class Wanted(In):
    part: Part = "waiting"
    line: str = Field("", max_length=40, description="a slug")
    channel: str = Field("", max_length=20)
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class Since(In):
    since: int = Field(1, ge=0, le=BIGGEST, description="from this number on")


class Say(In):
    text: str = Field("", max_length=20_000)
    files: list[UUID] = Field(default_factory=list, max_length=10, description="that `/files` took")
    client_id: ClientId
    staff: Colleague


class Next(In):
    staff: Colleague
    line: str = Field("", max_length=40, description="a slug; empty: any that they serve")


class Present(In):
    staff: Colleague
    here: bool = Field(True, description="false: they leave; call with true every fifteen seconds otherwise")


class PresentOut(Schema):
    until: datetime | None
    returned: int = Field(description="how many conversations went back to their place in line")


def talk_of(actor: Actor, pk: int) -> Conversation:
    """Http404 when the key may not see it."""
    visible = Conversation.objects.visible_to(actor)
    return get_object_or_404(visible.select_related("agency", "line", "owner", "account", "person__priority"), pk=pk)


def colleague(actor: Actor, email: str) -> Actor:
    """The member of staff in whose name a key acts. It is logged which key it was."""
    actor.require(SCOPE)
    staff = Staff.objects.filter(agency_id=agency_of(actor), is_active=True, email__iexact=email).first()
    if staff is None:
        raise Invalid(_("Nobody here signs in with this e-mail."), field="staff")
    found = actor_of(staff)
    found.require("inbox.attend")
    return found


@router.get("", response={200: TalkPage, **ERRORS}, summary="A page of conversations")
@scoped(SCOPE)
def list_talks(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """Up to 50 at a time, in the order of the console: who waits, by legal priority and then by their place in line."""
    found = inbox(request.auth, wanted.part).select_related("line", "owner", "person")
    if wanted.line:
        found = found.filter(line__slug=wanted.line)
    if wanted.channel:
        found = found.filter(channel=wanted.channel)
    if wanted.after:
        found = beyond(found, wanted.after)
    talks = list(found[: PAGE + 1])
    seen(request, "talk", [talk.pk for talk in talks[:PAGE]] or [None], "conversations")
    rows = [_line(talk, request.auth) for talk in talks[:PAGE]]
    return {"conversations": rows, "next": talks[PAGE - 1].pk if len(talks) > PAGE else None}


@router.post("/next", response={200: TalkOut, 204: None, **ERRORS}, summary="The next in line, for a colleague")
@scoped(SCOPE)
def take_next(request: KeyRequest, body: Next) -> Any:
    """They have it, by the law's order; 204: nobody waits in their lines."""
    acting = colleague(request.auth, body.staff)
    line = own(request.auth, Line, body.line, "line") if body.line else None
    taken = lines.pull_next(actor=acting, line=line)
    if taken is None:
        return Status(204, None)
    seen(request, "talk", [taken.pk], f"next for {acting.id}")
    return Status(200, told(request.auth, talk_of(request.auth, taken.pk)))


@router.post("/presence", response={200: PresentOut, **ERRORS}, summary="A colleague is there, or leaves")
@scoped(SCOPE)
def be_present(request: KeyRequest, body: Present) -> Any:
    """As their page in the console says it: whoever was not heard of for 45 seconds has left."""
    acting = colleague(request.auth, body.staff)
    if not body.here:
        return {"until": None, "returned": presence.leave(actor=acting)}
    return {"until": presence.beat(actor=acting).present_until, "returned": 0}


@router.get("/{conversation}", response={200: TalkOut, **ERRORS}, summary="One conversation")
@scoped(SCOPE)
def read_talk(request: KeyRequest, conversation: Of) -> Any:
    talk = talk_of(request.auth, conversation)
    seen(request, "talk", [talk.pk], "conversation")
    return told(request.auth, talk)


@router.get("/{conversation}/messages", response={200: TalkWords, **ERRORS}, summary="What was said, in order")
@scoped(SCOPE)
def read_words(request: KeyRequest, conversation: Of, wanted: Query[Since]) -> Any:
    """Both sides and the colleagues' notes, up to 200 from a number on."""
    talk = talk_of(request.auth, conversation)
    seen(request, "talk", [talk.pk], "messages")
    said = (
        Message.objects.visible_to(request.auth)
        .filter(conversation=talk, number__gte=wanted.since)
        .select_related("author")
    )
    return {"words": [_word(m) for m in said.prefetch_related("files__file", "deliveries").order_by("number")[:200]]}


@router.get("/{conversation}/files/{file}", response=ERRORS, openapi_extra=BINARY, summary="A file of a conversation")
@scoped(SCOPE)
def read_file_of_talk(request: KeyRequest, conversation: Of, file: UUID) -> HttpResponseBase:
    talk = talk_of(request.auth, conversation)
    held = MessageFile.objects.filter(message__conversation=talk, file__uuid=file).select_related("file").first()
    if held is None:
        raise Http404
    seen(request, "file", [held.file_id], "conversation's file")
    return serve(held.file, request=request)


@router.post("/{conversation}/say", response={201: WordOut, **ERRORS}, summary="Say something to the person")
@scoped(SCOPE)
def say_it(request: KeyRequest, conversation: Of, body: Say) -> Any:
    """In the name of the colleague who has the conversation; it leaves on the person's own channel."""
    talk = talk_of(request.auth, conversation)
    acting = colleague(request.auth, body.staff)
    files = StoredFile.objects.filter(uuid__in=own_files(request.auth, body.files)).order_by("pk")
    message = say(actor=acting, conversation=talk, client_id=body.client_id, text=body.text, files=files)
    seen(request, "talk", [talk.pk], f"said for {acting.id}")
    return Status(201, _word(message))


def told(actor: Actor, talk: Conversation) -> dict[str, Any]:
    knows = actor.can("person.read")
    cases = Case.objects.visible_to(actor).filter(conversation_links__conversation=talk)
    return {
        **_line(talk, actor),
        "person": talk.person_id if knows else None,
        "place": place_in_line(talk),
        "ending": talk.ending,
        "score": talk.score,
        "answers": [{"question": q, "answer": a} for q, a in answers_of(talk)] if knows else [],
        "cases": [line_of(case) for case in cases.select_related(*CASE_LINE).order_by("pk")],
    }


def _line(talk: Conversation, actor: Actor) -> dict[str, Any]:
    name = (talk.person.name if talk.person else "") or talk.said_name
    moments = ("opened_at", "queued_at", "heard_at", "said_at", "snoozed_until", "closed_at")
    return {
        "id": talk.pk,
        "channel": talk.channel,
        "state": talk.state,
        "line": named(talk.line),
        "owner": talk.owner.name if talk.owner else "",
        "name": name if actor.can("person.read") else "",
        "proven": talk.proven,
        "rank": talk.rank,
        "unread": talk.staff_unread,
        "last_number": talk.last_number,
        **{moment: getattr(talk, moment) for moment in moments},
    }


def _word(message: Message) -> dict[str, Any]:
    delivery = next(iter(message.deliveries.all()), None)
    files = [held.file for held in message.files.all()]
    return {
        "number": message.number,
        "at": message.created_at,
        "direction": message.direction,
        "note": message.purpose == NOTE,
        "kind": message.kind,
        "author_kind": message.author_kind,
        "author": message.author.name if message.author else "",
        "text": message.for_staff,
        "details": message.data,
        "files": [{"id": f.uuid, "name": f.name, "mime": f.mime, "size": f.size} for f in files],
        "delivery": delivery.state if delivery else "",
    }
