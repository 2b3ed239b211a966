"""What grows without being needed any more is cleared each night: counters, sessions, files that nothing holds."""

from __future__ import annotations

from importlib import import_module

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from . import limits, shared_cache
from .actors import Actor
from .files.actions import sweep_orphans, sweep_unused

BATCH = 500
BATCHES = 20  # 10,000 files a night; the rest waits for the next one
log = structlog.get_logger()


@app.periodic(cron="41 3 * * *")
@app.task(name="platform.clear_night", queue="platform", queueing_lock="platform.clear_night")
def clear_night(timestamp: int) -> dict[str, int]:
    """Each part for itself: one that breaks is logged, ends the job as failed after the others, and so is a fault."""
    done: dict[str, int] = {}
    broken: list[Exception] = []
    parts = {
        "limits": limits.sweep,
        "cache": shared_cache.sweep,
        "sessions": _sessions,
        "unused": _unused,
        "orphans": _orphans,
    }
    for name, work in parts.items():
        try:
            done[name] = work()
        except Exception as error:
            log.exception("housekeeping_failed", part=name)
            broken.append(error)
    log.info("housekeeping", **done)
    if broken:
        raise broken[0]
    return done


def _sessions() -> int:
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    return 0


def _unused() -> int:
    swept = 0
    for _ in range(BATCHES):
        batch = sweep_unused(actor=Actor.system(), limit=BATCH)
        swept += batch
        if batch < BATCH:
            break
    return swept


def _orphans() -> int:
    return sweep_orphans(actor=Actor.system())
