"""One person on several channels: their conversations become one record, and can be taken apart again.

Nothing is copied or moved: each conversation keeps what came by it, and only says whose it is. The events say who it
was taken for before, so what was joined by mistake is found and parted."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.citizens.actions import know_person
from balcao.citizens.models import Person
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.events import emit

from .events import ConversationParted
from .lines import _mine
from .models import Conversation
from .moving import change, locked
from .papers import identify


@action
def join_talks(*, actor: Actor, conversation: Conversation, other: Conversation, now: datetime | None = None) -> Person:
    """Whoever speaks in the two is the same person: the one that `conversation` knows, else that `other` knows, else
    one that is new. With `other` come all conversations from its address. A Refusal when nothing proves who writes in
    one of them; NotAllowed for what the actor does not see."""
    now = now or timezone.now()
    if conversation.pk == other.pk:
        raise Invalid(_("Choose another conversation than this one."), field="conversation")
    # both rows in one order, whichever way round they were named
    held = {one.pk: locked(one, actor=actor) for one in sorted((conversation, other), key=lambda one: one.pk)}
    this, that = held[conversation.pk], held[other.pk]
    _mine(this, actor)
    seen = Conversation.objects.visible_to(actor).filter(pk__in=[this.pk, that.pk]).count()
    if seen < 2 or this.agency_id != that.agency_id:
        raise NotAllowed(log=f"staff {actor.id} does not see conversations {this.pk} and {that.pk}")
    if not (this.proven and that.proven):
        raise Refusal(_("Nothing proves who writes in one of them: it cannot be joined."))
    person = this.person or that.person or _new(actor, this, that)
    for one in (this, that):
        for same in _of_contact(one):
            if same.person_id != person.pk:
                _part(same, actor=actor, now=now)
                identify(actor=actor, conversation=same, person=person, now=now)
    return person


def _new(actor: Actor, this: Conversation, that: Conversation) -> Person:
    name = this.said_name or that.said_name
    if not name:
        raise Refusal(_("We do not know a name of theirs yet: say first who it is."))
    person, _points = know_person(actor=actor, agency_id=this.agency_id, name=name, locale=this.language)
    return person


@action
def part_person(*, actor: Actor, conversation: Conversation, now: datetime | None = None) -> int:
    """Whoever writes here is not that person after all: the conversations from this address are nobody's again; how
    many. Those from other addresses stay theirs, and so do the demands that were opened."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _mine(held, actor)
    if held.person_id is None:
        return 0
    mine = [one for one in _of_contact(held) if one.person_id == held.person_id]
    for one in mine:
        _part(one, actor=actor, now=now)
    return len(mine)


def _of_contact(held: Conversation) -> list[Conversation]:
    """All conversations of an agency with one contact, on whichever of its accounts, their rows locked."""
    alike = Conversation.objects.select_for_update(of=("self",), no_key=True).filter(
        agency_id=held.agency_id, channel=held.channel, contact_hash=bytes(held.contact_hash)
    )
    return [held if one.pk == held.pk else one for one in alike.order_by("pk")]


def _part(one: Conversation, *, actor: Actor, now: datetime) -> None:
    if one.person_id is None:
        return
    before = one.person_id
    change(one, person=None)
    fact = ConversationParted(conversation_id=one.pk, person_id=before)
    emit(fact, actor=actor, agency_id=one.agency_id, at=now)
