"""An attendant is present only while their page is: each beat of it moves the end on, and silence is leaving."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.organization.models import Staff
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed
from balcao.platform.events import emit
from balcao.platform.standing import standing

from .events import AttendantLeft
from .lines import give_back
from .models import Attendant, Conversation, Line
from .moving import here, locked
from .states import State

BEAT = timedelta(seconds=15)  # how often an open page says that it is


@action
def set_up_attendant(
    *, actor: Actor, staff: Staff, capacity: int, lines: Iterable[Line], languages: Iterable[str] = ()
) -> Attendant:
    """What somebody serves, how many conversations at once (1 to 50) and in which languages (as "pt", "en"; none: in
    every one). An attendant without a line gets nothing."""
    actor.same_agency(staff.agency_id)
    actor.require("staff.edit")
    lines = list(lines)
    if not 1 <= capacity <= 50:
        raise Invalid("1–50", field="capacity")
    if any(line.agency_id != staff.agency_id for line in lines):
        raise NotAllowed(log=f"lines of another agency for staff {staff.pk}")
    spoken = sorted(set(languages))
    if not all(re.fullmatch("[a-z]{2,3}", one) for one in spoken):
        raise Invalid(_("Write languages as pt, en or es, without a country."), field="languages")
    attendant, created = Attendant.objects.get_or_create(staff=staff)
    before = {} if created else _served(attendant)
    attendant.capacity, attendant.languages = capacity, spoken
    attendant.save(update_fields=["capacity", "languages"])
    attendant.lines.set(lines)
    after = _served(attendant)
    changes = {key: [before.get(key), value] for key, value in after.items() if before.get(key, []) != value}
    if changes:
        history.note(actor=actor, obj=attendant, changes=changes)
    return attendant


def _served(attendant: Attendant) -> dict[str, Any]:
    """What the history keeps of an attendant; when their page was open is no setting."""
    lines = sorted(attendant.lines.values_list("pk", flat=True))
    return {"capacity": attendant.capacity, "lines": lines, "languages": attendant.languages}


@action
def beat(*, actor: Actor, now: datetime | None = None) -> Attendant:
    """The attendant's page is open. Called every `BEAT`, from each page; the first one after a silence is a coming."""
    actor.require("inbox.attend")
    return here(actor=actor, now=now or timezone.now())


@action
def leave(*, actor: Actor, now: datetime | None = None) -> int:
    """The attendant signs out. Conversations in which the person waits for us return to their place in line; where we
    wait for the person, the attendant stays the owner until they write. How many returned."""
    assert actor.staff_id is not None
    now = now or timezone.now()
    gone = Attendant.objects.select_for_update(of=("self",), no_key=True).filter(staff_id=actor.staff_id).first()
    return _leave(gone, actor=actor, now=now) if gone is not None else 0


def leave_silent(*, agency_id: int | None = None, now: datetime | None = None) -> int:
    """Whoever's page was not heard of has left; each in a transaction of their own. How many returned."""
    now = now or timezone.now()
    silent = Attendant.objects.filter(present_until__lte=now)
    if agency_id is not None:
        silent = silent.filter(staff__agency_id=agency_id)
    return sum(_silent(actor=Actor.system(agency), pk=pk, now=now)
               for pk, agency in silent.order_by("pk").values_list("pk", "staff__agency_id"))  # fmt: skip


@action
def _silent(*, actor: Actor, pk: int, now: datetime) -> int:
    gone = (
        Attendant.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(pk=pk, present_until__lte=now)
        .first()
    )
    return _leave(gone, actor=actor, now=now) if gone is not None else 0


def _leave(gone: Attendant, *, actor: Actor, now: datetime) -> int:
    if gone.present_until is None:
        return 0
    gone.present_until = None
    gone.save(update_fields=["present_until"])
    returned = 0
    for one in Conversation.objects.filter(owner_id=gone.staff_id, state=State.HELD).order_by("pk"):
        held = locked(one, actor=actor)
        if held.state == State.HELD and held.owner_id == gone.staff_id and held.waits_for_us:
            give_back(held, actor=actor, now=now)
            returned += 1
    emit(AttendantLeft(staff_id=gone.staff_id, returned=returned), actor=actor, agency_id=gone.agency_id, at=now)
    return returned


def is_present(staff_id: int | None, now: datetime) -> bool:
    """Whether this member of staff has the inbox open now."""
    known = _attendant.one(staff=staff_id) if staff_id is not None else None
    return known is not None and known.present_until is not None and known.present_until > now


@standing
def _attendant(*, staff: int) -> QuerySet[Attendant]:
    return Attendant.objects.filter(staff_id=staff)
