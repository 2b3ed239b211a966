"""An order goes to the system of its area. The intent is kept before the call, the reference before anything else."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.letters import address_of
from balcao.cases.models import Attachment
from balcao.cases.public import everybodys
from balcao.cases.shown import as_shown
from balcao.catalog.models import Kind, Service
from balcao.organization.editing import allow, check, same_agency
from balcao.platform import faults, history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.models import Fault

from ..events import OrderForwarded
from ..models import RemoteOrder, RemoteSystem, WorkOrder
from ..moving import locked
from ..remote import CONNECTORS, Errand, NothingSent, NotTaken
from ..states import AT_WORK, OrderState
from .calling_off import CLAIM, WAITS, call_off, call_off_unwanted, mark_of
from .working import accept_order, tell

log = structlog.get_logger()
S = RemoteOrder.State
BATCH = 200


@action
def change_system(*, actor: Actor, system: RemoteSystem) -> RemoteSystem:
    """Save the system of an area. Orders that were issued before go there too, as long as they are at work."""
    allow(actor, system.agency_id)
    same_agency(system, area=system.area)
    if not system.secret:
        raise Invalid(_("The other system needs a key."), field="secret")
    known = Service.objects.filter(agency_id=system.agency_id, slug__in=system.codes).values_list("slug", flat=True)
    if missing := sorted(system.codes.keys() - set(known)):
        raise Invalid(_("There is no service called %(name)s.") % {"name": missing[0]}, field="codes")
    check(system)
    return history.keep(actor=actor, obj=system)


def take_up(now: datetime | None = None) -> list[int]:
    """Keep the intent for orders at work whose area has a system, and name what is due: the ids of RemoteOrders.

    A report of wrongdoing is never told to another system: it stays on the area's own board. Index `order_board`."""
    now = now or timezone.now()
    systems = {system.area_id: system for system in RemoteSystem.objects.filter(is_active=True)}
    if systems:
        there = RemoteOrder.objects.filter(order=OuterRef("pk"))
        fresh = WorkOrder.objects.filter(area_id__in=systems, state__in=AT_WORK).filter(~Exists(there))
        fresh = fresh.exclude(case__kind=Kind.DENUNCIA).exclude(case__sealed=True)
        RemoteOrder.objects.bulk_create(
            (
                RemoteOrder(order_id=pk, system=systems[area_id], made_at=now, next_try_at=now)
                for pk, area_id in fresh.order_by("issued_at").values_list("pk", "area_id")[:BATCH]
            ),
            ignore_conflicts=True,
        )
    call_off_unwanted(now)
    due = RemoteOrder.objects.filter(next_try_at__lte=now, system__is_active=True)
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:BATCH])


def forward(remote_id: int, now: datetime | None = None) -> None:
    """Try once. Any number of workers may call it; one of them speaks. Never inside a transaction."""
    now = now or timezone.now()
    before = RemoteOrder.objects.filter(pk=remote_id).values_list("state", flat=True).first()
    if before == S.CALLING:
        call_off(remote_id, now)
        return
    claimed = RemoteOrder.objects.filter(pk=remote_id, state=before, next_try_at__lte=now).update(
        state=S.SENDING, next_try_at=now + CLAIM, attempts=F("attempts") + 1
    )
    if not claimed:
        return
    remote = RemoteOrder.objects.select_related(
        "system__area", "order__case__service", "order__case__agency", "order__deadline"
    ).get(pk=remote_id)
    # A worker that died while it was sending leaves SENDING: what it sent may have arrived.
    doubtful = before in (S.SENDING, S.UNKNOWN)
    over = remote.order.state not in AT_WORK
    if over and not doubtful:
        RemoteOrder.objects.filter(pk=remote_id).update(state=S.REFUSED, next_try_at=None, last_error="order ended")
        return
    errand, connector = errand_of(remote), CONNECTORS[remote.system.connector]
    state = S.UNKNOWN if doubtful else S.QUEUED
    try:
        reference = connector.find(remote.system, errand) if doubtful else ""
        if not reference:
            if over or (doubtful and not remote.system.repeats_safely):
                _stand_still(remote, S.UNKNOWN, _in_doubt())
                return
            reference = connector.send(remote.system, errand)
    except NothingSent as error:
        if remote.attempts > len(WAITS):
            _stand_still(remote, state, str(error))
        else:
            again = now + WAITS[remote.attempts - 1]
            RemoteOrder.objects.filter(pk=remote_id).update(state=state, next_try_at=again, last_error=str(error)[:300])
    except NotTaken as error:
        _stand_still(remote, S.UNKNOWN if doubtful else S.REFUSED, str(error))
    except Exception as error:  # Perhaps, or a fault of ours after something was sent
        log.warning("forwarding_in_doubt", remote=remote_id, why=str(error)[:200], kind=type(error).__name__)
        _doubt(remote, now, str(error))
    else:
        _sent(remote, reference, now)


