"""The responsibility matrix beside its rules: their order, what a change would do, where one demand would go."""

from typing import Annotated, Any

from ninja import Router, Schema, Status
from pydantic import Field

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind, Service
from balcao.organization.models import Agency, Place
from balcao.organization.places import polygons
from balcao.platform.actors import Actor
from balcao.platform.errors import Stale
from balcao.workorders.actions import order_rules, route_unrouted
from balcao.workorders.matrix import route
from balcao.workorders.models import ResponsibilityRule
from balcao.workorders.trial import compare, rules_of, uncaught

from ..door import ERRORS, KeyRequest, agency_of, scoped, seen
from ..own import own
from ..words import DemandKind, In, Named, Slug, named
from .kinds import RULES, RuleIn

router = Router(tags=["settings"])
AT_ONCE = 200  # cases that one call asks the matrix for again
Ids = Annotated[list[Annotated[int, Field(strict=True, ge=1, le=2**63 - 1)]], Field(max_length=5000)]


class Order(In):
    rules: Ids = Field(description="every rule's id, in the order in which they are asked")


class DraftMatrix(In):
    """Another order, a rule more (`add`), or both."""

    rules: Ids | None = None
    add: RuleIn | None = None


class Moved(Schema):
    case: str = Field(description="the protocol")
    now: Named | None
    then: Named | None


class TrialOut(Schema):
    looked_at: int = Field(description="the newest open cases, up to 200")
    moved: list[Moved] = Field(description="those that would go elsewhere")


class UncaughtOut(Schema):
    service: Named
    kinds: list[str]
    somewhere: bool = Field(description="a rule catches it in certain places only")


class Demand(In):
    service: Slug
    kind: DemandKind | None = None
    place: str = Field("", max_length=80, description="a slug")
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)


class StepOut(Schema):
    rule: int
    matches: bool
    why: str


class Decided(Schema):
    area: Named | None = Field(description="empty: no rule catches it, and triage must act")
    steps: list[StepOut] = Field(description="each rule that was looked at, in order")


class Again(Schema):
    routed: int
    still: int = Field(description="no rule catches them yet")


@router.put("/rules/order", response={204: None, **ERRORS}, summary="Put the rules in another order")
@scoped("settings.edit")
def put_in_order(request: KeyRequest, body: Order) -> Any:
    """It holds for every case from now on. Refused (409) when a rule has come or gone since you read them."""
    agency = Agency.objects.get(pk=agency_of(request.auth))
    order_rules(actor=request.auth, agency=agency, ids=body.rules)
    return Status(204, None)


@router.post("/rules/try", response={200: TrialOut, **ERRORS}, summary="What would another matrix change?")
@scoped("settings.edit")
def try_rules(request: KeyRequest, body: DraftMatrix) -> Any:
    """The open cases that the key may see, by the rules as they are and by the draft. Nothing is written."""
    saved = rules_of(agency_of(request.auth))
    trial = compare(actor=request.auth, now=saved, then=_draft(request.auth, saved, body))
    seen(request, "list", [None], "cases")
    moved = [{"case": c.case.protocol, "now": named(c.now), "then": named(c.then)} for c in trial.changes]
    return {"looked_at": trial.looked_at, "moved": moved}


def _draft(actor: Actor, saved: list[ResponsibilityRule], body: DraftMatrix) -> list[ResponsibilityRule]:
    draft = saved
    if body.rules is not None:
        by_id = {rule.pk: rule for rule in saved}
        if set(body.rules) != set(by_id) or len(body.rules) != len(saved):
            raise Stale(log="rules have changed")
        draft = [by_id[pk] for pk in body.rules]
    if body.add is not None:
        rule = ResponsibilityRule(agency_id=agency_of(actor))
        for name, value in body.add.model_dump().items():
            target = RULES.points.get(name)
            setattr(rule, name, (own(actor, target, value, name) if value else None) if target else value)
        draft = [*draft, rule]
    return draft


@router.post("/rules/decide", response={200: Decided, **ERRORS}, summary="Where would this demand go, and why?")
@scoped("settings.edit")
def decide(request: KeyRequest, body: Demand) -> Any:
    """Nothing is written."""
    actor, agency_id = request.auth, agency_of(request.auth)
    service = own(actor, Service, body.service)
    place = own(actor, Place, body.place, "place") if body.place else None
    if place is None and body.lat is not None and body.lon is not None:
        slug = polygons(agency_id).locate(body.lat, body.lon)
        place = Place.objects.filter(agency_id=agency_id, slug=slug).first() if slug else None
    kind = body.kind or (service.kinds[0] if service.kinds else Kind.SOLICITACAO)
    rules = [rule for rule in rules_of(agency_id) if rule.is_active]
    found = route(service=service, place=place, kind=kind, rules=rules)
    steps = [{"rule": step.rule.pk, "matches": step.matches, "why": step.why} for step in found.steps]
    return {"area": named(found.area), "steps": steps}


@router.get("/rules/uncaught", response={200: list[UncaughtOut], **ERRORS}, summary="What no rule catches")
@scoped("settings.edit")
def list_uncaught(request: KeyRequest) -> Any:
    """The services of which some cases would reach no area."""
    found = uncaught(agency_of(request.auth))
    return [{"service": named(u.service), "kinds": u.kinds, "somewhere": u.somewhere} for u in found]


@router.post("/rules/again", response={200: Again, **ERRORS}, summary="Ask the matrix again for what it did not catch")
@scoped("case.triage")
def ask_again(request: KeyRequest) -> Any:
    """Up to 200 cases in triage that have no area yet."""
    waiting = Case.objects.visible_to(request.auth).filter(state=State.TRIAGE, area=None).order_by("pk")
    routed, still = route_unrouted(actor=request.auth, cases=list(waiting[:AT_ONCE]))
    return {"routed": routed, "still": still}
