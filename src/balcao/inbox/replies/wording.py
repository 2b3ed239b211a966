"""The variables of a ready-made reply: which there are, and what stands for them in one conversation."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.organization.models import Staff
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.numbering import format_protocol
from balcao.web.formatting import moment_words

from ..conversations.models import Conversation
from ..conversations.queries import next_opening, place_in_line
from ..models import CaseLink

VARIABLE = re.compile(r"\{\s*([^{}\n]{0,40}?)\s*\}")
# With what stands before it and means nothing alone: "Olá, {name}!" is "Olá!" for somebody without a name.
WITH_LEAD = re.compile(r"(,?[ \t]*)\{\s*([a-z_]+)\s*\}")


@dataclass(frozen=True)
class Here:
    """One conversation, at one moment, in the hands of one attendant."""

    talk: Conversation
    actor: Actor
    now: datetime


def _name(here: Here) -> str:
    person = here.talk.person
    name = ((person.name if person else "") or here.talk.said_name).split()
    return name[0] if name else ""


def _protocol(here: Here) -> str:
    links = CaseLink.objects.filter(conversation=here.talk).select_related("case").order_by("-at", "-pk")
    found = links.first()
    return format_protocol(found.case.protocol) if found else ""


def _attendant(here: Here) -> str:
    staff = Staff.objects.filter(pk=here.actor.staff_id or 0).first()
    return staff.name.split()[0] if staff else ""


def _opening(here: Here) -> str:
    if here.talk.line is None:
        return ""
    opening = next_opening(here.talk.line, here.now)
    return moment_words(timezone.localtime(opening), timezone.localtime(here.now)) if opening else ""


def _place(here: Here) -> str:
    place = place_in_line(here.talk)
    return str(place) if place else ""


VARIABLES: dict[str, tuple[str | Promise, Callable[[Here], str]]] = {
    "name": (gettext_lazy("their first name"), _name),
    "protocol": (gettext_lazy("the number of their newest demand"), _protocol),
    "agency": (gettext_lazy("our name"), lambda here: here.talk.agency.name),
    "attendant": (gettext_lazy("your first name"), _attendant),
    "line": (gettext_lazy("the line's name"), lambda here: here.talk.line.name if here.talk.line else ""),
    "next_opening": (gettext_lazy("when somebody is there again"), _opening),
    "place": (gettext_lazy("their place in line"), _place),
}


def check_variables(text: str, field: str, known: Collection[str] = VARIABLES) -> None:
    """Invalid for a variable that does not exist: nobody is written "{nmae}"."""
    for name in VARIABLE.findall(text):
        if name not in known:
            names = {"name": name, "known": ", ".join(f"{{{one}}}" for one in known)}
            said = _("There is no variable {%(name)s}. There are: %(known)s.") % names
            raise Invalid(said, field=field)


def render(text: str, *, talk: Conversation, actor: Actor, now: datetime | None = None) -> str:
    """The words as this person would read them. What nobody knows is left out, with the comma before it."""
    here = Here(talk, actor, now or timezone.now())

    def put(match: re.Match[str]) -> str:
        if match[2] not in VARIABLES:
            return match[0]
        value = str(VARIABLES[match[2]][1](here))
        return match[1] + value if value else ""

    with translation.override(talk.language), timezone.override(talk.agency.timezone):
        return WITH_LEAD.sub(put, text)