def _in_doubt() -> str:
    return "Whether it arrived is not known, and it was not found there. Look there, then say so on the area's page."


def _doubt(remote: RemoteOrder, now: datetime, why: str) -> None:
    """Look for it soon; what cannot be found becomes a person's decision."""
    if remote.attempts > len(WAITS):
        _stand_still(remote, S.UNKNOWN, why)
    else:
        RemoteOrder.objects.filter(pk=remote.pk).update(
            state=S.UNKNOWN, next_try_at=now + WAITS[remote.attempts - 1], last_error=why[:300]
        )


def errand_of(remote: RemoteOrder) -> Errand:
    """What the other system is told of an order: of its files, those that everybody may see."""
    order, case = remote.order, remote.order.case
    shown = as_shown(everybodys().filter(pk=case.pk))
    photos = [f"{address_of(case)}/perto/foto/{uuid}/" for one in shown for uuid in one.photos]
    return Errand(
        media=photos,
        kept_back=max(0, Attachment.objects.filter(case=case).count() - len(photos)),
        key=remote.key,
        mark=mark_of(remote),
        service_code=remote.system.code_of(case.service.slug),
        service_name=case.service.name,
        description=case.description,
        address=case.address,
        lat=case.lat,
        lon=case.lon,
        opened_at=case.opened_at,
        due_at=order.deadline.due_at,
    )


def _sent(remote: RemoteOrder, reference: str, now: datetime) -> None:
    # The reference first and alone: whatever fails after this, nothing is sent again.
    RemoteOrder.objects.filter(pk=remote.pk).update(
        reference=reference[:120], state=S.SENT, sent_at=now, next_try_at=None, last_error=""
    )
    faults.mended("remote", str(remote.pk))
    _accept(remote, now)


@action
def _accept(remote: RemoteOrder, now: datetime) -> None:
    actor = Actor.system(remote.order.agency_id)
    order = locked(remote.order, actor=actor)
    tell(OrderForwarded(order_id=order.pk, system_id=remote.system_id), order, actor, now)
    if order.state == OrderState.ISSUED:
        accept_order(actor=actor, order=order, now=now)


def _stand_still(remote: RemoteOrder, state: str, why: str) -> None:
    RemoteOrder.objects.filter(pk=remote.pk).update(state=state, next_try_at=None, last_error=why[:300])
    faults.record(
        "remote",
        str(remote.pk),
        f"The order {mark_of(remote)} could not be forwarded to the system of {remote.system.area.name}: {why}"[:500],
        agency_id=remote.order.agency_id,
        case_id=remote.order.case_id,
        data={"remote_id": remote.pk, "area": remote.system.area.name, "why": why[:300]},
    )


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "remote": sent once more; one that perhaps arrived is only looked for. A fault of
    reading back is tried again at the next round anyway."""
    if "remote_id" not in fault.data:
        raise Refusal(_("It is tried again by itself within ten minutes, and this goes away once it works."))
    found = RemoteOrder.objects.filter(pk=fault.data["remote_id"], next_try_at=None)
    found.filter(state=S.REFUSED).update(state=S.QUEUED)
    found.filter(state__in=[S.QUEUED, S.UNKNOWN, S.CALLING]).update(next_try_at=timezone.now(), attempts=0)


@action
def settle_doubt(*, actor: Actor, remote: RemoteOrder, reference: str, now: datetime | None = None) -> RemoteOrder:
    """A person has looked there: it has this reference, or (empty) it is not there and may be sent again."""
    now = now or timezone.now()
    actor.require("settings.edit")
    actor.same_agency(remote.system.agency_id)
    fresh = RemoteOrder.objects.select_for_update(of=("self",)).select_related("order", "system").get(pk=remote.pk)
    if fresh.state != S.UNKNOWN:
        raise Refusal(_("What became of this order is known by now."))
    reference = reference.strip()
    if len(reference) > 120:
        raise Invalid(_("This number is too long."), field="reference")
    if reference:
        fresh.reference, fresh.state, fresh.sent_at, fresh.next_try_at = reference, S.SENT, now, None
    else:
        fresh.state, fresh.next_try_at, fresh.attempts = S.QUEUED, now, 0
    fresh.last_error = ""
    fresh.save(update_fields=["reference", "state", "sent_at", "next_try_at", "attempts", "last_error"])
    faults.mended("remote", str(fresh.pk))
    return fresh
