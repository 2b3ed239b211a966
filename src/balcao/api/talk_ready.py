"""What stands ready for a conversation: macros and approved templates; and who is the same person."""

from typing import Annotated, Any

from django.http import Http404
from ninja import Schema
from pydantic import Field

from balcao.inbox.approved.actions import say_template
from balcao.inbox.approved.models import ApprovedTemplate
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.people import join_talks, part_person
from balcao.inbox.replies.macros import run_macro
from balcao.inbox.replies.queries import search
from balcao.inbox.replies.wording import render
from balcao.platform.actors import Actor

from .door import ERRORS, KeyRequest, scoped, seen
from .talk_acts import talks
from .talks import SCOPE, ClientId, Colleague, Of, colleague, router, talk_of
from .words import BIGGEST, In


class Macro(In):
    staff: Colleague
    reply: str = Field(min_length=1, max_length=40, description="its shortcut")
    text: str = Field("", max_length=4000, description="its words as you changed them; empty: its own")
    client_id: ClientId


class Template(In):
    staff: Colleague
    template: int = Field(ge=1, le=BIGGEST, strict=True, description="its id in `settings/templates`")
    values: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=20)] = []
    client_id: ClientId


class Same(In):
    conversation: int = Field(ge=1, le=BIGGEST, strict=True, description="of the same person, on any channel")


class ReadyOut(Schema):
    shortcut: str
    title: str
    words: str = Field(description="as this person would read them")
    macro: bool = Field(description="something follows it")


@router.get(
    "/{conversation}/replies", response={200: list[ReadyOut], **ERRORS}, summary="The ready-made replies for it"
)
@scoped(SCOPE)
def ready_replies(request: KeyRequest, conversation: Of, text: str = "") -> Any:
    """Up to twelve in which every word of `text` stands, accents apart."""
    talk = talk_of(request.auth, conversation)
    seen(request, "talk", [talk.pk], "ready-made replies")
    return [
        {"shortcut": one.shortcut, "title": one.title, "macro": one.is_macro,
         "words": render(one.body, talk=talk, actor=request.auth)}
        for one in search(talk, text[:100])
    ]  # fmt: skip


@talks.on("macro", SCOPE, summary="Say a ready-made reply and do what follows it")
def macro(actor: Actor, talk: Conversation, body: Macro) -> None:
    """All of it or nothing. One that puts off or closes asks, as they do, that all was read."""
    found = next((one for one in search(talk, body.reply) if one.shortcut == body.reply), None)
    if found is None:
        raise Http404
    run_macro(
        actor=colleague(actor, body.staff), conversation=talk, reply=found, text=body.text or None,
        client_id=f"{actor.id}:{body.client_id}", all_read=True,
    )  # fmt: skip


@talks.on("template", SCOPE, summary="Say an approved template")
def template(actor: Actor, talk: Conversation, body: Template) -> None:
    """The only thing that WhatsApp takes when more than 24 hours have passed since the person wrote."""
    found = ApprovedTemplate.objects.filter(pk=body.template, account_id=talk.account_id).first()
    if found is None:
        raise Http404
    say_template(
        actor=colleague(actor, body.staff), conversation=talk, template=found, values=body.values,
        client_id=f"{actor.id}:{body.client_id}",
    )  # fmt: skip


@talks.on("same", SCOPE, summary="The same person as in another conversation")
def same(actor: Actor, talk: Conversation, body: Same) -> None:
    """Both are then of one person; `part` undoes it."""
    actor.require("person.read")
    join_talks(actor=actor, conversation=talk, other=talk_of(actor, body.conversation))


@talks.on("part", SCOPE, summary="It is not this person after all")
def part(actor: Actor, talk: Conversation) -> None:
    """Whoever writes from this address or number is then nobody that we know."""
    actor.require("person.read")
    part_person(actor=actor, conversation=talk)
