"""What other systems say of the orders that they carry out: told on the case, and reported when they are done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import uuid5

import structlog
from django.utils import timezone

from balcao.cases.actions import write_note
from balcao.catalog.models import Outcome
from balcao.platform import faults
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.text import has_words

from ..models import RemoteOrder, RemoteSystem, RemoteUpdate
from ..moving import locked
from ..remote import CONNECTORS, News, NotForwarded
from ..states import AT_WORK, UNWANTED
from .calling_off import mark_of
from .reporting import file_report

log = structlog.get_logger()
BATCH = 50  # references in one question
LOOK_BACK = timedelta(days=2)  # updates are read again over this span: a clock of theirs may be late
MOST = 3000  # characters of their words that we keep


def read_back(system: RemoteSystem, now: datetime | None = None) -> int:
    """Ask the system about every order of ours that it works on; how many things were new. What fails holds up nothing
    else, and stands on the operator's page until a later round works. Never inside a transaction."""
    now = now or timezone.now()
    waiting = list(RemoteOrder.objects.filter(system=system, state=RemoteOrder.State.SENT).order_by("pk"))
    new, problem = 0, ""
    try:
        for start in range(0, len(waiting), BATCH):
            batch: dict[str, list[RemoteOrder]] = {}  # a server may give two orders one number
            for remote in waiting[start : start + BATCH]:
                batch.setdefault(remote.reference, []).append(remote)
            since = max(min(remote.made_at for remote in waiting[start : start + BATCH]), now - LOOK_BACK)
            for news in CONNECTORS[system.connector].news(system, list(batch), since, now):
                for remote in batch.get(news.reference, ()):
                    try:
                        new += _hear(remote=remote, news=news, now=now)
                    except Exception as error:  # of ours, or news that nothing can be made of
                        log.exception("news_not_taken_in", remote=remote.pk)
                        problem = f"what it says of {mark_of(remote)} was not taken in ({type(error).__name__})"
    except NotForwarded as error:
        problem = str(error)
    if problem:
        why = f"The system of {system.area.name} could not be asked about its orders: {problem}"[:500]
        data = {"system_id": system.pk, "area": system.area.name, "why": problem[:300]}
        faults.record("remote", f"read:{system.pk}", why, agency_id=system.agency_id, data=data)
    else:
        faults.mended("remote", f"read:{system.pk}")
    return new


@action
def _hear(*, remote: RemoteOrder, news: News, now: datetime) -> bool:
    """One piece of news, told once. An order that ended here, or was reported by a colleague, is no longer theirs:
    `calling_off` tells them once it is over, unless they are done with it themselves."""
    fresh = RemoteOrder.objects.select_related("order__case", "system__area").get(pk=remote.pk)
    actor = Actor.system(fresh.system.agency_id)
    order = locked(fresh.order, actor=actor)
    fresh = RemoteOrder.objects.select_for_update(of=("self",)).select_related("system__area").get(pk=remote.pk)
    if fresh.state != RemoteOrder.State.SENT:
        return False
    if order.state not in AT_WORK:
        if news.closed and order.state not in UNWANTED:
            RemoteOrder.objects.filter(pk=fresh.pk).update(state=RemoteOrder.State.ENDED)
        return False
    heard = True
    if news.update_id:
        told = RemoteUpdate.objects.get_or_create(remote=fresh, update_id=news.update_id[:120])
        heard = told[1]
    elif news.status == fresh.status:
        heard = False
    if heard:
        words = [fresh.system.area.name, news.status, news.words]
        # An "@" of theirs calls nobody here.
        text = " · ".join(word for word in words if word).replace("@", "(at)")[:MOST]
        write_note(actor=actor, case=order.case, text=text, now=now)
    RemoteOrder.objects.filter(pk=fresh.pk).update(status=news.status[:40])
    if news.closed:
        file_report(
            actor=actor,
            order=order,
            outcome=_outcome(news),
            text=_words(news, fresh),
            impossible_because=news.words[:MOST] if has_words(news.words[:MOST]) else news.status,
            key=uuid5(fresh.key, "report"),
            now=now,
        )
        RemoteOrder.objects.filter(pk=fresh.pk).update(state=RemoteOrder.State.ENDED)
    return heard


def _outcome(news: News) -> str:
    """ "Closed" is not "solved": what their word does not tell is information, and a reviewer decides."""
    known: Sequence[str] = [one for one in Outcome.values if one != Outcome.REFUSED]
    return news.outcome if news.outcome in known else Outcome.INFORMED


def _words(news: News, remote: RemoteOrder) -> str:
    said = news.words.strip() or news.status
    return f"{said[:MOST]}\n({remote.system.area.name}, {remote.reference})"
