"""Orders that another system has, and that ended here, done by us or not at all: it is told, by us or by a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid5

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..events import OrderCalledOff
from ..models import RemoteOrder
from ..moving import locked
from ..remote import CONNECTORS, Errand, NotForwarded, NoWay
from ..states import UNWANTED, OrderState
from .working import tell

S = RemoteOrder.State
WAITS = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240)]  # after each try that surely sent nothing; then a person
CLAIM = timedelta(minutes=2)  # a worker that died while sending loses the order after this


def mark_of(remote: RemoteOrder) -> str:
    return f"{remote.order.case.protocol}/{remote.order.number}"


def call_off_unwanted(now: datetime) -> None:
    """By state, as everything here: what they have and nobody wants any more. Index `remote_open`. A report alone ends
    nothing: it may be sent back."""
    gone = RemoteOrder.objects.filter(state=S.SENT, order__state__in=[*UNWANTED, OrderState.DONE])
    gone.update(state=S.CALLING, next_try_at=now, attempts=0)


def call_off(remote_id: int, now: datetime) -> None:
    """Try once to tell them; told twice it is the same. Never inside a transaction."""
    mine = RemoteOrder.objects.filter(pk=remote_id, state=S.CALLING, next_try_at__lte=now)
    if not mine.update(next_try_at=now + CLAIM, attempts=F("attempts") + 1):
        return
    whole = RemoteOrder.objects.select_related("system__area__agency", "order__case__service", "order__deadline")
    remote = whole.get(pk=remote_id)
    with translation.override(remote.system.area.agency.locale):
        cancelled = _("Cancelled: please do nothing more about this. [%(mark)s]")
        done = _("Done by us: please do nothing more about this. [%(mark)s]")
        words = (done if remote.order.state == OrderState.DONE else cancelled) % {"mark": mark_of(remote)}
    try:
        CONNECTORS[remote.system.connector].call_off(
            remote.system, _named(remote), remote.reference, words, uuid5(remote.key, "cancel")
        )
    except NotForwarded as error:
        again = not isinstance(error, NoWay) and remote.attempts <= len(WAITS)
        next_try = now + WAITS[remote.attempts - 1] if again else None
        RemoteOrder.objects.filter(pk=remote.pk).update(next_try_at=next_try, last_error=str(error)[:300])
        if not again:
            _by_hand(remote, str(error))
    else:
        _told(remote=remote, now=now)


def _named(remote: RemoteOrder) -> Errand:
    """Which errand it was: to call it off nobody needs its words, its place or its photos again."""
    order, service = remote.order, remote.order.case.service
    return Errand(
        key=remote.key, mark=mark_of(remote), service_code=remote.system.code_of(service.slug),
        service_name=service.name, description="", address="", lat=None, lon=None,
        opened_at=order.issued_at, due_at=order.deadline.due_at,
    )  # fmt: skip


@action
def _told(*, remote: RemoteOrder, now: datetime) -> None:
    actor = Actor.system(remote.order.agency_id)
    order = locked(remote.order, actor=actor)
    if not RemoteOrder.objects.filter(pk=remote.pk, state=S.CALLING).update(
        state=S.OFF, next_try_at=None, last_error=""
    ):
        return
    tell(OrderCalledOff(order_id=order.pk, system_id=remote.system_id), order, actor, now)
    faults.mended("remote", f"off:{remote.pk}")


def _by_hand(remote: RemoteOrder, why: str) -> None:
    area = remote.system.area.name
    faults.record(
        "remote",
        f"off:{remote.pk}",
        f"The order {mark_of(remote)} ended here, and the system of {area} could not be told: {why}"[:500],
        agency_id=remote.order.agency_id,
        case_id=remote.order.case_id,
        data={
            "remote_id": remote.pk, "called_off": True, "area": area, "reference": remote.reference, "why": why[:300],
        },
    )  # fmt: skip
