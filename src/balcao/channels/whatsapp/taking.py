"""What arrived is taken in: each item in a transaction of its own, so that one that cannot be read stops no other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Case as Choice
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Concat, Substr
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.inbox import flooding
from balcao.inbox.approved.letters import say_held
from balcao.inbox.bouncing import StillSending, take_back
from balcao.inbox.conversations.states import Kind
from balcao.inbox.conversations.statuses import alone, move_status, name_of_provider
from balcao.inbox.models import Account, Delivery
from balcao.inbox.receiving import Incoming as Heard
from balcao.inbox.receiving import receive, was_received
from balcao.inbox.states import DeliveryState
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal, Stale
from balcao.platform.limits import TooMany
from balcao.platform.models import Fault

from . import wire
from .channel import delivery_uid, part_of
from .contacts import contact_of
from .fetching import fetch_soon
from .models import CHANNEL, Arrival, ComingFile, SentPart, WhatsAppNumber
from .phones import canonical
from .shapes import MESSAGE, STATUS, TROUBLE, UNREADABLE, Incoming, Item, Malformed, Status

BATCH = 200
ALONE = 225232  # the advisory lock of whoever takes in
WAITS = [timedelta(seconds=s) for s in (5, 30, 300, 1800, 7200)]  # after each failure of ours; then it is set aside
CLOCKS = timedelta(minutes=1)  # by how much Meta's, of whole seconds, may be behind ours
FLOOD = "flood:"  # how the reason begins of what one person sent beyond what we take
MOST_ASIDE = 500  # of one person
KEPT = timedelta(days=90)  # what was set aside, after somebody has ended its fault
KINDS = {
    "text": Kind.TEXT, "button": Kind.REPLY, "choice": Kind.REPLY, "location": Kind.LOCATION, "contacts": Kind.CONTACTS,
    "reaction": Kind.REACTION, "image": Kind.FILES, "video": Kind.FILES, "document": Kind.FILES, "sticker": Kind.FILES,
}  # fmt: skip
STATES = {
    "sent": DeliveryState.SENT, "delivered": DeliveryState.DELIVERED, "read": DeliveryState.READ,
    "played": DeliveryState.READ,
}  # fmt: skip
HAD = (DeliveryState.DELIVERED, DeliveryState.READ)
log = structlog.get_logger()


class NotYet(Exception):
    """It is about a message that we have not heard of, perhaps because our own worker has not said so."""


class Unknown(Exception):
    """Nobody has connected this number."""


def take_in_due(now: datetime | None = None) -> int:
    """Take in what is due, oldest first; how many were. One worker at a time, so that what a person wrote first comes
    in first; nothing when another one is at it: it looks again after it has let go. Not inside a transaction."""
    done = 0
    while _due(now).exists():
        with _alone() as mine:
            if not mine:
                break
            while found := list(_due(now)[:BATCH]):
                for arrival in found:
                    take_in(arrival, now or timezone.now())
                done += len(found)
    return done


def _due(now: datetime | None) -> QuerySet[Arrival]:
    due = Arrival.objects.select_related("app").filter(next_try_at__lte=now or timezone.now())
    return due.order_by("next_try_at", "id")


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else takes in now. PostgreSQL lets go for whoever dies."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ALONE])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ALONE])


def take_in(arrival: Arrival, now: datetime) -> None:
    """One item: into the inbox and out of this table in one transaction; else tried later, else set aside. Raises what
    a database that is away raises: it is due as before."""
    pk, item = arrival.pk, wire.unpack(arrival.kind, bytes(arrival.key), arrival.packed)
    try:
        _at_once(arrival, item, now)
    except Malformed as why:
        _set_aside(arrival, f"It could not be read ({why}).")
    except Unknown:
        _keep_for_whoever_connects(arrival)
    except NotYet:
        _wait(arrival, now)
    except StillSending:
        _wait(arrival, now, ours=True)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.exception("whatsapp_not_taken_in", arrival=pk)
        if arrival.attempts >= len(WAITS):
            _set_aside(arrival, f"Taking it in failed ({type(error).__name__}).")
            return
        Arrival.objects.filter(pk=pk).update(
            attempts=arrival.attempts + 1, next_try_at=now + WAITS[arrival.attempts], reason=type(error).__name__[:200]
        )


def _wait(arrival: Arrival, now: datetime, *, ours: bool = False) -> None:
    """A status of a message that never turns up is of somebody else's: another system may send by this number. The
    failure of one of `ours` is let go of by nobody."""
    if arrival.attempts >= len(WAITS) and ours:
        _set_aside(arrival, "Meta could not bring a message of ours that we count as still on its way.")
    elif arrival.attempts >= len(WAITS):
        arrival.delete()
    else:
        Arrival.objects.filter(pk=arrival.pk).update(
            attempts=arrival.attempts + 1, next_try_at=now + WAITS[arrival.attempts]
        )


def _at_once(arrival: Arrival, item: Item, now: datetime) -> None:
    """Whoever met somebody else at the same rows tries again at once: later would be after what was written later."""
    for last in (False, False, True):
        try:
            return _take_in(arrival, item, now)
        except Stale:
            if last:
                raise


def _take_in(arrival: Arrival, item: Item, now: datetime) -> None:
    if item.kind == UNREADABLE:
        raise Malformed("no message of Meta's")
    number = _number(arrival)
    if item.kind == TROUBLE:
        _tell_trouble(arrival, item, number)
        return
    found = wire.read(item)
    if isinstance(found, Status):
        _keep_status(arrival, found, number, now)
    else:
        contact = contact_of(number.account.agency_id, found.sender)
        if arrival.reason.startswith(FLOOD) or _allowed(arrival, found, str(contact.uuid), number.account, now):
            _keep_message(arrival, found, str(contact.uuid), number, now)


def _allowed(arrival: Arrival, found: Incoming, contact: str, account: Account, now: datetime) -> bool:
    """Whether somebody may still be heard; Meta's repeats are not theirs. What is beyond that is set aside, up to
    a bound, until an operator takes it in; what is beyond the bound is only counted."""
    if was_received(account, found.id):
        return True
    way = flooding.way_of(account)
    try:
        flooding.allow(way=way, sender=contact, agency_id=account.agency_id, name=account.name)
    except TooMany:
        reason = f"{FLOOD}{flooding.mark_of(way, contact)}"
        if Arrival.objects.filter(app=arrival.app, reason=reason)[MOST_ASIDE:].exists():
            arrival.delete()
        else:
            Arrival.objects.filter(pk=arrival.pk).update(next_try_at=None, reason=reason)
        flooding.say_enough(account, contact, now)
        return False
    return True


@action
def _keep_message(arrival: Arrival, found: Incoming, contact: str, number: WhatsAppNumber, now: datetime) -> None:
    """With the job that fetches its file: whoever waits sees the words at once."""
    if not _claimed(arrival):
        return
    actor = Actor.citizen(number.account.agency_id)
    received = receive(actor=actor, account=number.account, incoming=heard(found, contact), now=now)
    if not received.repeat:
        say_held(actor=Actor.system(number.account.agency_id), conversation=received.conversation, now=now)
    if found.media is not None and not received.repeat:
        named = {"media_id": found.media.id[:200], "name": found.media.name}
        coming = ComingFile.objects.create(message=received.message, number=number, next_try_at=now, **named)
        fetch_soon(coming.pk)


def _claimed(arrival: Arrival) -> bool:
    """Take it out of the table; whoever was faster has done it. Rolled back with the rest when that fails."""
    if not Arrival.objects.filter(pk=arrival.pk).delete()[0]:
        return False
    if arrival.reason.startswith(FLOOD):
        if not Arrival.objects.filter(reason=arrival.reason).exists():
            faults.mended(flooding.KIND, arrival.reason.removeprefix(FLOOD))
    elif arrival.reason:
        faults.mended("whatsapp", f"arrival:{arrival.pk}")
    return True


def heard(found: Incoming, contact: str) -> Heard:
    """A message as the inbox keeps it."""
    kind = KINDS.get(found.kind, Kind.UNSUPPORTED)
    if found.media is not None and found.kind == "audio":
        kind = Kind.VOICE if found.media.voice else Kind.FILES
    details: dict[str, object] = {"reply_to": found.about} if found.about else {}
    if kind is Kind.REPLY:
        details |= {"id": found.choice, "title": found.text}
    elif found.spot is not None:
        spot = found.spot
        details |= {"lat": spot.lat, "lon": spot.lon, "name": spot.name, "address": spot.address}
    elif kind is Kind.CONTACTS:
        cards = [{"name": c.name, "phones": list(c.phones), "emails": list(c.emails)} for c in found.cards]
        details |= {"contacts": cards}
    elif found.kind == "sticker":
        details |= {"sticker": True}  # a picture, but no photo of anything
    elif kind is Kind.REACTION:
        details = {"to": found.about, "emoji": found.text}
    elif kind is Kind.UNSUPPORTED:
        details |= {"type": found.said_kind or found.kind}
    sender = found.sender
    return Heard(
        provider_id=found.id,
        contact=contact,
        address=sender.user_id or sender.wa_id,
        phone=f"+{canonical(sender.wa_id)}" if sender.wa_id else "",
        name=sender.name or sender.username,
        kind=kind,
        text="" if kind is Kind.REACTION else found.text,
        details=details,
        at=found.at,
    )


def _number(arrival: Arrival) -> WhatsAppNumber:
    numbers = WhatsAppNumber.objects.select_related("app", "account__agency", "account__line")
    found = numbers.filter(
        app=arrival.app, account__channel=CHANNEL, account__key=arrival.phone_number_id, account__is_active=True
    ).first()
    if found is None:
        raise Unknown
    return found


def _keep_status(arrival: Arrival, status: Status, number: WhatsAppNumber, now: datetime) -> None:
    """For the message that it is about, also when we do not know yet that Meta named it so. Only forward; a failure
    waits for our own worker to have said that it sent the message, and is never let go of when it is of ours."""
    account, agency = number.account, number.account.agency_id
    name_by_uid(account, status, now)
    if status.state != "failed":
        _move(arrival, status, number, now)
        return
    code = f"whatsapp:{status.problems[0].code}" if status.problems else "whatsapp:0"
    mine, named = Delivery.objects.filter(message__account=account), part_of(status.ours)
    delivery = mine.filter(message__provider_id=status.id[:200]).first()
    if delivery is not None:
        _take_back(arrival, Actor.system(agency), delivery, code, now)
        return
    ours = mine.filter(uid=named[0]).first() if named is not None else None
    if named is None or ours is None:
        raise NotYet
    if status.at < ours.queued_at - CLOCKS:
        log.warning("whatsapp_failure_of_an_older_try", delivery=ours.pk, code=code)
        _claimed(arrival)
    elif named[1] is None:
        raise StillSending
    else:
        _take_part_back(arrival, ours, named[1], code, now)


@action
def _move(arrival: Arrival, status: Status, number: WhatsAppNumber, now: datetime) -> None:
    if _claimed(arrival):
        actor, state = Actor.system(number.account.agency_id), STATES[status.state]
        move_status(actor=actor, account=number.account, provider_id=status.id[:200], state=state, now=now)


@action
def _take_back(arrival: Arrival, actor: Actor, delivery: Delivery, code: str, now: datetime) -> None:
    state = Delivery.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=delivery.pk)
    if _claimed(arrival) and state not in HAD:
        take_back(actor=actor, delivery=delivery, code=code, now=now)


@action
def _take_part_back(arrival: Arrival, delivery: Delivery, part: int, code: str, now: datetime) -> None:
    """An earlier part of a long message did not arrive: so the whole did not, whatever is known of its last part. A
    try that goes on says this part again."""
    if _claimed(arrival):
        SentPart.objects.filter(uid=delivery.uid, number=part).delete()
        take_back(actor=Actor.system(delivery.message.agency_id), delivery=delivery, code=code, now=now)


@action
def name_by_uid(account: Account, status: Status, now: datetime) -> None:
    """A message whose sending had no answer has arrived after all: the status brings our own name for it."""
    uid = delivery_uid(status.ours)
    if uid is None:
        return
    mine = Delivery.objects.filter(uid=uid, message__account=account, message__provider_id=None)
    if not mine.exists():
        return
    alone(account.pk, status.id[:200])
    delivery = mine.select_for_update(of=("self",)).select_related("message").first()
    if delivery is not None:
        actor = Actor.system(account.agency_id)
        name_of_provider(delivery, delivery.message, status.id[:200], actor=actor, now=now)


@action
def _tell_trouble(arrival: Arrival, item: Item, number: WhatsAppNumber) -> None:
    """An error that belongs to no message: a limit was reached, the account was restricted."""
    if _claimed(arrival):
        problem = wire.problem(item.raw)
        faults.record(
            "whatsapp",
            f"number:{number.pk}:{problem.code}",
            f"Meta reports a problem with the number {number.shown}: {problem.title or 'no name'} ({problem.code}).",
            agency_id=number.account.agency_id,
            data={"number": number.shown, "why": problem.title, "code": f"whatsapp:{problem.code}"},
        )


@action
def _keep_for_whoever_connects(arrival: Arrival) -> None:
    """One fault a number, however many write to it."""
    Arrival.objects.filter(pk=arrival.pk).update(next_try_at=None, reason="no number")
    told = arrival.phone_number_id or "none"
    faults.record(
        "whatsapp",
        f"unknown:{told}",
        f"Messages came for a number that no agency has connected (phone number id {told}).",
        data={"app_id": arrival.app_id, "phone_number_id": arrival.phone_number_id},
    )


@action
def _set_aside(arrival: Arrival, reason: str) -> None:
    Arrival.objects.filter(pk=arrival.pk).update(next_try_at=None, reason=reason[:200])
    owner = WhatsAppNumber.objects.filter(app=arrival.app, account__key=arrival.phone_number_id).first()
    what = {MESSAGE: "message", STATUS: "status"}.get(arrival.kind, "delivery")
    faults.record(
        "whatsapp",
        f"arrival:{arrival.pk}",
        f"A {what} of WhatsApp was set aside. {reason}",
        agency_id=owner.account.agency_id if owner else None,
        data={"arrival_id": arrival.pk, "why": reason[:200]},
    )


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "whatsapp": once more, with all tries. It reports success by itself."""
    if fault.key.startswith("token:"):
        raise Refusal(_("This goes away by itself once Meta takes our messages again."))
    if "file_id" in fault.data:
        files = ComingFile.objects.filter(pk=fault.data["file_id"])
        if not files.update(next_try_at=timezone.now(), attempts=0):
            raise Refusal(_("There is nothing left to try again. End this with a reason."))
        return
    waiting = Arrival.objects.filter(next_try_at=None)
    if "arrival_id" in fault.data:
        waiting = waiting.filter(pk=fault.data["arrival_id"])
    else:
        waiting = waiting.filter(app_id=fault.data.get("app_id"), phone_number_id=fault.data.get("phone_number_id", ""))
    if not waiting.update(next_try_at=timezone.now(), attempts=0):
        raise Refusal(_("There is nothing left to try again. End this with a reason."))


