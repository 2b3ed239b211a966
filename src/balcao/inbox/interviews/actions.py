"""Writing interviews: a draft is kept as often as one likes, and published once."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Service
from balcao.dialogue import ScriptError
from balcao.inbox.conversations.models import Line
from balcao.inbox.intake import validators
from balcao.organization.editing import allow, check, new_slug, take_out
from balcao.organization.models import Agency
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

from .definitions import Definition, load_definition, walk_definition
from .models import Interview

_QUESTION = re.compile(r"steps\[(\d+)\]\.questions\[(\d+)\]")


class BadInterview(Invalid):
    """`path` is where in the definition, as `steps[0].questions[2].when`; `code` the question's, where one is meant."""

    def __init__(self, path: str, reason: str, definition: Any = None) -> None:
        self.path = path
        self.code = _code_at(path, definition)
        about = f"“{self.code}”" if self.code else path
        sentence = f"{about}: {reason}" if about else reason
        super().__init__(sentence, field="definition", log=f"{path}: {reason}")


@action
def save_draft(*, actor: Actor, agency_id: int, slug: str, definition: dict[str, Any], source: str = "") -> Interview:
    """Keep the draft of the interview `slug` (new: from its title); the version in force stays as it is.

    BadInterview when it could not be asked, with its place. What equals the version in force makes no draft."""
    allow(actor, agency_id)
    data = {key: value for key, value in definition.items() if key not in ("slug", "version")}
    agency = Agency.objects.select_for_update(no_key=True).get(pk=agency_id)  # two first drafts at once are one
    read = _load(data, slug or "new")
    title = read.script.title.say(agency.locale)
    if not title:
        raise BadInterview("title", _("is missing: it is how people find this interview in a list"))
    versions = Interview.objects.filter(agency_id=agency_id, slug=slug) if slug else Interview.objects.none()
    newest = versions.order_by("-version").first()
    if newest is not None and newest.published_at and newest.definition == data:
        return newest
    if newest is None or newest.published_at:
        number = (newest.version if newest else 0) + 1
        newest = Interview(agency_id=agency_id, version=number, slug=slug or new_slug(Interview, agency_id, title))
    newest.title, newest.definition, newest.source = title[:120], data, source
    check(newest, exclude={"published_at"})
    return history.keep(actor=actor, obj=newest)


@action
def publish(*, actor: Actor, interview: Interview, now: datetime | None = None) -> Interview:
    """From now on this version is the one that is asked. Whoever is in the middle of an older one ends with it, or, if
    the definition says `running: move`, goes on with this.

    BadInterview when nobody can come to a question or an outcome, or when it names what is not there or not in use."""
    allow(actor, interview.agency_id)
    held = Interview.objects.select_for_update(of=("self",)).select_related("agency").get(pk=interview.pk)
    if held.published_at:
        return held
    check_whole(held)
    held.published_at = now or timezone.now()
    return history.keep(actor=actor, obj=held)


@action
def discard(*, actor: Actor, interview: Interview) -> None:
    """Throw a draft away; a Refusal for what was published: people may be in the middle of it."""
    allow(actor, interview.agency_id)
    held = Interview.objects.select_for_update().get(pk=interview.pk)
    if held.published_at:
        raise Refusal(_("This version was published, and stays. Write a new one instead."))
    take_out(actor, held)


def check_whole(interview: Interview) -> None:
    """Raise BadInterview unless `interview` could be published now."""
    data, agency = interview.definition, interview.agency
    read = _load(data, interview.slug)
    if unknown := read.script.validator_names - set(validators(agency)):
        raise BadInterview("", _("There is no check called %(names)s.") % {"names": ", ".join(sorted(unknown))})
    found = walk_definition(data, slug=interview.slug)
    for path in found.unreachable:
        raise BadInterview(path, _("nobody can come here: its condition never holds"), data)
    _check_outcomes(read, agency.pk)


def _load(data: dict[str, Any], slug: str) -> Definition:
    try:
        return load_definition(data, slug=slug)
    except ScriptError as error:
        raise BadInterview(error.path, error.reason, data) from None


def _check_outcomes(read: Definition, agency_id: int) -> None:
    services = set(Service.objects.filter(agency_id=agency_id, is_published=True).values_list("slug", flat=True))
    lines = set(Line.objects.filter(agency_id=agency_id, is_active=True).values_list("slug", flat=True))
    for number, outcome in enumerate(read.outcomes):
        if outcome.open and outcome.open not in services:
            sentence = _("There is no published service “%(slug)s” here.") % {"slug": outcome.open}
            raise BadInterview(f"outcomes[{number}].open", sentence)
        if outcome.line and outcome.line not in lines:
            sentence = _("There is no active line “%(slug)s” here.") % {"slug": outcome.line}
            raise BadInterview(f"outcomes[{number}].line", sentence)


def _code_at(path: str, definition: Any) -> str:
    """The code of the question at a path; a path that is none is a code already."""
    found = _QUESTION.search(path)
    if found is None:
        return "" if "[" in path or not path or path in ("title", "steps", "running", "outcomes") else path
    try:
        return str(definition["steps"][int(found[1])]["questions"][int(found[2])]["code"])
    except (KeyError, IndexError, TypeError):
        return ""
