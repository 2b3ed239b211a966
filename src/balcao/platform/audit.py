"""Reading personal data is logged, not only writing (LGPD art. 37, GDPR art. 30)."""

from collections.abc import Iterable

from . import rows
from .actors import Actor
from .models import ReadLog


def log_read(*, actor: Actor, subject: str, ids: Iterable[int | None], purpose: str, agency_id: int | None) -> None:
    """Record that `actor` was shown the personal data of each of `ids` on the page `purpose`. One statement."""
    rows.put(*(reading(actor, subject, subject_id, purpose, agency_id) for subject_id in ids))


def reading(actor: Actor, subject: str, subject_id: int | None, purpose: str, agency_id: int | None) -> ReadLog:
    """What `log_read` records of one: for whoever writes it beside the question itself."""
    return ReadLog(
        agency_id=agency_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        subject=subject,
        subject_id=subject_id,
        purpose=purpose[:80],
    )
