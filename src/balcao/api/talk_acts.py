"""What is done with a conversation: taken, passed on, put off, closed; who it is; which demands it is about."""

from typing import Any

from django.utils.translation import gettext as _
from ninja import Status
from pydantic import Field

from balcao.catalog.queries import published_service, questions_of
from balcao.citizens.actions import know_person
from balcao.citizens.models import PriorityGroup
from balcao.inbox import intake
from balcao.inbox.conversations import lines, papers, pausing, speaking
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.finished import finished
from balcao.inbox.intake import Envelope
from balcao.inbox.models import Line
from balcao.platform.access_codes import code_from
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .acts import Acts
from .cases.finding import case_of
from .cases.opening import interview_of, orders_for
from .cases.schemas import NewCase, Opened, Who
from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .own import own
from .talks import SCOPE, ClientId, Colleague, Of, TalkOut, colleague, router, talk_of, told
from .words import BIGGEST, In, Moment, Said


class Note(In):
    text: Said
    client_id: ClientId
    staff: Colleague | None = Field(None, description="whose note it is; empty: the key's own")


class For(In):
    staff: Colleague


class ToLine(In):
    line: str = Field(min_length=1, max_length=40, description="a slug")
    note: str = Field("", max_length=4000, description="for the colleagues there; the person does not read it")


class Until(In):
    until: Moment = Field(description="within the next sixty days")


class Part(In):
    notice: str | None = Field(None, max_length=4000, description="empty words say nothing; left out: the line's own")


class Person(In):
    name: str = Field(min_length=1, max_length=200)
    document: str = Field("", max_length=20)
    email: str = Field("", max_length=254)
    phone: str = Field("", max_length=30)
    priority: str = Field("", max_length=30, description="the slug of a legal priority group")


class About(In):
    protocol: str = Field(min_length=1, max_length=30)


class Read(In):
    number: int = Field(ge=1, le=BIGGEST, strict=True)


def _found(actor: Actor, pk: int) -> Conversation:
    return talk_of(actor, pk)


def _told(actor: Actor, talk: Conversation) -> dict[str, Any]:
    return told(actor, talk_of(actor, talk.pk))


talks = Acts(router, "conversation", Of, _found, _told, TalkOut)


@talks.on("notes", SCOPE, summary="Write a note that only staff read", status=201)
def note(actor: Actor, talk: Conversation, body: Note) -> None:
    """“@ana” calls a colleague."""
    by = colleague(actor, body.staff) if body.staff else actor
    if not body.staff:
        actor.require("inbox.attend")
    lines.write_note(actor=by, conversation=talk, text=body.text, client_id=f"{actor.id}:{body.client_id}")


@talks.on("claim", SCOPE, summary="Give it to a colleague")
def claim(actor: Actor, talk: Conversation, body: For) -> None:
    """As if they had taken it: not from somebody who is talking with the person, unless they lead."""
    lines.claim(actor=colleague(actor, body.staff), conversation=talk)


@talks.on("let-go", SCOPE, summary="Back to its place in line")
def let_go(actor: Actor, talk: Conversation) -> None:
    lines.let_go(actor=actor, conversation=talk)


@talks.on("transfer", SCOPE, summary="To another line of the agency")
def transfer(actor: Actor, talk: Conversation, body: ToLine) -> None:
    """It keeps its place: nobody waits twice."""
    lines.transfer(actor=actor, conversation=talk, line=own(actor, Line, body.line, "line"), note=body.note)


@talks.on("snooze", SCOPE, summary="Put it off")
def snooze(actor: Actor, talk: Conversation, body: Until) -> None:
    """All that the person wrote is to be marked as read first. It comes back then, or as soon as they write."""
    pausing.snooze(actor=actor, conversation=talk, until=body.until, all_read=True)


@talks.on("close", SCOPE, summary="Close it with a kind word")
def close(actor: Actor, talk: Conversation, body: Part) -> None:
    """All that the person wrote is to be marked as read first. Whoever writes again within seven days goes on."""
    pausing.close(actor=actor, conversation=talk, notice=body.notice, all_read=True)


@talks.on("read", SCOPE, summary="Mark it as read up to a number")
def read(actor: Actor, talk: Conversation, body: Read) -> None:
    speaking.mark_read(actor=actor, conversation=talk, number=body.number)


@talks.on("identify", SCOPE, summary="Say who the person is")
def identify(actor: Actor, talk: Conversation, body: Person) -> None:
    """With it comes the place in line that the law gives them."""
    actor.require("person.read")
    group = None
    if body.priority:
        group = PriorityGroup.objects.in_force(talk.agency.jurisdiction).filter(slug=body.priority).first()
        if group is None:
            raise Invalid(_("There is no such priority group."), field="priority")
    person, _points = know_person(
        actor=actor, agency_id=agency_of(actor), name=body.name, document=body.document,
        contacts={"email": body.email, "phone": body.phone}, priority=group, locale=talk.language,
    )  # fmt: skip
    papers.identify(actor=actor, conversation=talk, person=person, rank=group.rank if group else None)


@talks.on("attach", SCOPE, summary="It is about this demand too")
def attach(actor: Actor, talk: Conversation, body: About) -> None:
    papers.attach_case(actor=actor, conversation=talk, case=case_of(actor, body.protocol))


@router.post(
    "/{conversation}/cases",
    response={200: Opened, 201: Opened, **ERRORS},
    summary="Open a demand from it",
)
@scoped(SCOPE)
def open_from(request: KeyRequest, conversation: Of, body: NewCase, client_id: ClientId) -> Any:
    """Its number, date and code are told in the conversation at once, and its answer comes back into it. Without a
    reporter, whoever the conversation knows asks."""
    actor = request.auth
    actor.require("case.open")
    talk = talk_of(actor, conversation)
    person = talk.person
    if body.reporter is None and person is not None:
        body.reporter = Who(name=person.name, document=person.document, email="", phone="", priority="", consent=True)
    service = published_service(agency_of(actor), body.service)
    if service is None or service.current is None:
        raise Invalid(_("There is no service “%(slug)s”.") % {"slug": body.service}, field="service")
    version = questions_of(service, service.current.pk)
    interview = interview_of(actor, version, body, talk.language, talk=True)
    code = code_from(f"api-talk\0{talk.pk}\0{client_id}")
    envelope = Envelope(
        channel=talk.channel, external_id=papers.external_id(talk, client_id), access_code=code,
        locale=talk.language, conversation=talk,
    )  # fmt: skip
    opened = intake.send_demand(
        actor=actor, version=version, answers=finished(interview), script=interview.script, envelope=envelope
    )
    seen(request, "talk", [talk.pk], "demand from a conversation")
    case = opened.case
    shown = {"protocol": case.protocol, "due_at": case.deadline.due_at, "state": case.state, "repeat": opened.repeat}
    more = {"access_code": "", "orders": orders_for(request.auth, case)}  # the code is told in the conversation
    return Status(200 if opened.repeat else 201, {**shown, **more})
