"""A template's words with its variables filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from balcao.cases.letters import address_of
from balcao.platform.actors import Actor

from ..conversations.models import Conversation
from ..models import Message
from ..replies.wording import render
from .models import ApprovedTemplate

PLACE = re.compile(r"\{\{\s*([\w]+)\s*\}\}")
LETTER_VARIABLES: dict[str, str | Promise] = {
    "link": gettext_lazy("where the demand can be followed"),
    "answer": gettext_lazy("the beginning of the letter"),
}
OWN = re.compile(r"\{\s*(link|answer|protocol)\s*\}")
SHORT = 300  # characters of `{answer}`


def variables_of(body: str) -> tuple[str, ...]:
    """The body's variables in the order in which they are filled in: {{1}}, {{2}} by number, {{name}} as they come."""
    found = list(dict.fromkeys(PLACE.findall(body)))
    return tuple(sorted(found, key=int)) if all(one.isdigit() for one in found) else tuple(found)


def preview(template: ApprovedTemplate, values: Sequence[str]) -> str:
    """As the person reads it; a variable without a value stays as it stands."""
    known = dict(zip(template.variables, values, strict=False))
    body = PLACE.sub(lambda match: known.get(match[1]) or match[0], template.body)
    return "\n\n".join(part for part in (template.header, body, template.footer) if part)


def values_for(template: ApprovedTemplate, message: Message, talk: Conversation, *, number: str) -> list[str]:
    """What stands for the variables when a letter leaves by the template. Nothing is left empty: Meta refuses that."""
    case = message.case
    short = " ".join(message.body.split())
    own = {
        "link": f"{address_of(case)}/acompanhar/" if case else "",
        "answer": short if len(short) <= SHORT else short[: SHORT - 1] + "…",
        "protocol": number,
    }
    with translation.override(talk.language):
        found = []
        for filling in template.fillings:
            said = OWN.sub(lambda match: own[match[1]], filling)
            found.append(" ".join(render(said, talk=talk, actor=Actor.system(talk.agency_id)).split()) or "-")
    return found


def as_data(template: ApprovedTemplate, values: Sequence[str]) -> Mapping[str, object]:
    """What `Message.data["template"]` is for a channel. Variables with names carry them."""
    named = [name for name in template.variables if not str(name).isdigit()]
    return {"name": template.name, "language": template.language, "variables": list(values)} | (
        {"names": named} if named else {}
    )
