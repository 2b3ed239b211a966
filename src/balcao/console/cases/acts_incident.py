"""A case and a known problem: put under it, or let go of it."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import gather_case, release_case
from balcao.cases.models import Case, Incident
from balcao.catalog.models import Kind
from balcao.platform.errors import Invalid

from .acts import Act, Ask, Field


def _open(ask: Ask) -> list[Incident]:
    found = Incident.objects.visible_to(ask.actor).filter(agency_id=ask.case.agency_id, state="open")
    found = found.prefetch_related("services").order_by("-began_at", "-pk")
    return sorted(found[:50], key=lambda one: ask.case.service_id not in {s.pk for s in one.services.all()})


def _fields(ask: Ask) -> list[Field]:
    options = [
        {"value": one.pk, "label": one.title, "help": " · ".join([*(s.name for s in one.services.all()), one.address])}
        for one in _open(ask)
    ]
    return [ask.field("incident", _("Known problem"), type="radio", options=options, attrs={"autofocus": True})]


def _gather(ask: Ask) -> str:
    incident = next((one for one in _open(ask) if one.pk == ask.number("incident")), None)
    if incident is None:
        raise Invalid(_("Choose a problem from the list."), field="incident")
    gather_case(actor=ask.actor, case=ask.case, incident=incident, version=ask.version)
    return _("Gathered under “%(title)s”: its author gets the same answer.") % {"title": incident.title}


def _release(ask: Ask) -> str:
    release_case(actor=ask.actor, case=ask.case, version=ask.version)
    return _("It stands by itself again, in triage.")


def _may_belong(case: Case) -> bool:
    known = Incident.objects.filter(agency_id=case.agency_id, state="open")
    return not case.sealed and case.kind != Kind.DENUNCIA and known.exists()


GATHER = Act(
    code="gather",
    label=gettext_lazy("Part of a known problem"),
    icon="users",
    verbs=["gather"],
    condition=_may_belong,
    fields=_fields,
    run=_gather,
    submit=gettext_lazy("Gather"),
    leaves=True,
    help=gettext_lazy("Each person keeps their own number and gets the same answer."),
)
RELEASE = Act(
    code="release",
    label=gettext_lazy("Not part of the known problem"),
    icon="reply",
    verbs=["release"],
    run=_release,
    submit=gettext_lazy("Let it go on by itself"),
    help=gettext_lazy("It goes back to triage, and the matrix routes it by itself."),
)
