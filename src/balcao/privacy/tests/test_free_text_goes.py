"""The list of columns that are said to be cleared is true: a name planted in every one of them is gone afterwards."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from balcao.cases.models import Publication, Remark
from balcao.channels.open311.models import Media
from balcao.clocks.explain import explain
from balcao.clocks.models import Extension, Pause
from balcao.inbox.models import Account, CaseLink, Conversation, Handover, Line
from balcao.inbox.receiving import Incoming, receive
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.privacy import actions
from balcao.privacy.models import RetentionRule
from balcao.workorders.models import RemoteOrder, RemoteSystem
from tests.architecture.free_text import CLEARED

from .conftest import answer, ask
from .test_erasing import everything_kept

pytestmark = pytest.mark.django_db
NAME = "Maria das Dores"


def rich(world, maria):
    """An answered demand with something of every kind that hangs on a demand."""
    case, now = answer(world, ask(world, *maria)), timezone.now()
    order = case.orders.get()
    Remark.objects.create(case=case, kind="note", text="x", author_kind="staff", at=now)
    Publication.objects.create(case=case, text="x", at=now)
    for deadline in (case.deadline, order.deadline):
        who = {"deadline": deadline, "actor_kind": "staff"}
        Pause.objects.create(started_at=now, ended_at=now, reason="x", **who)
        Extension.objects.create(at=now, amount=1, reason="x", **who)
    system = RemoteSystem.objects.create(
        agency=world.agency, area=world.trees, connector="open311", url="https://x.org/"
    )
    RemoteOrder.objects.create(order=order, system=system, made_at=now)
    faults.record("stuck", "case:1", "x", world.agency.pk, case.pk)
    Media.objects.create(case=case, url="x", next_try_at=now)
    talk(world, case)
    return case


def talk(world, case) -> None:
    """A conversation that is over, about the demand."""
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    account = Account.objects.create(agency=world.agency, channel="whatsapp", key="1", name="CAC", line=line)
    actor = Actor.system(world.agency.pk)
    kept = receive(actor=actor, account=account, incoming=Incoming(provider_id="1", contact="x")).conversation
    CaseLink.objects.create(conversation=kept, case=case, at=timezone.now())
    moments = {"asked_at": timezone.now(), "until": timezone.now()}
    Handover.objects.create(conversation=kept, line=line, account=account, question=1, state="lapsed", **moments)
    Conversation.objects.filter(pk=kept.pk).update(state="closed", closed_at=timezone.now())


def plant(label: str, names: set[str]) -> int:
    """The name into these columns of every row; how many rows there are."""
    rows = list(apps.get_model(label).objects.all())
    for row in rows:
        for name in names:
            value = NAME
            if name == "answers":
                value = {"who": NAME}
            elif name == "explanation":
                told = {"start": "2026-01-05T09:00:00", "end": None, "days": None, "reason": NAME}
                value = [*row.explanation, {"key": "paused", "params": told}]
            type(row).objects.filter(pk=row.pk).update(**{name: value})
    return len(rows)


@pytest.mark.parametrize("then", ["pseudonymise", "delete"])
def test_a_name_in_any_column_of_words_goes(world, maria, then):
    case = rich(world, maria)
    assert [label for label, names in CLEARED.items() if not plant(label, names)] == [], "else this proves nothing"
    case.refresh_from_db()
    admin = world.actor("administrator")
    if then == "delete":
        rule = RetentionRule(agency=world.agency, stage="answered", days=1, then=then)
        actions.keep_rule(actor=admin, rule=rule)
        actions.retain(actor=admin, agency_id=world.agency.pk, now=timezone.now() + timedelta(days=2))
    else:
        actions.erase_person(actor=admin, person=maria[0])
    assert NAME not in everything_kept()
    case.deadline.refresh_from_db()
    assert any("[…]" in line for line in explain(case.deadline, "en")), "the date is still explained"
