"""Who is told while there is little room on a disk, and that it is over once there is enough."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django import app

from . import faults
from .actors import Actor
from .errors import Refusal
from .models import Fault
from .room import Room, rooms

KIND = "disk"
log = structlog.get_logger()


@app.periodic(cron="* * * * *")
@app.task(name="platform.watch_room", queue="platform", queueing_lock="platform.watch_room")
def watch_room(timestamp: int) -> None:
    """Each minute: a fault where there is little room, and its end where there is enough again."""
    look()


def look() -> list[Room]:
    """Bring the faults up to date; the rooms that are little."""
    little = []
    for room in rooms(settings.DATA):
        if not room.little:
            faults.mended(KIND, room.what)
            continue
        little.append(room)
        if not Fault.objects.filter(kind=KIND, key=room.what, ended_at=None).exists():
            megabytes = room.free // 1_000_000
            reason = f"Only {megabytes} MB are free for the {room.what}."
            faults.record(KIND, room.what, reason, data={"what": room.what, "megabytes": megabytes})
    return little


def tell_now() -> None:
    """Something found no room: do not wait for the minute. Where even this finds none, the log has it."""
    log.error("disk_full")
    try:
        look()
    except DatabaseError:
        log.exception("disk_full_not_recorded")


def retry(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "disk": look again."""
    if fault.key in {room.what for room in look()}:
        raise Refusal(_("There is still too little room. Whoever runs the system must make some."))
