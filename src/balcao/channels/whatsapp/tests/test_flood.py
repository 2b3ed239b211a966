"""One person's flood is bounded: Meta hears 200, nobody else waits, and an operator decides about the rest."""

from __future__ import annotations

import pytest
from django.utils import timezone

from balcao.channels.whatsapp import taking
from balcao.channels.whatsapp.models import Arrival
from balcao.console.faults.words import of
from balcao.inbox.models import Conversation, Message
from balcao.platform.faults import end, retry
from balcao.platform.models import Fault

from .test_taking import arrive, one_text, words

pytestmark = pytest.mark.django_db
OTHER = {"from": "553591110000", "from_user_id": "BR.77"}


@pytest.fixture(autouse=True)
def few(settings):
    settings.PER_SENDER = [3, 600]


def test_what_is_beyond_the_bound_is_set_aside_and_others_are_heard(meta):
    arrive(meta, *[one_text(f"m{n}") for n in range(8)], one_text("socorro", **OTHER))
    assert words() == ["m0", "m1", "m2", "socorro"]
    assert Arrival.objects.filter(next_try_at=None).count() == 5
    said = Message.objects.get(direction="out")
    assert said.conversation == Conversation.objects.first(), "one word to that person, none to the other"
    fault = Fault.objects.get()
    assert fault.agency_id == meta.world.agency.pk and fault.count == 5 and "CAC" in of(fault).why
    assert "BR." not in f"{fault.key}{fault.reason}{fault.data}"


def test_an_operator_takes_the_rest_in(meta):
    arrive(meta, *[one_text(f"m{n}") for n in range(5)])
    retry(actor=meta.world.actor("supervisor"), fault=Fault.objects.get())
    taking.take_in_due()
    assert sorted(words()) == [f"m{n}" for n in range(5)] and not Arrival.objects.exists()
    assert Fault.objects.get().ended_reason == "mended"


def test_a_repeat_of_metas_is_not_the_persons(meta):
    batch = one_text("m1")
    arrive(meta, *[batch] * 3)
    for _again in range(4):
        arrive(meta, batch)
    arrive(meta, one_text("m2"))
    assert words() == ["m1", "m2"] and not Fault.objects.exists()


def test_beyond_the_second_bound_it_is_only_counted_and_ended_faults_let_it_go(meta, monkeypatch):
    monkeypatch.setattr(taking, "MOST_ASIDE", 2)
    arrive(meta, *[one_text(f"m{n}") for n in range(9)])
    fault = Fault.objects.get()
    assert Arrival.objects.count() == 3 and fault.count == 6
    end(actor=meta.world.actor("supervisor"), fault=fault, reason="Um robô.")
    assert taking.forget_old(timezone.now()) == 0
    assert taking.forget_old(timezone.now() + taking.KEPT * 2) == 3
