"""What an operator does with a delivery that was given up: try again, send to another address, or end it."""

from __future__ import annotations

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.actions import answer_retried, delivery_attempted
from balcao.citizens.actions import know_contact
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault

from .jobs import deliver_soon
from .models import Delivery
from .states import DeliveryState

TO_STAFF = ("alarm", "digest", "invitation")  # letters to colleagues: no person's contact point hangs on them


def _given_up(fault: Fault) -> Delivery:
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("message__answer", "message__case__reporter")
        .get(pk=fault.data["delivery_id"])
    )
    if delivery.state != DeliveryState.GIVEN_UP:
        raise Refusal(_("This delivery is already on its way again."))
    return delivery


def _again(delivery: Delivery, fault: Fault, actor: Actor) -> None:
    delivery.state, delivery.attempts = DeliveryState.QUEUED, 0
    delivery.queued_at = delivery.next_try_at = timezone.now()
    delivery.save()
    deliver_soon(delivery.pk, delivery.channel)
    faults.mended(fault.kind, fault.key)
    if delivery.message.answer is not None:
        answer_retried(actor=actor, answer=delivery.message.answer)


@action
def retry_delivery(fault: Fault, actor: Actor) -> None:
    """Queue it again from the first try. A new failure opens a new fault."""
    _again(_given_up(fault), fault, actor)


@action
def redirect_delivery(*, actor: Actor, fault: Fault, address: str) -> None:
    """Send it to another e-mail address of the same person, from now on also for what comes next on this case."""
    faults.guard(actor, fault)
    delivery = _given_up(fault)
    case = delivery.message.case
    if case is None or case.reporter is None or delivery.message.purpose in (*TO_STAFF, "way_back"):
        raise Refusal(_("This message belongs to no person whose address could be changed."))
    here = actor.at(case.area_id)
    here.require("person.sealed" if case.sealed else "person.read")  # or an answer could be had for oneself
    contact = know_contact(actor=actor, person=case.reporter, kind="email", value=address)
    type(case).objects.filter(pk=case.pk).update(contact=contact)
    delivery.address = contact.value
    _again(delivery, fault, actor)


@action
def end_delivery(*, actor: Actor, fault: Fault, reason: str) -> None:
    """Nobody can be reached: the answer stays published on the case's page, which closes it, and the reason is kept."""
    faults.guard(actor, fault)
    delivery = _given_up(fault)
    faults.end(actor=actor, fault=fault, reason=reason)
    if delivery.message.answer is not None:
        delivery_attempted(actor=actor, answer=delivery.message.answer)
