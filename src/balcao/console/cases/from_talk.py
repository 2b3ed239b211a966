"""A demand that is opened from a conversation: what the person said there is in the form already."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from balcao.cases.models import Case
from balcao.console.shell import StaffRequest
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.papers import identify
from balcao.inbox.conversations.states import Direction
from balcao.inbox.interviews.answers import fields_of
from balcao.inbox.interviews.people import phone_of
from balcao.inbox.models import Message, Wait
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read
from balcao.platform.numbering import format_protocol

MOST = 30  # messages of theirs that go into the description
LONGEST = 3_000  # characters of it


def talk_of(actor: Actor, data: QueryDict) -> Conversation | None:
    """The conversation that the form names, where the reader has it or leads; None for any other."""
    named = data.get("talk", "")
    if not (named.isascii() and named.isdigit() and len(named) < 19 and actor.can("inbox.attend")):
        return None
    found = Conversation.objects.visible_to(actor).filter(pk=int(named)).select_related("person", "agency").first()
    if found is None or (found.owner_id != actor.staff_id and not actor.can("inbox.lead")):
        return None
    return found


def heard_in(talk: Conversation, actor: Actor, data: QueryDict) -> QueryDict:
    """The form with what is known: what they answered to questions of the same codes, their words since then (where
    nothing was asked: since they came this time), and who they are."""
    filled = data.copy()
    answered = fields_of(talk)
    said = Message.objects.visible_to(actor).filter(
        conversation=talk, direction=Direction.IN, created_at__gte=talk.opened_at
    )
    if answered and (handed := Wait.objects.filter(conversation=talk).order_by("-began_at").first()):
        said = said.filter(created_at__gt=handed.began_at)
    words = [m.body.strip() for m in reversed(said.order_by("-number")[:MOST]) if m.body.strip()]
    filled.setdefault("description", "\n".join([*answered.pop("description", []), *words])[-LONGEST:])
    for name, values in answered.items():
        if name not in filled:
            filled.setlist(name, values)
    if not actor.can("person.read"):
        return filled
    person = talk.person
    filled.setdefault("who", "identified")
    filled.setdefault("who_name", (person.name if person else "") or talk.said_name)
    if person is not None:
        log_read(
            actor=actor, subject="person", ids=[person.pk], purpose="demand from a conversation",
            agency_id=talk.agency_id,
        )  # fmt: skip
        filled.setdefault("who_document", person.document)
        for contact in person.contacts.all():
            filled.setdefault(f"who_{contact.kind}", contact.value)
    if talk.channel == "email" and talk.address:
        filled.setdefault("who_email", talk.address)
    if number := phone_of(talk):  # WhatsApp may know somebody by an id of its own, which is no number
        filled.setdefault("who_phone", number)
    return filled


def opened_in(request: StaffRequest, talk: Conversation, case: Case) -> HttpResponse:
    """The number is told in the conversation already; whoever asked is known there from now on."""
    if case.reporter is not None and talk.person_id is None and not case.sealed:
        identify(actor=request.actor, conversation=talk, person=case.reporter)
    number = format_protocol(case.protocol)
    messages.success(request, _("Demand %(number)s is open, and its number is told here.") % {"number": number})
    page = redirect("console:talk", talk.pk)
    # a form that htmx has sent would show the conversation under its own address, without the conversation's script
    return HttpResponseClientRedirect(page.url) if "HX-Request" in request.headers else page
