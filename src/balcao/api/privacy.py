"""A person's copy, their erasure, holds, and the table that says how long words are kept. Dry run first."""

import tempfile
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import FileResponse, Http404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.catalog.models import Service
from balcao.citizens.models import Person
from balcao.inbox.models import Line
from balcao.platform.actors import Actor
from balcao.privacy import actions
from balcao.privacy.exporting import export_person
from balcao.privacy.finding import find_people
from balcao.privacy.models import LegalHold, RetentionRule, Stage, Then

from .cases.finding import case_of
from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .settings.keeping import Setting, serve
from .settings.kinds import Flag, Pointer
from .words import BIGGEST, Day, In, one_of

router = Router(tags=["privacy"])
AT_ONCE = 1000  # demands that a run by hand may take; the night does the rest
PAGE = 50
ZIP = {"responses": {200: {"description": "A zip file", "content": {"application/zip": {}}}}}


class Find(In):
    text: str = Field(min_length=1, max_length=200, description="a protocol, a document, an e-mail or a phone number")


class SubjectOut(Schema):
    id: int
    name: str


class VerdictOut(Schema):
    case: str = Field(description="the protocol")
    verdict: str = Field(description="clear, done, or why not: open, held, bound, sending")
    how: str = Field(description="pseudonymise or delete, where it is cleared")
    why: str = Field(description="a sentence for the person, where it is not")


class PlanOut(Schema):
    """What an erasure does, demand by demand."""

    person_goes: bool = Field(description="nothing keeps the person's own row")
    cases: list[VerdictOut]
    conversations: int = Field(description="whose words go, besides those that go with a demand")


class Sure(In):
    sure: Literal[True] = Field(description="the dry run was read, and it cannot be undone")


class HoldIn(In):
    """On everything of a person, or on one demand."""

    person: int | None = Field(None, strict=True, ge=1, le=2**63 - 1)
    case: str = Field("", max_length=40, description="a protocol")
    reason: Annotated[str, Field(min_length=1, max_length=300)]
    until: Day | None = Field(None, description="empty: until it is lifted")


class HoldOut(Schema):
    id: int
    person: int | None
    case: str
    reason: str
    until: Day | None
    placed_at: datetime


class HoldPage(Schema):
    holds: list[HoldOut]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class RetentionIn(In):
    """After so many days from its end, this becomes of a demand. A service's own line goes before the general one."""

    stage: Annotated[Stage, one_of(Stage)]
    days: Annotated[int, Field(strict=True, ge=1, le=36_500)]
    service: Pointer = ""
    line: Annotated[str, Field(max_length=100, description="a team's slug, of conversations without a demand")] = ""
    then: Annotated[Then, one_of(Then)] = Then.PSEUDONYMISE
    binding: Annotated[bool, Field(strict=True, description="a person's wish waits until that day")] = False
    law: Annotated[str, Field(max_length=200)] = ""
    is_active: Flag = True


class Limit(Sure):
    limit: int = Field(AT_ONCE, strict=True, ge=1, le=AT_ONCE, description="demands of this run")


RETENTION = Setting(
    path="retention-rules", one="a line of the retention table", model=RetentionRule, body=RetentionIn,
    scope=actions.PERMISSION, points={"service": Service, "line": Line},
    keep=lambda actor, rule: actions.keep_rule(actor=actor, rule=rule),
    remove=lambda actor, rule: actions.remove_rule(actor=actor, rule=rule),
    description="It acts from the coming night on: look at the dry run.",
)  # fmt: skip
serve(router, RETENTION)


def person_of(actor: Actor, pk: int) -> Person:
    mine = Person.objects.visible_to(actor).filter(agency_id=agency_of(actor))
    found = mine.select_related("agency").filter(pk=pk if 0 < pk < 2**63 else 0).first()
    if found is None:
        raise Http404
    return found


@router.post("/find", response={200: list[SubjectOut], **ERRORS}, summary="Which person is meant?")
@scoped(actions.PERMISSION)
def find(request: KeyRequest, body: Find) -> Any:
    """Asked by POST: what names a person stands in no address. Needs `person.read` too."""
    request.auth.require("person.read")
    found = find_people(actor=request.auth, agency_id=agency_of(request.auth), text=body.text)
    seen(request, "person", [person.pk for person in found], "privacy search")
    return [{"id": person.pk, "name": person.name} for person in found]


