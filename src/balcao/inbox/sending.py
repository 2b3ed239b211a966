"""A delivery's life: queued in the transaction of the fact it tells of, sent outside of any, tried again, given up."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from django.db.models import Case as Choice
from django.db.models import F, Q, QuerySet, Sum, When
from django.utils import timezone

from balcao.cases.actions import answer_undelivered, delivery_attempted
from balcao.cases.models import Answer, Case
from balcao.cases.moving import held
from balcao.catalog.templates import Letter
from balcao.organization.models import Area, Staff
from balcao.platform import faults, rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.standing import standing

from .conversations.delivering import moved, waits_its_turn
from .conversations.papers import conversation_of, write_letter
from .conversations.statuses import alone
from .models import Delivery, Message
from .outbound import SENDERS, UNANSWERED, Outgoing, Rejected, TryLater
from .states import DeliveryState, forward

log = structlog.get_logger()
WAITS = [timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720)]  # after each failed try; then it is given up
CLAIM = timedelta(minutes=2)  # a worker that took a delivery and died loses it after this


@action
def queue_letter(
    *,
    case: Case,
    letter: Letter,
    purpose: str,
    key: str,
    answer: Answer | None = None,
    address: str = "",
    now: datetime,
) -> Delivery | None:
    """Keep the words, and queue their delivery: into the conversation that the case was opened from, else to the
    person's contact point, or to the e-mail `address`. None when there is none to send to: the words then stand on the
    case's page only. The same `key` makes no second message."""
    fields = {
        "agency_id": case.agency_id,
        "case": case,
        "purpose": purpose,
        "answer": answer,
        "locale": case.locale,
        "subject": letter.subject[:200],
        "body": letter.body,
        "template_version": letter.version,
        "created_at": now,
    }
    talk = None if address else conversation_of(case)
    if talk is not None:
        message, created = write_letter(
            talk, letter, case=case, purpose=purpose, answer=answer, locale=case.locale, key=key, now=now
        )
        if not created:
            return message.deliveries.first()
        if talk.channel in SENDERS:
            return queue(message, talk.channel, talk.address, now)
        return _to_contact(case, message, now)  # it stands in the conversation, for whoever still has that open
    # So new that nothing was ever said about it; or its row is ours, and whoever would say the same waits for us.
    alone = rows.waits(case) or (held(case) and _said.one(key=key) is None)
    if alone:
        message = rows.write(Message(key=key, **fields))
    else:
        message, created = Message.objects.get_or_create(key=key, defaults=fields)
        if not created:
            return message.deliveries.first()
    if address:
        return queue(message, "email", address, now)
    return _to_contact(case, message, now)


def _to_contact(case: Case, message: Message, now: datetime) -> Delivery | None:
    contact = case.contact
    if contact is None or contact.kind not in SENDERS:
        return None
    return queue(message, contact.kind, contact.value, now)


@standing
def _said(*, key: str) -> QuerySet[Message]:
    return Message.objects.filter(key=key)


def queue_staff_letter(
    *, staff: Staff, letter: Letter, purpose: str, key: str, case_id: int | None, now: datetime
) -> None:
    """Keep and queue an e-mail to a member of staff: an alarm, a mention, the daily digest."""
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "agency_id": staff.agency_id,
            "case_id": case_id,
            "purpose": purpose,
            "staff": staff,
            "locale": staff.locale,
            "subject": letter.subject[:200],
            "body": letter.body,
            "created_at": now,
        },
    )
    if created:
        queue(message, "email", staff.email, now)


def queue_area_letter(
    *, area: Area, letter: Letter, purpose: str, key: str, case_id: int | None, now: datetime
) -> None:
    """Keep and queue an e-mail to the address of an area, where its alarms are sent besides its managers."""
    message, created = Message.objects.get_or_create(
        key=key,
        defaults={
            "agency_id": area.agency_id,
            "case_id": case_id,
            "purpose": purpose,
            "locale": area.agency.locale,
            "subject": letter.subject[:200],
            "body": letter.body,
            "created_at": now,
        },
    )
    if created:
        queue(message, "email", area.email, now)


def queue(message: Message, channel: str, address: str, now: datetime) -> Delivery:
    from .jobs import deliver_soon

    delivery = rows.write(Delivery(message=message, channel=channel, address=address, queued_at=now, next_try_at=now))
    deliver_soon(delivery.pk, channel)
    return delivery


