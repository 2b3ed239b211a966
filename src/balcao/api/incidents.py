"""Known problems: told to everybody while they are open, demands gathered under them, one report for all."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.cases import actions as act
from balcao.cases import incidents
from balcao.cases.incident_batches import gather_many
from balcao.cases.models import Case, Incident
from balcao.catalog.models import Service
from balcao.organization.models import Agency, Area, Place
from balcao.platform.actors import Actor

from .acts import Acts
from .cases.acting import cases, pairs
from .cases.finding import LINE
from .cases.schemas import CaseLine, Only, line_of
from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .own import own, own_many
from .words import BIGGEST, Change, HowItEnded, In, Moment, Named, Said, Slug, Version, named

router = Router(tags=["known problems"])
PAGE = 50
MOST = 200  # demands that one call gathers


class NewIncident(In):
    """With a point (WGS 84 degrees) it needs a radius. `title`, `text` and `address` are read by everybody."""

    title: Annotated[str, Field(min_length=1, max_length=120)]
    text: Annotated[str, Field(min_length=1, max_length=1000)]
    services: Annotated[list[Slug], Field(min_length=1, max_length=100)]
    area: Annotated[Slug, Field(description="who takes care of it: every demand under it waits for this area")]
    began_at: Moment
    expected_by: Moment | None = None
    places: Annotated[list[Slug], Field(max_length=200)] = []
    address: Annotated[str, Field(max_length=200)] = ""
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    radius_m: Annotated[int | None, Field(strict=True, ge=1, le=10_000)] = None


class ChangedIncident(Change, NewIncident):
    """What is left out stays as it is."""


class IncidentLine(Schema):
    id: int
    version: int
    title: str
    text: str
    state: str = Field(description="open, solved or withdrawn")
    area: Named
    services: list[Named]
    places: list[Named]
    address: str
    lat: float | None
    lon: float | None
    radius_m: int | None
    began_at: datetime
    expected_by: datetime | None
    ended_at: datetime | None
    outcome: str


class IncidentOut(IncidentLine):
    report: str
    progress: incidents.Progress
    suggested: int = Field(description="open demands that probably belong to it; 0 once it has ended")


class MembersOut(Schema):
    cases: list[CaseLine]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class Ending(In):
    outcome: HowItEnded = Field(description="solved, partly, scheduled or informed")
    report: Said = Field(description="everybody in it reads these words, within the letter of their own demand")
    version: Version


class Gather(In):
    cases: list[str] = Field(default_factory=list, max_length=MOST, description="protocols")
    suggested: bool = Field(False, strict=True, description=f"take those that probably belong to it, up to {MOST}")


class Gathered(Schema):
    gathered: int
    refused: int = Field(description="moved on meanwhile, or not to be gathered: left alone")


class Under(In):
    incident: int = Field(strict=True, ge=1, le=BIGGEST)
    version: Version


def incident_of(actor: Actor, pk: int) -> Incident:
    """Http404 when the actor may not see it."""
    whole = Incident.objects.visible_to(actor).select_related("area", "agency").prefetch_related("services", "places")
    found = whole.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise Http404
    return found


def again(actor: Actor, incident: Incident) -> dict[str, Any]:
    return _whole(actor, incident_of(actor, incident.pk))


acts = Acts(router, "incident", int, incident_of, again, IncidentOut)


@router.get("", response={200: list[IncidentLine], **ERRORS}, summary="The known problems")
@scoped("case.read", "order.read")
def list_incidents(request: KeyRequest, ended: bool = Query(False, description="those that have ended")) -> Any:
    """The newest first, up to fifty."""
    found = incidents.listed(request.auth, ended=ended).prefetch_related("services", "places")
    return [_line(incident) for incident in found[:PAGE]]


@router.post("", response={201: IncidentOut, **ERRORS}, summary="Tell of a known problem")
@scoped("case.triage")
def tell_of_incident(request: KeyRequest, body: NewIncident) -> Any:
    """The portal tells of it at once, and before somebody files the same."""
    actor = request.auth
    incident = Incident(agency=Agency.objects.get(pk=agency_of(actor)))
    kept = _keep(actor, incident, body.model_dump(), version=None)
    return Status(201, again(actor, kept))


@router.get("/{incident}", response={200: IncidentOut, **ERRORS}, summary="One known problem, and how far it is")
@scoped("case.read", "order.read")
def read_incident(request: KeyRequest, incident: int) -> Any:
    return _whole(request.auth, incident_of(request.auth, incident))


@router.patch("/{incident}", response={200: IncidentOut, **ERRORS}, summary="Change what is told of it")
@scoped("case.triage")
def change_incident(request: KeyRequest, incident: int, body: ChangedIncident) -> Any:
    """Only while it is open."""
    actor, found = request.auth, incident_of(request.auth, incident)
    _keep(actor, found, body.given(), version=body.version)
    return again(actor, found)


@router.get("/{incident}/cases", response={200: MembersOut, **ERRORS}, summary="The demands under it")
@scoped("case.read", "order.read")
def list_members(request: KeyRequest, incident: int, after: int = Query(0, ge=0, le=2**63 - 1)) -> Any:
    """Up to fifty of those that the key may see, in the order in which they came."""
    held = incidents.members(incident_of(request.auth, incident), request.auth, after=after, most=PAGE + 1)
    seen(request, "list", [None], "cases")
    whole = Case.objects.visible_to(request.auth).select_related(*LINE)
    shown = whole.in_bulk([one.case_id for one in held[:PAGE]])
    lines = [line_of(shown[one.case_id]) for one in held[:PAGE]]
    return {"cases": lines, "next": held[PAGE - 1].pk if len(held) > PAGE else None}


@router.post("/{incident}/gather", response={200: Gathered, **ERRORS}, summary="Gather demands under it")
@scoped("case.triage")
def gather(request: KeyRequest, incident: int, body: Gather) -> Any:
    """Each person keeps their own number and gets the same answer."""
    actor, found = request.auth, incident_of(request.auth, incident)
    wanted = incidents.suggested(found, actor)[:MOST] if body.suggested else []
    named = Case.objects.visible_to(actor).filter(protocol__in=body.cases).values_list("pk", flat=True)
    wanted += [pk for pk in named if pk not in set(wanted)]
    done, refused, _later = gather_many(actor=actor, incident=found, case_ids=wanted)
    return {"gathered": done, "refused": refused}


@acts.on("report", "report.review", "case.triage", summary="It ended: one report for everybody in it")
def report(actor: Actor, incident: Incident, body: Ending) -> None:
    """The notice goes at once; everybody's answer follows, each on their own channel with their own protocol."""
    act.report_incident(actor=actor, incident=incident, outcome=body.outcome, report=body.report, version=body.version)


