"""The person corrects where we write to them: what could not be delivered sets out again at once."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.actions import answer_retried, delivery_attempted
from balcao.cases.events import ContactCorrected
from balcao.cases.models import Case
from balcao.cases.moving import locked
from balcao.cases.states import State
from balcao.citizens.actions import know_contact, know_person
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from .jobs import deliver_soon
from .models import Delivery, Message
from .sending import queue
from .states import DeliveryState

TO_CITIZEN = ("receipt", "question", "answer", "reopened")  # a way back is a secret for one address


def _not_arrived(case: Case) -> list[Delivery]:
    """The letters to whoever asked that were given up, or wait to be tried again."""
    waiting = Delivery.objects.filter(message__case=case, message__staff=None, message__purpose__in=TO_CITIZEN)
    waiting = waiting.filter(Q(state=DeliveryState.GIVEN_UP) | Q(state=DeliveryState.QUEUED, claimed_at=None))
    return list(waiting.select_for_update(of=("self",)).select_related("message__answer").order_by("pk"))


def unreached(case: Case) -> bool:
    """Whether a letter to whoever asked was given up: the address they gave us does not work."""
    given_up = Delivery.objects.filter(message__case=case, message__staff=None, state=DeliveryState.GIVEN_UP)
    return given_up.filter(message__purpose__in=TO_CITIZEN).exists()


@action
def correct_contact(*, actor: Actor, case: Case, email: str, now: datetime | None = None) -> None:
    """Write to `email` from now on, about this case; what did not arrive goes there. Raises InvalidIdentifier when it
    is no address, and Refusal when nobody has said who they are: an anonymous demand has its answer on its page. One
    that is part of a known problem may get an address, and no name."""
    now = now or timezone.now()
    case = locked(case, actor=actor)
    if case.reporter is None and case.state == State.GATHERED:
        return _reach(case, actor=actor, email=email, now=now)
    if case.reporter is None:
        raise Refusal(_("This demand is anonymous: its answer stands on this page."), log=f"case {case.pk}: no person")
    contact = know_contact(actor=actor, person=case.reporter, kind="email", value=email)
    case.contact = contact
    case.save(update_fields=["contact"])
    fact = ContactCorrected(contact_id=contact.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    for delivery in _not_arrived(case):
        delivery.address, delivery.state, delivery.attempts = contact.value, DeliveryState.QUEUED, 0
        delivery.queued_at = delivery.next_try_at = now
        delivery.save()
        deliver_soon(delivery.pk, delivery.channel)
        faults.mended("delivery", str(delivery.pk))
        if delivery.message.answer is not None:
            answer_retried(actor=actor, answer=delivery.message.answer, now=now)


def _reach(case: Case, *, actor: Actor, email: str, now: datetime) -> None:
    """Whoever said "me too" with one touch said nothing of themselves: an address is all that an answer needs. The
    receipt, which stood on its page only, sets out too."""
    case.reporter, points = know_person(
        actor=actor, agency_id=case.agency_id, name="", contacts={"email": email}, locale=case.locale
    )
    case.contact = points["email"]
    case.version += 1
    case.save(update_fields=["reporter", "contact", "version"])
    fact = ContactCorrected(contact_id=points["email"].pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    receipt = Message.objects.filter(key=f"receipt:{case.pk}", deliveries=None).first()
    if receipt is not None:
        queue(receipt, "email", points["email"].value, now)


@action
def answer_on_page(*, actor: Actor, case: Case, now: datetime | None = None) -> Case:
    """The person reads what we write on the case's page and wants no mail: an answer that waited for its delivery has
    it there, which closes the case."""
    now = now or timezone.now()
    case = locked(case, actor=actor)
    if case.contact_id is None:
        return case
    case.contact = None
    case.save(update_fields=["contact"])
    fact = ContactCorrected(contact_id=None)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    for delivery in _not_arrived(case):
        delivery.state, delivery.next_try_at = DeliveryState.GIVEN_UP, None
        delivery.save(update_fields=["state", "next_try_at"])
        faults.mended("delivery", str(delivery.pk))
        if delivery.message.answer is not None:
            case = delivery_attempted(actor=actor, answer=delivery.message.answer, now=now)
    return case
