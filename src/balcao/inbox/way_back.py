"""The code is lost: a letter with a link to the case's own contact point, whoever asks, and never a word about whether
there was one."""

from __future__ import annotations

from uuid import UUID, uuid4

from django.utils import timezone

from balcao.cases.actions import make_way_back
from balcao.cases.actions.way_back import KEPT, own_contact
from balcao.cases.letters import address_of, case_letter
from balcao.cases.models import Case
from balcao.citizens.actions import contact_hash
from balcao.platform.action import action
from balcao.platform.actors import Actor

from .sending import queue_letter


def ask_way_back(*, actor: Actor, protocol: str, email: str) -> None:
    """Look for the case later. Here the same is done whether there is one or not, in the same time: one job with the
    number and a keyed hash of the address."""
    from .jobs import way_back_job

    assert actor.agency_id is not None

    way_back_job.defer(
        agency_id=actor.agency_id,
        protocol=protocol,
        contact=contact_hash("email", email).hex(),
        asked=str(uuid4()),
    )


def find_and_send(agency_id: int, protocol: str, contact: str, asked: str) -> None:
    """Send the link when number and address belong together. Run twice it sends one."""
    case = (
        Case.objects.filter(agency_id=agency_id, protocol=protocol)
        .select_related("agency", "service", "area", "deadline", "reporter", "contact")
        .first()
    )
    own = own_contact(case) if case else None
    if case is not None and own is not None and bytes(own.value_hash).hex() == contact:
        send_way_back(actor=Actor.system(agency_id), case=case, asked=UUID(asked))


@action
def send_way_back(*, actor: Actor, case: Case, asked: UUID) -> None:
    """Make the link and queue its letter, in one transaction."""
    own = own_contact(case)
    assert own is not None
    now = timezone.now()
    token = make_way_back(actor=actor, case=case, contact=own, asked=asked, now=now)
    if token is None:
        return
    link = f"{address_of(case)}/acompanhar/voltar/{token}/"
    letter = case_letter(case, "way_back", link=link, hours=int(KEPT.total_seconds() // 3600))
    queue_letter(case=case, letter=letter, purpose="way_back", key=f"way-back:{asked}", address=own.value, now=now)
