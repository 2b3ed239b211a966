"""The logs as people read them: who changed which setting, who was shown what, and what each of them is called."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from django.db.models import QuerySet

from balcao.platform.actors import Actor
from balcao.platform.models import ReadLog, Revision

from .keys import names_of_keys
from .models import Staff


class Acted(Protocol):
    """A line of a history or a log: who did it, by kind and number."""

    actor_kind: str
    actor_id: int | None


def names_of(rows: Iterable[Acted]) -> dict[tuple[str, int], str]:
    """How a history names the colleagues and the keys of these lines, by kind and number; who is gone has no name. At
    most two queries."""
    by_kind: dict[str, set[int]] = {"staff": set(), "key": set()}
    for row in rows:
        if row.actor_kind in by_kind and row.actor_id:
            by_kind[row.actor_kind].add(row.actor_id)
    staff = Staff.objects.filter(pk__in=by_kind["staff"]).values_list("pk", "name") if by_kind["staff"] else ()
    named = {("staff", pk): name for pk, name in staff}
    return named | {("key", pk): name for pk, name in names_of_keys(by_kind["key"]).items()}


def changes_for(actor: Actor) -> QuerySet[Revision]:
    """The changes of the agency's settings that the actor may read, the newest first: of colleagues and their roles
    only for whoever keeps them."""
    found = Revision.objects.filter(agency_id=actor.agency_id).order_by("-id")
    if actor.can("staff.edit"):
        return found
    return found.exclude(model__in=["organization.staff", "organization.membership", "organization.role"])


def reads_of(subject: str, subject_id: int) -> QuerySet[ReadLog]:
    """Who was shown this, the latest first: for whoever holds `audit.read`. Index `readlog_of_subject`."""
    return ReadLog.objects.filter(subject=subject, subject_id=subject_id).order_by("-id")
