"""What happens to orders, in the same transaction, when something happens to their case."""

from balcao.cases.events import CaseDispatched, CaseTransferred
from balcao.cases.models import Case
from balcao.clocks.actions import may_pause, pause_deadline, resume_deadline
from balcao.organization.models import Area
from balcao.platform.events import Happened

from .actions import cancel_order, issue_order, route_case
from .models import WorkOrder
from .states import AT_WORK


def _case(happened: Happened) -> Case:
    if happened.subject is not None:
        return happened.subject
    return Case.objects.select_related("service__agency", "place__parent").get(pk=happened.case_id or 0)


def route(happened: Happened) -> None:
    """Opened, reopened or parted: ask the matrix."""
    route_case(actor=happened.actor, case=_case(happened), now=happened.at)


def route_again(happened: Happened) -> None:
    """Classified anew: the order of the old service ends, and the matrix decides again."""
    case = _case(happened)
    cancel_order(actor=happened.actor, case=case, now=happened.at)
    route_case(actor=happened.actor, case=case, now=happened.at)


def issue(happened: Happened) -> None:
    """Dispatched or transferred: the area gets its order."""
    fact: CaseDispatched | CaseTransferred = happened.fact
    case = _case(happened)
    issue_order(
        actor=happened.actor,
        case=case,
        area=case.area or Area.objects.get(pk=fact.area_id),
        rule_id=getattr(fact, "rule_id", None),
        now=happened.at,
    )


def cancel(happened: Happened) -> None:
    """Refused or joined to another: nobody works on it by itself."""
    cancel_order(actor=happened.actor, case=_case(happened), now=happened.at)


def _order(happened: Happened) -> WorkOrder | None:
    return WorkOrder.objects.select_related("deadline").filter(case_id=happened.case_id or 0, state__in=AT_WORK).first()


def pause(happened: Happened) -> None:
    """The citizen was asked: the area's clock waits with the citizen's, where its rule allows."""
    order = _order(happened)
    if order and happened.fact.paused and may_pause(order.deadline, happened.at):
        pause_deadline(actor=happened.actor, deadline=order.deadline, reason="the citizen was asked", now=happened.at)


def resume(happened: Happened) -> None:
    """The citizen has replied: the area's clock runs again."""
    order = _order(happened)
    if order and happened.fact.resumed and order.deadline.state == "paused":
        resume_deadline(actor=happened.actor, deadline=order.deadline, now=happened.at)
