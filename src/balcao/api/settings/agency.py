"""How the agency itself works, the laws that its deadlines may follow, and the questions of its services."""

from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import Field

from balcao.catalog.actions import change_questions
from balcao.catalog.models import Service
from balcao.catalog.questions import questions_of
from balcao.clocks.rules import rules
from balcao.organization.actions import change_agency
from balcao.organization.models import Agency
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Stale

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..words import BIGGEST, READ, Change, In
from .keeping import Kept
from .kinds import SERVICES

router = Router(tags=["settings"])


class HouseIn(In):
    triage_days: int = Field(strict=True, ge=1, le=60, description="a case in which nothing moved longer is to mend")
    warn_fractions: Annotated[
        list[Annotated[float, Field(gt=0, lt=1)]],
        Field(min_length=1, max_length=4, description="parts of a deadline's time: 0.5 warns at half of it"),
    ]


class HouseChange(Change, HouseIn):
    """Open demands keep the warnings that they began with."""


class House(Kept):
    name: str
    jurisdiction: str
    locale: str
    timezone: str
    triage_days: int
    warn_fractions: list[float]


class LawOut(Schema):
    slug: str
    name: str
    citation: str
    amount: int | None = Field(description="the longest that it allows; empty: as much as you promise")
    unit: str
    may_pause: bool


class QuestionsIn(In):
    questions: list[dict[str, Any]] = Field(max_length=100, description="in their order, as `GET` gives them")
    number: int | None = Field(None, strict=True, ge=0, le=BIGGEST, description=READ)


class QuestionsOut(Schema):
    number: int = Field(description="of this version of the questions; 0: none were ever written")
    questions: list[dict[str, Any]]


@router.get("/agency", response={200: House, **ERRORS}, summary="How the agency works")
@scoped("settings.edit")
def read_agency(request: KeyRequest) -> Any:
    return _told(Agency.objects.get(pk=agency_of(request.auth)))


@router.patch("/agency", response={200: House, **ERRORS}, summary="Change how the agency works")
@scoped("settings.edit")
def change_house(request: KeyRequest, body: HouseChange) -> Any:
    """It counts within ten minutes. Open demands keep the warnings that they began with."""
    return _told(_change(request.auth, body))


@action
def _change(actor: Actor, body: HouseChange) -> Agency:
    agency = Agency.objects.select_for_update().get(pk=agency_of(actor))
    history.unchanged_since(agency, body.version)
    for name, value in body.given().items():
        setattr(agency, name, value)
    return change_agency(actor=actor, agency=agency)


def _told(agency: Agency) -> dict[str, Any]:
    plain = ("name", "jurisdiction", "locale", "timezone", "triage_days", "warn_fractions")
    return {"version": history.last_change(agency), **{name: getattr(agency, name) for name in plain}}


@router.get("/deadline-rules", response={200: list[LawOut], **ERRORS}, summary="The rules that give deadlines")
@scoped("settings.edit")
def list_laws(request: KeyRequest) -> Any:
    """The laws of the agency's country, and its own promises."""
    country = Agency.objects.values_list("jurisdiction", flat=True).get(pk=agency_of(request.auth))
    plain = ("slug", "citation", "amount", "unit", "may_pause")
    return [{"name": str(law.name), **{name: getattr(law, name) for name in plain}} for law in rules(country)]


@router.get("/services/{service}/questions", response={200: QuestionsOut, **ERRORS}, summary="A service's questions")
@scoped("settings.edit")
def read_questions(request: KeyRequest, service: str) -> Any:
    return _questions(SERVICES.find(request.auth, service))


@router.put("/services/{service}/questions", response={200: QuestionsOut, **ERRORS}, summary="Ask other questions")
@scoped("settings.edit")
def put_questions(request: KeyRequest, service: str, body: QuestionsIn) -> Any:
    """A new version, in use at once; whoever has begun already goes on with the questions they began with. Equal
    questions make no version. `number` is the version that you read: a newer one is answered with 409."""
    return _questions(_ask(request.auth, service, body))


@action
def _ask(actor: Actor, slug: str, body: QuestionsIn) -> Service:
    service = Service.objects.select_for_update(of=("self",)).get(pk=SERVICES.find(actor, slug).pk)
    current = service.current.number if service.current else 0
    if body.number not in (None, current):
        raise Stale(log=f"service {service.pk} asks its questions {current}, not {body.number}")
    change_questions(actor=actor, service=service, questions=body.questions)
    return service


def _questions(service: Service) -> dict[str, Any]:
    number = service.current.number if service.current else 0
    return {"number": number, "questions": questions_of(service.current)}
