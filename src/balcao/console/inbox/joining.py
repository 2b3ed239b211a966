"""One person on several channels: joined into one record, and taken apart again."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.people import join_talks, part_person
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.text import sort_key

from .acts import OPEN, Act, Ask, Done, Field
from .acts_saying import EVERY
from .listing import number
from .words import CHANNELS, address, who

NEWEST = 300  # conversations that are looked through for the same name
SHOWN = 8


def alike(talk: Conversation, actor: Actor) -> list[Conversation]:
    """Conversations that may be the same person's: of the same name first, then those that the reader has now."""
    seen = (
        Conversation.objects.visible_to(actor)
        .filter(proven=True)
        .exclude(channel=talk.channel, contact_hash=bytes(talk.contact_hash))
    )
    if talk.person_id:
        seen = seen.exclude(person_id=talk.person_id)
    name = _name(talk)
    found: dict[tuple[str, bytes], Conversation] = {}
    for one in seen.select_related("person", "account").order_by("-pk")[:NEWEST]:
        same, mine = bool(name) and _name(one) == name, one.owner_id == actor.staff_id and one.state in OPEN
        if same or mine:
            found.setdefault((one.channel, bytes(one.contact_hash)), one)
    return sorted(found.values(), key=lambda one: _name(one) != name)[:SHOWN]


def _name(talk: Conversation) -> str:
    return sort_key((talk.person.name if talk.person else "") or talk.said_name)


def _label(one: Conversation, actor: Actor) -> str:
    parts = (who(one, actor), CHANNELS.get(one.channel, one.channel), address(one))
    return " · ".join(str(part) for part in parts if part)


def _fields(ask: Ask) -> list[Field]:
    options = [(one.pk, _label(one, ask.actor)) for one in alike(ask.talk, ask.actor)]
    if not options:
        return []
    return [ask.field("conversation", _("They also talk with us here:"), type="radio", options=options)]


def _join(ask: Ask) -> Done:
    wanted = number(ask.typed("conversation"))
    other = next((one for one in alike(ask.talk, ask.actor) if one.pk == wanted), None)
    if other is None:
        raise Invalid(_("Choose one of the list."), field="conversation")
    join_talks(actor=ask.actor, conversation=ask.talk, other=other)
    return Done(_("They are one person now. “Not this person” takes it apart again."))


def _part(ask: Ask) -> Done:
    part_person(actor=ask.actor, conversation=ask.talk)
    return Done(_("Whoever writes here is nobody that we know now."))


SAME = Act(
    code="same",
    label=gettext_lazy("The same person as…"),
    icon="users",
    run=_join,
    fields=_fields,
    submit=gettext_lazy("Join them"),
    help=gettext_lazy(
        "Somebody who writes by several channels becomes one record. Nobody with the same name here? Then there is "
        "nothing to join. It can be taken apart again."
    ),
    permissions=("inbox.attend", "person.read"),
    states=EVERY,
    bar=False,
)
PART = Act(
    code="part",
    label=gettext_lazy("Not this person"),
    icon="x",
    run=_part,
    press=True,
    permissions=("inbox.attend", "person.read"),
    states=EVERY,
    bar=False,
)
