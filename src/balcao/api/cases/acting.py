"""Acting on a case: one address for each act. What may not be done now is refused with the sentence that staff read."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from balcao.cases import actions as act
from balcao.cases.models import Attachment, Case
from balcao.catalog.models import Service
from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline
from balcao.organization.models import Area
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from ..door import ERRORS, KeyRequest, agency_of, scoped
from . import router
from . import schemas as s
from .finding import case_of
from .reading import line_again

LINE = {200: s.CaseLine, **ERRORS}


def own_area(actor: Actor, slug: str, field: str = "area") -> Area:
    found = Area.objects.filter(agency_id=agency_of(actor), slug=slug).first()
    if found is None:
        raise Invalid(_("There is no area “%(slug)s”.") % {"slug": slug}, field=field)
    return found


def own_service(actor: Actor, slug: str) -> Service:
    found = Service.objects.filter(agency_id=agency_of(actor), slug=slug).select_related("agency").first()
    if found is None:
        raise Invalid(_("There is no service “%(slug)s”.") % {"slug": slug}, field="service")
    return found


def _deadline(actor: Actor, protocol: str) -> Case:
    case = case_of(actor, protocol)
    actor.at(case.area_id).require("deadline.change")
    return case


@router.post("/{protocol}/classify", response=LINE, summary="Set service and kind")
@scoped("case.triage")
def classify(request: KeyRequest, protocol: str, body: s.Classify) -> Any:
    """It goes (back) to triage and is routed anew; the date that the person was promised stays."""
    case, service = case_of(request.auth, protocol), own_service(request.auth, body.service)
    act.classify_case(
        actor=request.auth,
        case=case,
        service=service,
        kind=body.kind,
        priority=body.priority,
        version=body.version,
    )
    return line_again(request.auth, case)


@router.post("/{protocol}/dispatch", response=LINE, summary="Give a case in triage to an area")
@scoped("case.triage")
def dispatch(request: KeyRequest, protocol: str, body: s.ToArea) -> Any:
    """The area gets a work order with its own date."""
    case, area = case_of(request.auth, protocol), own_area(request.auth, body.area)
    act.dispatch_case(actor=request.auth, case=case, area=area, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/transfer", response=LINE, summary="Move it to another area")
@scoped("case.triage")
def transfer(request: KeyRequest, protocol: str, body: s.Transfer) -> Any:
    case, area = case_of(request.auth, protocol), own_area(request.auth, body.area)
    act.transfer_case(actor=request.auth, case=case, area=area, reason=body.reason, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/ask", response=LINE, summary="Ask whoever asked for what is missing")
@scoped("case.triage", "report.review", "order.work")
def ask(request: KeyRequest, protocol: str, body: s.Question) -> Any:
    """They read exactly these words. The clock pauses where its law knows a pause."""
    case = case_of(request.auth, protocol)
    act.ask_citizen(actor=request.auth, case=case, question=body.question, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/heard", response=LINE, summary="Keep what the person told you")
@scoped("case.triage")
def heard(request: KeyRequest, protocol: str, body: s.Text) -> Any:
    """It stands in their history. A case that waited for them goes on."""
    case = case_of(request.auth, protocol)
    request.auth.at(case.area_id).require("case.triage")
    act.add_information(actor=request.auth, case=case, text=body.text)
    return line_again(request.auth, case)


@router.post("/{protocol}/notes", response=LINE, summary="Write an internal note")
@scoped("case.note")
def note(request: KeyRequest, protocol: str, body: s.Text) -> Any:
    """Only colleagues read it. `@name` calls one of them."""
    case = case_of(request.auth, protocol)
    act.write_note(actor=request.auth, case=case, text=body.text)
    return line_again(request.auth, case)


@router.post("/{protocol}/refuse", response=LINE, summary="Refuse it, with the reason that they read")
@scoped("case.triage")
def refuse(request: KeyRequest, protocol: str, body: s.Reason) -> Any:
    case = case_of(request.auth, protocol)
    act.refuse_case(actor=request.auth, case=case, reason=body.reason, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/merge", response=LINE, summary="Join it to the case that is being worked on")
@scoped("case.triage")
def merge(request: KeyRequest, protocol: str, body: s.Join) -> Any:
    """Its person gets the other's answer, under their own protocol."""
    case, primary = case_of(request.auth, protocol), case_of(request.auth, body.primary)
    act.merge_case(actor=request.auth, case=case, primary=primary, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/part", response=LINE, summary="Take it apart again: it was no duplicate")
@scoped("case.triage")
def part(request: KeyRequest, protocol: str, body: s.Only) -> Any:
    case = case_of(request.auth, protocol)
    act.part_case(actor=request.auth, case=case, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/draft", response=LINE, summary="Write the answer, not yet sent")
@scoped("case.triage", "report.review")
def draft(request: KeyRequest, protocol: str, body: s.Draft) -> Any:
    case = case_of(request.auth, protocol)
    act.draft_answer(
        actor=request.auth,
        case=case,
        outcome=body.outcome,
        body=body.body,
        subject=body.subject,
        version=body.version,
    )
    return line_again(request.auth, case)


@router.post("/{protocol}/send", response=LINE, summary="Send the answer that was drafted")
@scoped("case.triage", "report.review")
def send(request: KeyRequest, protocol: str, body: s.Only) -> Any:
    """To whoever asked, and to everybody whose case was joined to it."""
    case = case_of(request.auth, protocol)
    act.send_answer(actor=request.auth, case=case, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/publish", response=LINE, summary="Review what everybody may see of it")
@scoped("case.publish")
def publish(request: KeyRequest, protocol: str, body: s.Review) -> Any:
    case = case_of(request.auth, protocol)
    act.publish_case(
        actor=request.auth,
        case=case,
        text=body.text,
        photos=_pictures(case, body.photos),
        exact_place=body.exact_place,
        version=body.version,
    )
    return line_again(request.auth, case)


def _pictures(case: Case, files: list[UUID]) -> list[int]:
    return list(Attachment.objects.filter(case=case, file__uuid__in=files).values_list("pk", flat=True))


@router.post("/{protocol}/unpublish", response=LINE, summary="Take back what everybody sees of it")
@scoped("case.publish")
def unpublish(request: KeyRequest, protocol: str, body: s.Only) -> Any:
    case = case_of(request.auth, protocol)
    act.unpublish_case(actor=request.auth, case=case, version=body.version)
    return line_again(request.auth, case)


@router.post("/{protocol}/pause", response=LINE, summary="Pause its clock, where the law allows it")
@scoped("deadline.change")
def pause(request: KeyRequest, protocol: str, body: s.Text) -> Any:
    case = _deadline(request.auth, protocol)
    pause_deadline(actor=request.auth, deadline=case.deadline, reason=body.text)
    return line_again(request.auth, case)


@router.post("/{protocol}/resume", response=LINE, summary="Let its clock run again")
@scoped("deadline.change")
def resume(request: KeyRequest, protocol: str) -> Any:
    case = _deadline(request.auth, protocol)
    resume_deadline(actor=request.auth, deadline=case.deadline)
    return line_again(request.auth, case)


@router.post("/{protocol}/extend", response=LINE, summary="More time, where the law gives it")
@scoped("deadline.change")
def extend(request: KeyRequest, protocol: str, body: s.MoreTime) -> Any:
    case = _deadline(request.auth, protocol)
    extend_deadline(actor=request.auth, deadline=case.deadline, reason=body.reason, amount=body.amount)
    return line_again(request.auth, case)
