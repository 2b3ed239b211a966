"""What is said: to the person, and among colleagues."""

from __future__ import annotations

import secrets

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions.notes import unknown_names
from balcao.inbox.conversations.lines import called, write_note
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.states import State
from balcao.inbox.uploads import keep
from balcao.platform.errors import Invalid

from .acts import OPEN, Act, Ask, Done, Field

EVERY = OPEN | {State.CLOSED}


def _say(ask: Ask) -> Done:
    """A file that cannot be taken costs neither the others nor the words: nothing is sent, and the page says why."""
    files, problem = keep(ask.request.FILES.getlist("files"), actor=ask.actor)
    if problem:
        raise Invalid(problem, field="files")
    say(
        actor=ask.actor,
        conversation=ask.talk,
        client_id=ask.typed("client_id")[:80] or secrets.token_hex(12),
        text=ask.typed("text"),
        files=files,
    )
    return Done()


def _note_fields(ask: Ask) -> list[Field]:
    help_ = _("Only colleagues read it. Write @name to call one.")
    once = {"name": "client_id", "label": "", "type": "hidden", "id": "act_client_id"}
    return [
        ask.words("text", _("Note"), help=help_, required=True, attrs={"autofocus": True}),
        {**once, "value": ask.typed("client_id") or secrets.token_hex(12)},
    ]


def _note(ask: Ask) -> Done:
    text = ask.typed("text")
    if not text.strip():
        raise Invalid(_("Please write something first."), field="text")
    write_note(actor=ask.actor, conversation=ask.talk, text=text, client_id=ask.typed("client_id")[:80])
    told = called(ask.talk, text)
    said = [_("Note kept.")]
    if told:
        said.append(_("We tell %(names)s.") % {"names": ", ".join(s.name for s in told)})
    if nobody := unknown_names(text, told):
        said.append(_("Nobody here is found by %(names)s.") % {"names": ", ".join(nobody)})
    return Done(" ".join(said))


SAY = Act(
    code="say",
    label=gettext_lazy("Reply"),
    icon="send",
    run=_say,
    mine=True,
    states=frozenset({State.HELD, State.SNOOZED}),
    keeps=True,
    bar=False,
)
NOTE = Act(
    code="note",
    label=gettext_lazy("Note"),
    icon="edit",
    key="n",
    run=_note,
    fields=_note_fields,
    submit=gettext_lazy("Keep the note"),
    states=EVERY,
)