@acts.on("withdraw", "case.triage", summary="It was no such problem")
def withdraw(actor: Actor, incident: Incident, body: Only) -> None:
    """The notice goes, and every demand goes back to triage by itself."""
    act.withdraw_incident(actor=actor, incident=incident, version=body.version)


@pairs.on("gather", "case.triage", summary="It is part of a known problem")
def put_under(actor: Actor, case: Case, body: Under) -> None:
    """Its person gets the answer of everybody in it, under their own protocol."""
    act.gather_case(actor=actor, case=case, incident=incident_of(actor, body.incident), version=body.version)


@cases.on("release", "case.triage", summary="It is not part of the known problem")
def let_go(actor: Actor, case: Case, body: Only) -> None:
    """It goes back to triage by itself."""
    act.release_case(actor=actor, case=case, version=body.version)


def _keep(actor: Actor, incident: Incident, given: dict[str, Any], *, version: int | None) -> Incident:
    services = own_many(actor, Service, given.pop("services"), "services") if "services" in given else None
    places = own_many(actor, Place, given.pop("places"), "places") if "places" in given else None
    if "area" in given:
        incident.area = own(actor, Area, given.pop("area"))
    for name, value in given.items():
        setattr(incident, name, value)
    return act.keep_incident(
        actor=actor,
        incident=incident,
        services=services if services is not None else list(incident.services.all()),
        places=places if places is not None else list(incident.places.all()) if incident.pk else [],
        version=version,
    )


def _line(incident: Incident) -> dict[str, Any]:
    plain = (
        "version", "title", "text", "state", "address", "lat", "lon", "radius_m", "began_at", "expected_by",
        "ended_at", "outcome",
    )  # fmt: skip
    return {
        "id": incident.pk,
        "area": named(incident.area),
        "services": [named(one) for one in incident.services.all()],
        "places": [named(one) for one in incident.places.all()],
        **{name: getattr(incident, name) for name in plain},
    }


def _whole(actor: Actor, incident: Incident) -> dict[str, Any]:
    is_open = incident.state == "open"
    return {
        **_line(incident),
        "report": incident.report,
        "progress": incidents.progress(incident),
        "suggested": len(incidents.suggested(incident, actor)) if is_open else 0,
    }
