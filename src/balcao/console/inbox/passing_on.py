"""Another agency of the installation goes on, when the person agrees: asked here, answered by them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.inbox.conversations.states import State
from balcao.inbox.handing.asking import ask as ask_person
from balcao.inbox.handing.places import places
from balcao.platform.errors import Invalid

from .acts import Act, Ask, Done, Field


def _fields(ask: Ask) -> list[Field]:
    options = [(str(line.pk), f"{line.agency.name} · {line.name}") for line in places(ask.talk.agency_id)]
    if not options:
        return []
    return [
        ask.field("line", _("Agency and line"), type="select", options=[("", _("Choose the line…")), *options],
                  required=True, attrs={"autofocus": True}),
        ask.words("note", _("Note for the colleagues there"),
                  help=_("What is it about, what did you find out already? The person does not read it.")),
    ]  # fmt: skip


def _run(ask: Ask) -> Done:
    line = next((one for one in places(ask.talk.agency_id) if str(one.pk) == ask.typed("line")), None)
    if line is None:
        raise Invalid(_("Choose a line from the list."), field="line")
    ask_person(actor=ask.actor, conversation=ask.talk, line=line, note=ask.typed("note"))
    return Done(_("We asked them. When they say yes within a day, it is passed on by itself."))


AGENCY = Act(
    code="agency",
    label=gettext_lazy("Another agency should go on with it"),
    icon="arrow-right",
    run=_run,
    fields=_fields,
    submit=gettext_lazy("Ask the person"),
    help=gettext_lazy(
        "The person is asked first, here in the conversation. With their yes the other agency gets what was said, "
        "their name and their contact: no files, no demands, no private notes. Then this conversation closes. When the "
        "list is empty, no agency here takes people from others."
    ),
    states=frozenset({State.HELD, State.SNOOZED}),
    bar=False,
)
