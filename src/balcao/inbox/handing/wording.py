"""What a person is asked and told when another agency shall go on with them, and what their answer means."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from django.utils.translation import override

from balcao.dialogue import Script, load_script
from balcao.dialogue.parsing import Invalid, parse_boolean
from balcao.dialogue.text import fold

from ..conversations.models import Conversation, Line
from ..conversations.states import Kind
from ..interviews.given import new_words
from ..interviews.rendering import RENDERERS
from ..models import Message
from .models import Handover

_POLITE = frozenset(
    ("por", "favor", "obrigado", "obrigada", "muito", "att", "atenciosamente", "abraco", "abracos", "grato", "grata",
     "please", "thanks", "thank", "you", "bom", "boa", "dia", "tarde", "noite", "senhor", "senhora")
)  # fmt: skip


def code_of(handover: Handover) -> str:
    """The question's own: a button of an older one says nothing about this one."""
    return f"handover{handover.pk}"


def question(handover: Handover) -> Script:
    """The question as a script of its own, in the person's language."""
    language, line = handover.conversation.language, handover.line
    with override(language):
        words = _("%(line)s of %(agency)s can go on with you. For that we would pass on to them what we talked about "
                  "here, with your name and your contact. Your files and your requests with us stay with us. May we? "
                  "If you would rather not, nothing is passed on, and we go on here.") % _names(line)  # fmt: skip
        if handover.conversation.channel not in RENDERERS:
            words += "\n\n" + _("Please answer with “yes” or “no” alone.")
    asked = {"code": code_of(handover), "type": "boolean", "required": True, "prompt": {language: words}}
    step = {"slug": "handover", "title": "handover", "questions": [asked]}
    return load_script({"slug": "own-handover", "version": 1, "steps": [step]})


def meant_by(handover: Handover, message: Message, *, newest: bool) -> bool | None:
    """Yes, no, or nothing of the sort: in doubt nobody has agreed. `newest`: nothing was said to them since the
    question; otherwise only its own button answers it."""
    code, tapped = code_of(handover), str(message.data.get("id", ""))
    if message.kind == Kind.REPLY and tapped:
        return {f"{code}=true": True, f"{code}=false": False}.get(tapped)
    raw = message.data.get("raw")
    if not newest or message.kind not in (Kind.TEXT, Kind.REPLY) or raw is not None:
        return None
    return _yes_or_no(new_words(message), handover.conversation.said_name)


def _yes_or_no(words: str, name: str) -> bool | None:
    """A yes or a no alone, with thanks or their name if they like."""
    said = re.findall(r"\w+", fold(words))
    left = [one for one in said if one not in _POLITE and one not in fold(name).split()]
    if len(left) != 1 or left[0].isdigit() or "?" in words:
        return None
    try:
        return parse_boolean(left[0])
    except Invalid:
        return None


def declined(conversation: Conversation) -> str:
    with override(conversation.language):
        return _("All right: nothing is passed on, and we go on here.")


def passed(handover: Handover, address: str) -> str:
    """`address`: the other agency's own; empty where they go on in the same window."""
    with override(handover.conversation.language):
        if not address:
            return _("Done! %(line)s of %(agency)s now knows what we talked about and goes on with you, here in this "
                     "chat.") % _names(handover.line)  # fmt: skip
        return _("Done! %(line)s of %(agency)s now knows what we talked about and goes on with you. They write to you "
                 "from %(address)s, and you can write to them there at any time.") % {
                     **_names(handover.line), "address": address}  # fmt: skip


def _names(line: Line) -> dict[str, str]:
    return {"line": line.name, "agency": line.agency.name}
