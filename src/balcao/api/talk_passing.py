"""Another agency goes on with a conversation: where to, and asking the person."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Schema
from pydantic import Field

from balcao.inbox.conversations.models import Conversation
from balcao.inbox.handing.asking import ask
from balcao.inbox.handing.places import places
from balcao.inbox.models import Handover
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .door import ERRORS, KeyRequest, scoped
from .talk_acts import talks
from .talks import SCOPE, Colleague, Of, colleague, router, talk_of
from .words import In


class ReceiverOut(Schema):
    agency: str
    agency_name: str
    line: str
    name: str


class HandoverOut(Schema):
    agency: str
    line: str
    state: str = Field(description="asked, agreed, declined, lapsed, done, failed")
    asked_at: datetime
    question: int = Field(description="the number of the message that asked")
    answered_at: datetime | None
    answer: int | None = Field(description="the number of the message that said yes or no")


class Elsewhere(Schema):
    places: list[ReceiverOut]
    asked: list[HandoverOut]


class ToAgency(In):
    agency: str = Field(min_length=1, max_length=80, description="a slug")
    line: str = Field(min_length=1, max_length=40, description="the slug of its line")
    note: str = Field("", max_length=4000, description="for the colleagues there; the person does not read it")
    staff: Colleague | None = Field(None, description="who asks; empty: the key itself")


@router.get("/{conversation}/agencies", response={200: Elsewhere, **ERRORS}, summary="Which agencies could go on")
@scoped(SCOPE)
def agencies(request: KeyRequest, conversation: Of) -> Any:
    """The lines of other agencies that take people from here, and what this person was asked already."""
    talk = talk_of(request.auth, conversation)
    asked = Handover.objects.visible_to(request.auth).filter(conversation=talk).select_related("line__agency")
    fields = ("state", "asked_at", "question", "answered_at", "answer")
    return {
        "places": [
            {"agency": one.agency.slug, "agency_name": one.agency.name, "line": one.slug, "name": one.name}
            for one in places(talk.agency_id)
        ],
        "asked": [
            {"agency": one.line.agency.slug, "line": one.line.slug, **{name: getattr(one, name) for name in fields}}
            for one in asked.order_by("pk")
        ],
    }


@talks.on("pass-on", SCOPE, summary="Ask whether another agency may go on")
def pass_on(actor: Actor, talk: Conversation, body: ToAgency) -> None:
    """The person is asked in the conversation. Only their yes within a day passes on what was said, their name and
    their contact; then the conversation closes."""
    by = colleague(actor, body.staff) if body.staff else actor
    line = places(talk.agency_id).filter(agency__slug=body.agency, slug=body.line).first()
    if line is None:
        raise Invalid(_("Choose a line from the list."), field="line")
    ask(actor=by, conversation=talk, line=line, note=body.note)
