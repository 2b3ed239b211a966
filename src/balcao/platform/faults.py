"""Nothing fails silently: what an operator could mend is kept, with its reason, until somebody ends it."""

from collections.abc import Callable
from typing import Any

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .action import action
from .actors import Actor
from .errors import NotAllowed, Refusal
from .events import FaultGiven, emit
from .models import Fault

log = structlog.get_logger()
Mender = Callable[[Fault, Actor], None]
MENDERS: dict[str, Mender] = {}  # kind -> how to try again; filled in by config/wiring.py
AT_ONCE = 200  # faults that are tried again in one go; the rest waits for the next


def record(
    kind: str,
    key: str,
    reason: str,
    agency_id: int | None = None,
    case_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> Fault:
    """Keep a fault, or count it again when the same one is open. `reason` is one sentence without personal data."""
    now = timezone.now()
    fault, created = Fault.objects.get_or_create(
        kind=kind,
        key=key[:200],
        ended_at=None,
        defaults={"reason": reason, "agency_id": agency_id, "case_id": case_id, "data": data or {}},
    )
    if not created:
        Fault.objects.filter(pk=fault.pk).update(count=F("count") + 1, last_at=now, reason=reason)
    return fault


def mended(kind: str, key: str) -> None:
    """What had failed has worked: close its fault, if one is open."""
    Fault.objects.filter(kind=kind, key=key[:200], ended_at=None).update(ended_at=timezone.now(), ended_reason="mended")


def guard(actor: Actor, fault: Fault) -> None:
    """Raise NotAllowed unless `actor` may mend this fault: it is of their agency, or of the whole installation and they
    administer it."""
    actor.require("faults.mend")
    if fault.agency_id is not None:
        actor.same_agency(fault.agency_id)
    elif not actor.can("settings.edit"):
        raise NotAllowed(log=f"{actor.kind} {actor.id} touched fault {fault.pk} of the installation")


def retry(*, actor: Actor, fault: Fault) -> None:
    """Try again what failed. The fault stays open until the work itself reports success. Refusal when even the trying
    fails: the fault is as it was."""
    guard(actor, fault)
    mender = MENDERS.get(fault.kind)
    if mender is None:
        raise Refusal(_("This kind of fault cannot be retried. End it with a reason, or give it to somebody."))
    try:
        with transaction.atomic():
            mender(fault, actor)
    except Refusal:
        raise
    except Exception as error:
        log.exception("retry_failed", fault=fault.pk, kind=fault.kind)
        raise Refusal(
            _("Trying again did not work either; nothing has changed. The cause stands in the system's log."),
            log=f"retry of fault {fault.pk}: {type(error).__name__}",
        ) from error


def retry_all(*, actor: Actor, kind: str) -> tuple[int, dict[str, int]]:
    """Try the actor's open faults of one kind again, the oldest two hundred, each for itself: one that fails stops no
    other. How many went, and each reason why one did not with its number."""
    went, refused = 0, dict[str, int]()
    for fault in list(Fault.objects.visible_to(actor).filter(kind=kind, ended_at=None).order_by("id")[:AT_ONCE]):
        try:
            retry(actor=actor, fault=fault)
            went += 1
        except Refusal as refusal:
            sentence = str(refusal.sentence)
            refused[sentence] = refused.get(sentence, 0) + 1
    return went, refused


@action
def reassign(*, actor: Actor, fault: Fault, staff_id: int) -> None:
    """Give a fault to a member of staff, whom the caller has found to be of the actor's agency. The reaction tells
    them."""
    guard(actor, fault)
    Fault.objects.filter(pk=fault.pk).update(owner_id=staff_id)
    emit(FaultGiven(fault_id=fault.pk, staff_id=staff_id), actor=actor, agency_id=fault.agency_id)


@action
def end(*, actor: Actor, fault: Fault, reason: str) -> None:
    """End a fault by hand. A reason is required: the next person must understand why."""
    guard(actor, fault)
    if not reason.strip():
        raise Refusal(_("Say in a few words why this ends here."))
    Fault.objects.filter(pk=fault.pk, ended_at=None).update(
        ended_at=timezone.now(), ended_by=actor.staff_id, ended_reason=reason.strip()
    )