@router.get("/people/{subject}/erasure", response={200: PlanOut, **ERRORS}, summary="What would an erasure do?")
@scoped(actions.PERMISSION)
def try_erasure(request: KeyRequest, subject: int) -> Any:
    """Nothing is written. What is about one person needs `person.read` too."""
    person = person_of(request.auth, subject)
    seen(request, "person", [person.pk], "privacy")
    return _told(actions.plan_erasure(actor=request.auth, person=person))


@router.post("/people/{subject}/erasure", response={200: PlanOut, **ERRORS}, summary="Erase a person")
@scoped(actions.PERMISSION)
def erase(request: KeyRequest, subject: int, body: Sure) -> Any:
    """What can go goes; what must be kept stays, with its reason. The figures stay as they were."""
    return _told(actions.erase_person(actor=request.auth, person=person_of(request.auth, subject)))


@router.post("/people/{subject}/export", response=ERRORS, openapi_extra=ZIP, summary="A person's copy")
@scoped(actions.PERMISSION)
def export(request: KeyRequest, subject: int) -> FileResponse:
    """All that is kept of them, for them; made anew each time and kept nowhere."""
    target = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    export_person(actor=request.auth, person=person_of(request.auth, subject), to=target)
    target.seek(0)
    response = FileResponse(target, as_attachment=True, filename=f"dados-{subject}.zip", content_type="application/zip")
    response["Cache-Control"] = "no-store, private"
    return response


@router.get("/holds", response={200: HoldPage, **ERRORS}, summary="What must be kept as it is")
@scoped(actions.PERMISSION)
def list_holds(request: KeyRequest, after: int = Query(0, ge=0, le=2**63 - 1)) -> Any:
    standing = LegalHold.objects.visible_to(request.auth).standing(timezone.now()).select_related("case")
    rows = list(standing.filter(pk__gt=after).order_by("pk")[: PAGE + 1])
    return {"holds": [_hold(one) for one in rows[:PAGE]], "next": rows[PAGE - 1].pk if len(rows) > PAGE else None}


@router.post("/holds", response={201: HoldOut, **ERRORS}, summary="Keep something as it is")
@scoped(actions.PERMISSION)
def hold(request: KeyRequest, body: HoldIn) -> Any:
    """Whoever asks for an erasure reads the reason. Name a demand, or else a person."""
    actor = request.auth
    held = actions.place_hold(
        actor=actor,
        agency_id=agency_of(actor),
        reason=body.reason,
        until=body.until,
        case=case_of(actor, body.case) if body.case else None,
        person=person_of(actor, body.person or 0) if not body.case else None,
    )
    return Status(201, _hold(held))


@router.post("/holds/{hold}/lift", response={204: None, **ERRORS}, summary="Lift a hold")
@scoped(actions.PERMISSION)
def lift(request: KeyRequest, hold: int) -> Any:
    found = LegalHold.objects.visible_to(request.auth).filter(pk=hold if 0 < hold < 2**63 else 0).first()
    if found is None:
        raise Http404
    actions.lift_hold(actor=request.auth, hold=found)
    return Status(204, None)


@router.get("/retention", response={200: dict[str, int], **ERRORS}, summary="What would the retention table do now?")
@scoped(actions.PERMISSION)
def try_retention(request: KeyRequest, limit: int = Query(AT_ONCE, ge=1, le=BIGGEST)) -> Any:
    """How many demands, by what becomes of them (pseudonymise, delete) or why they are kept; and of how many
    conversations without a demand the words go (talks) or stay (talks_held, talks_sending). Nothing is written."""
    limit = min(limit, AT_ONCE * 10)
    return dict(actions.plan_retention(actor=request.auth, agency_id=agency_of(request.auth), limit=limit))


@router.post("/retention", response={200: dict[str, int], **ERRORS}, summary="Apply the retention table")
@scoped(actions.PERMISSION)
def retain(request: KeyRequest, body: Limit) -> Any:
    """The oldest first; the night goes on with the others."""
    return dict(actions.retain(actor=request.auth, agency_id=agency_of(request.auth), limit=body.limit))


def _told(plan: actions.Plan) -> dict[str, Any]:
    cases = [{"case": v.case.protocol, "verdict": v.code, "how": v.how, "why": v.why} for v in plan.verdicts]
    return {"person_goes": plan.person_goes, "cases": cases, "conversations": plan.talks}


def _hold(held: LegalHold) -> dict[str, Any]:
    plain = {name: getattr(held, name) for name in ("reason", "until", "placed_at")}
    return {"id": held.pk, "person": held.person_id, "case": held.case.protocol if held.case else "", **plain}