def retry_flood(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "flood": what one person sent beyond the bound is taken in after all."""
    if not Arrival.objects.filter(reason=f"{FLOOD}{fault.key}").update(next_try_at=timezone.now(), attempts=0):
        raise Refusal(_("Nothing is set aside here: a mail that waits comes by itself. End this with a reason."))


def forget_old(now: datetime | None = None) -> int:
    """What was set aside, and whose fault was ended three months ago: nobody could use its words, and they go. While
    the fault is open they stay: Meta was told that we have them."""
    before = (now or timezone.now()) - KEPT
    of_it = Concat(Value("arrival:"), Cast(OuterRef("pk"), CharField()))
    of_its_number = Choice(
        When(phone_number_id="", then=Value("unknown:none")), default=Concat(Value("unknown:"), "phone_number_id")
    )
    aside = Arrival.objects.filter(next_try_at=None, arrived_at__lt=before).annotate(of_its_number=of_its_number)
    of_its_sender = Q(kind=flooding.KIND, key=Substr(OuterRef("reason"), len(FLOOD) + 1))
    told = Fault.objects.filter(Q(Q(key=of_it) | Q(key=OuterRef("of_its_number")), kind="whatsapp") | of_its_sender)
    return aside.filter(Exists(told.filter(ended_at__lt=before)), ~Exists(told.filter(ended_at=None))).delete()[0]
