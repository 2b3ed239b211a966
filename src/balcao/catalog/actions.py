"""Everything that changes what can be asked: groups, services, their questions, the words of letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from balcao.dialogue import Running
from balcao.organization.editing import allow, check, new_slug, same_agency, take_out
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal

from .models import Kind, Service, ServiceGroup, ServiceVersion, Template
from .questions import check_questions, questions_of, running_of
from .templates import FIELD, FIELDS, source

# What Lei 13.460/2017 art. 7 § 2 (and the good sense of the other jurisdictions) wants said of a published service.
CHARTER = ("summary", "who_may_ask", "what_is_needed", "steps", "how_long", "channels", "cost")

# What a letter is for: an answer without its words would be sent, and be none.
NEEDED = {"answer_cover": "body", "question": "body", "receipt": "access_code", "invitation": "link"}


class NotReady(Refusal):
    """A service may not be published yet; `missing` names the fields."""

    status = 400

    def __init__(self, missing: Sequence[str], labels: Sequence[str]) -> None:
        self.missing = list(missing)
        super().__init__(
            _("The service is not published yet: its charter still lacks %(fields)s.") % {"fields": ", ".join(labels)},
            log=f"charter lacks {', '.join(missing)}",
        )


def missing_for_publication(service: Service) -> list[str]:
    """The names of the charter's fields that are still empty."""
    return [name for name in CHARTER if not getattr(service, name).strip()]


def labels_of(names: Sequence[str]) -> list[str]:
    """The fields' names as a person reads them."""
    return [f"“{Service._meta.get_field(name).verbose_name}”" for name in names]  # type: ignore[union-attr]


@action
def change_group(*, actor: Actor, group: ServiceGroup) -> ServiceGroup:
    """Save a new or changed group of services."""
    allow(actor, group.agency_id)
    group.slug = group.slug or new_slug(ServiceGroup, group.agency_id, group.name)
    check(group)
    return history.keep(actor=actor, obj=group)


@action
def remove_group(*, actor: Actor, group: ServiceGroup) -> None:
    """Delete a group that holds no service."""
    allow(actor, group.agency_id)
    take_out(actor, group)


@action
def keep_service(*, actor: Actor, service: Service) -> Service:
    """Save a new or changed service; a new one starts with no questions of its own, and unpublished.

    NotReady when it is published while its charter is not whole. Its promise is checked by `cases.offering`."""
    allow(actor, service.agency_id)
    service.slug = service.slug or new_slug(Service, service.agency_id, service.name, 100)
    if not service.kinds or set(service.kinds) - set(Kind.values):
        raise Invalid(_("Choose at least one kind of demand that this service takes."), field="kinds")
    check(service, exclude={"current"})
    same_agency(service, group=service.group, calendar=service.calendar)
    was_published = bool(service.pk) and Service.objects.filter(pk=service.pk, is_published=True).exists()
    missing = missing_for_publication(service) if service.is_published else []
    # A service that people know already stays open while its charter is being written; a new one waits.
    if missing and (not was_published or _newly_missing(service, missing)):
        raise NotReady(missing, labels_of(missing))
    history.keep(actor=actor, obj=service)
    if service.current_id is None:
        _new_version(actor, service, [])
    return service


def _newly_missing(service: Service, missing: Sequence[str]) -> bool:
    before = Service.objects.get(pk=service.pk)
    return any(name not in missing_for_publication(before) for name in missing)


@action
def remove_service(*, actor: Actor, service: Service) -> None:
    """Delete a service that nobody ever asked for; a Refusal otherwise: unpublish it."""
    allow(actor, service.agency_id)
    fresh = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    Service.objects.filter(pk=fresh.pk).update(current=None)  # the pinned version may go with its service
    take_out(actor, fresh)


@action
def change_questions(
    *, actor: Actor, service: Service, questions: Sequence[Any], running: str = Running.FINISH.value
) -> ServiceVersion:
    """Give the service new questions, as a new version. Cases keep the version that they were opened with; interviews
    that have begun finish with theirs, or, if `running` is "move", go on with this one.

    What is equal makes no version. BadQuestion when one cannot be asked."""
    allow(actor, service.agency_id)
    fresh = Service.objects.select_for_update(of=("self",)).get(pk=service.pk)
    check_questions(fresh.slug, questions, kinds=fresh.kinds)
    as_it_is = questions_of(fresh.current) == list(questions) and running_of(fresh.current) == running
    if fresh.current is not None and as_it_is:
        return fresh.current
    version = _new_version(actor, fresh, questions, running)
    service.current = version
    return version


def _new_version(
    actor: Actor, service: Service, questions: Sequence[Any], running: str = Running.FINISH.value
) -> ServiceVersion:
    last = service.versions.aggregate(n=Max("number"))["n"] or 0
    version = ServiceVersion(service=service, number=last + 1, script={"questions": list(questions)})
    if running == Running.MOVE:
        version.script["running"] = running
    history.keep(actor=actor, obj=version)
    service.current = version
    history.keep(actor=actor, obj=service)
    return version


@action
def change_template(*, actor: Actor, template: Template) -> Template:
    """Save the agency's (or a service's) own words of a letter; each change raises its version.

    Invalid when it names a field that does not exist: the reader would find a gap."""
    allow(actor, template.agency_id)
    same_agency(template, service=template.service)
    unknown = sorted({*FIELD.findall(template.subject), *FIELD.findall(template.body)} - set(FIELDS))
    if unknown:
        raise Invalid(
            _("There is no field called %(names)s. Choose from the list.") % {"names": ", ".join(unknown)}, field="body"
        )
    if not template.body.strip():
        raise Invalid(_("A letter needs some words. To go back to ours, use “Reset”."), field="body")
    needed = NEEDED.get(template.purpose)
    if needed and needed not in FIELD.findall(template.body):
        raise Invalid(
            _("This letter needs the field %(name)s: without it the person would not get what it is about.")
            % {"name": f"{{{{ {needed} }}}}"},
            field="body",
        )
    try:
        source(
            agency_id=0,
            service_id=None,
            purpose=template.purpose,
            outcome=template.outcome,
            locale=template.locale,
        )
    except KeyError:
        raise Invalid(_("There is no letter of this kind."), field="purpose") from None
    before = Template.objects.select_for_update().filter(pk=template.pk).first() if template.pk else None
    if before is not None:
        if (before.subject, before.body) == (template.subject, template.body):
            return before
        template.version = before.version + 1
    check(template)
    return history.keep(actor=actor, obj=template)


@action
def reset_template(*, actor: Actor, template: Template) -> None:
    """Go back to the words that stand behind: the agency's for a service's letter, else those that we ship."""
    allow(actor, template.agency_id)
    take_out(actor, template)