def deliver(delivery_id: int, now: datetime | None = None) -> None:
    """Try one delivery. Any number of workers may call it at once; one of them sends. Never inside a transaction."""
    now = now or timezone.now()
    if waits_its_turn(delivery_id):
        return  # the one before it sets it going
    delivery = _claim(delivery_id, now)
    if delivery is None:
        return
    message = delivery.message
    outgoing = Outgoing(
        uid=delivery.uid,
        address=delivery.address,
        subject=message.subject,
        body=message.body,
        locale=message.locale,
        sender_name=message.agency.name,
        sender_address=message.agency.mail_from,
        protocol=message.case.protocol if message.case else "",
        message_id=message.pk,
        conversation_id=message.conversation_id,
        account_id=message.account_id,
        kind=message.kind,
        data=message.data,
        files=[one.file for one in message.files.select_related("file")] if message.conversation_id else (),
    )
    try:
        name = SENDERS[delivery.channel].send(outgoing)
    except TryLater as error:
        _failed(delivery, str(error), error.code, final=delivery.attempts > len(WAITS), now=now)
    except Rejected as error:
        _failed(delivery, str(error), error.code, final=True, now=now)
    except Exception as error:  # a fault of ours or of the channel: tried and given up like any other, never for ever
        log.exception("channel_failed", delivery=delivery.pk, channel=delivery.channel)
        reason = f"the channel failed ({type(error).__name__})"
        _failed(delivery, reason, "channel", final=delivery.attempts > len(WAITS), now=now)
    else:
        _succeeded(delivery, name, now)


def _claim(delivery_id: int, now: datetime) -> Delivery | None:
    claimed = (
        Delivery.objects.filter(pk=delivery_id, state=DeliveryState.QUEUED)
        .filter(Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM))
        # An old claim that nobody ended: its worker died, perhaps after the other side had taken the message.
        .update(
            claimed_at=now,
            attempts=F("attempts") + 1,
            unsure=Choice(When(claimed_at=None, then=F("unsure")), default=F("unsure") + 1),
        )
    )
    if not claimed:
        return None
    return Delivery.objects.select_related("message__agency", "message__case").get(pk=delivery_id)


@action
def _succeeded(delivery: Delivery, name: str | None, now: datetime) -> None:
    if name and delivery.message.account_id is not None:
        alone(delivery.message.account_id, name)
    fresh = Delivery.objects.select_for_update().get(pk=delivery.pk)
    fresh.state = forward(fresh.state, DeliveryState.SENT)
    fresh.sent_at, fresh.last_error, fresh.next_try_at, fresh.claimed_at = now, "", None, None
    fresh.save(update_fields=["state", "sent_at", "last_error", "next_try_at", "claimed_at"])
    faults.mended("delivery", str(delivery.pk))
    moved(fresh, delivery.message, provider_id=name, now=now)
    answer = delivery.message.answer
    if answer is not None:
        delivery_attempted(actor=Actor.system(delivery.message.agency_id), answer=answer, now=now)


@action
def _failed(delivery: Delivery, reason: str, code: str, *, final: bool, now: datetime) -> None:
    log.warning("delivery_failed", delivery=delivery.pk, attempts=delivery.attempts, final=final)
    fresh = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if fresh.state != DeliveryState.QUEUED:
        return  # a status has come meanwhile: it had arrived, and only the reply was lost
    fresh.last_error, fresh.claimed_at = reason[:300], None
    fresh.unsure += code == UNANSWERED
    if final:
        fresh.state, fresh.next_try_at = DeliveryState.GIVEN_UP, None
    else:
        fresh.next_try_at = now + WAITS[min(fresh.attempts, len(WAITS)) - 1]
    fresh.save(update_fields=["state", "last_error", "next_try_at", "claimed_at", "unsure"])
    if final:
        message = delivery.message
        moved(fresh, message, now=now)
        faults.record(
            "delivery",
            str(delivery.pk),
            reason[:300],
            agency_id=message.agency_id,
            case_id=message.case_id,
            data={"delivery_id": delivery.pk, "purpose": message.purpose, "channel": delivery.channel, "code": code},
        )
        if message.answer is not None:
            answer_undelivered(actor=Actor.system(message.agency_id), answer=message.answer, now=now)


def possible_repeats() -> int:
    """How many tries ended without our knowing whether the other side had taken the message. Each was repeated with
    the same identity; nothing else is ever sent twice."""
    return Delivery.objects.filter(unsure__gt=0).aggregate(n=Sum("unsure"))["n"] or 0
