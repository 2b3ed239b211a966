"""What every page of the portal shares: its agency and its citizen, and which cases this browser may see."""

from __future__ import annotations

from django.http import HttpRequest

from balcao.cases.models import Case
from balcao.cases.public import mark_of
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.limits import TooMany, address_of, hit

CASES, RECEIVED, RENEWABLE = "proven", "received", "renewable"
REMEMBERED = 20  # cases that one session may have proven


class PortalRequest(HttpRequest):
    """A request to the portal of an agency."""

    agency: Agency
    actor: Actor


def citizen(request: PortalRequest) -> Actor:
    """Whoever fills in a public page acts as a citizen there, also when they have signed in as staff."""
    return Actor.citizen(request.agency.pk)


def too_often(request: HttpRequest, scope: str, limit: int, per_seconds: int) -> TooMany | None:
    """Count this request by its address. The refusal when there were too many: the page keeps what was typed."""
    try:
        hit(scope, address_of(request), limit, per_seconds)
    except TooMany as refusal:
        return refusal
    return None


def grant(request: HttpRequest, case: Case) -> None:
    """This browser has proven the access code of a case. The session changes its key: a fixed one opens nothing."""
    request.session.cycle_key()
    kept = [known for known in request.session.get(CASES, []) if known[0] != case.pk]
    request.session[CASES] = [*kept, [case.pk, mark_of(case)]][-REMEMBERED:]


def proven(request: HttpRequest) -> dict[int, str]:
    """The ids of the cases that this browser may see, each with the mark of the code that it proved."""
    return {case_id: mark for case_id, mark in request.session.get(CASES, [])}


def may_renew(request: HttpRequest) -> list[int]:
    """The ids of the cases that this browser came to by a link, and not by the code: it may make a new one."""
    return list(request.session.get(RENEWABLE, []))
