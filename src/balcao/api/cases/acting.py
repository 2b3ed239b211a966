"""Acting on a case: one address for each act. What may not be done now is refused with the sentence that staff read."""

from typing import Any
from uuid import UUID

from balcao.cases import actions as act
from balcao.cases.models import Attachment, Case
from balcao.catalog.models import Service
from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline
from balcao.organization.models import Area
from balcao.platform.actors import Actor

from ..acts import Acts
from ..own import own
from . import router
from . import schemas as s
from .finding import case_of, case_to_act_on
from .reading import line_again


def _line(_actor: Actor, case: Case) -> dict[str, Any]:
    return s.line_of(case)


cases = Acts(router, "protocol", str, case_to_act_on, _line, s.CaseLine, held=True, plain=True)
pairs = Acts(router, "protocol", str, case_of, line_again, s.CaseLine, plain=True)  # two rows: they lock by themselves


@cases.on("classify", "case.triage", summary="Set service and kind")
def classify(actor: Actor, case: Case, body: s.Classify) -> None:
    """It goes (back) to triage and is routed anew; the date that the person was promised stays."""
    service = own(actor, Service, body.service)
    act.classify_case(
        actor=actor,
        case=case,
        service=service,
        kind=body.kind,
        priority=body.priority,
        version=body.version,
    )


@cases.on("dispatch", "case.triage", summary="Give a case in triage to an area")
def dispatch(actor: Actor, case: Case, body: s.ToArea) -> None:
    """The area gets a work order with its own date."""
    area = own(actor, Area, body.area)
    act.dispatch_case(actor=actor, case=case, area=area, version=body.version)


@cases.on("transfer", "case.triage", summary="Move it to another area")
def transfer(actor: Actor, case: Case, body: s.Transfer) -> None:
    area = own(actor, Area, body.area)
    act.transfer_case(actor=actor, case=case, area=area, reason=body.reason, version=body.version)


@cases.on("ask", "case.triage", "report.review", "order.work", summary="Ask whoever asked for what is missing")
def ask(actor: Actor, case: Case, body: s.Question) -> None:
    """They read exactly these words. The clock pauses where its law knows a pause."""
    act.ask_citizen(actor=actor, case=case, question=body.question, version=body.version)


@cases.on("heard", "case.triage", summary="Keep what the person told you")
def heard(actor: Actor, case: Case, body: s.Text) -> None:
    """It stands in their history. A case that waited for them goes on."""
    actor.at(case.area_id).require("case.triage")
    act.add_information(actor=actor, case=case, text=body.text)


@cases.on("notes", "case.note", summary="Write an internal note")
def note(actor: Actor, case: Case, body: s.Text) -> None:
    """Only colleagues read it. `@name` calls one of them."""
    act.write_note(actor=actor, case=case, text=body.text)


@cases.on("refuse", "case.triage", summary="Refuse it, with the reason that they read")
def refuse(actor: Actor, case: Case, body: s.Reason) -> None:
    act.refuse_case(actor=actor, case=case, reason=body.reason, version=body.version)


@pairs.on("merge", "case.triage", summary="Join it to the case that is being worked on")
def merge(actor: Actor, case: Case, body: s.Join) -> None:
    """Its person gets the other's answer, under their own protocol."""
    primary = case_of(actor, body.primary)
    act.merge_case(actor=actor, case=case, primary=primary, version=body.version)


@cases.on("part", "case.triage", summary="Take it apart again: it was no duplicate")
def part(actor: Actor, case: Case, body: s.Only) -> None:
    act.part_case(actor=actor, case=case, version=body.version)


@cases.on("draft", "case.triage", "report.review", summary="Write the answer, not yet sent")
def draft(actor: Actor, case: Case, body: s.Draft) -> None:
    act.draft_answer(
        actor=actor,
        case=case,
        outcome=body.outcome,
        body=body.body,
        subject=body.subject,
        version=body.version,
    )


@cases.on("send", "case.triage", "report.review", summary="Send the answer that was drafted")
def send(actor: Actor, case: Case, body: s.Only) -> None:
    """To whoever asked, and to everybody whose case was joined to it."""
    act.send_answer(actor=actor, case=case, version=body.version)


@cases.on("publish", "case.publish", summary="Review what everybody may see of it")
def publish(actor: Actor, case: Case, body: s.Review) -> None:
    act.publish_case(
        actor=actor,
        case=case,
        text=body.text,
        photos=_pictures(case, body.photos),
        exact_place=body.exact_place,
        version=body.version,
    )


def _pictures(case: Case, files: list[UUID]) -> list[int]:
    return list(Attachment.objects.filter(case=case, file__uuid__in=files).values_list("pk", flat=True))


@cases.on("unpublish", "case.publish", summary="Take back what everybody sees of it")
def unpublish(actor: Actor, case: Case, body: s.Only) -> None:
    act.unpublish_case(actor=actor, case=case, version=body.version)


@cases.on("pause", "deadline.change", summary="Pause its clock, where the law allows it")
def pause(actor: Actor, case: Case, body: s.Text) -> None:
    actor.at(case.area_id).require("deadline.change")
    pause_deadline(actor=actor, deadline=case.deadline, reason=body.text)


@cases.on("resume", "deadline.change", summary="Let its clock run again")
def resume(actor: Actor, case: Case) -> None:
    actor.at(case.area_id).require("deadline.change")
    resume_deadline(actor=actor, deadline=case.deadline)


@cases.on("extend", "deadline.change", summary="More time, where the law gives it")
def extend(actor: Actor, case: Case, body: s.MoreTime) -> None:
    actor.at(case.area_id).require("deadline.change")
    extend_deadline(actor=actor, deadline=case.deadline, reason=body.reason, amount=body.amount)
