"""From the webhook into the inbox: every item once, in its conversation, of its agency; what cannot be is set aside."""

from __future__ import annotations

import copy
from datetime import timedelta
from io import BytesIO
from unittest.mock import patch

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from PIL import Image

from balcao.channels.whatsapp import fetching, taking
from balcao.channels.whatsapp.models import Arrival, ComingFile, Contact
from balcao.channels.whatsapp.phones import canonical
from balcao.inbox.conversations.letting_go import forget
from balcao.inbox.conversations.models import Conversation, EarlyStatus
from balcao.inbox.models import Message, MessageFile
from balcao.inbox.outbound import Rejected
from balcao.platform import faults
from balcao.platform.models import Fault

from .conftest import connect, fixture

pytestmark = pytest.mark.django_db


def words() -> list[str]:
    return [m.body for m in Message.objects.filter(direction="in").order_by("conversation", "number")]


def one_text(body: str, *, number: int = 1, **who: str) -> dict:
    """A batch of one text; `who` replaces the ids (from, from_user_id), "" takes one out."""
    found = fixture("text")
    value = found["entry"][0]["changes"][0]["value"]
    message, contact = value["messages"][0], value["contacts"][0]
    message |= {"id": f"wamid.{body}{number}", "text": {"body": body}} | who
    contact["wa_id"], contact["user_id"] = message["from"], message["from_user_id"]
    for place, names in ((message, ("from", "from_user_id")), (contact, ("wa_id", "user_id"))):
        for name in names:
            if not place[name]:
                del place[name]
    return found


def arrive(meta, *batches) -> None:
    for batch in batches:
        assert meta.deliver(batch) == 200
    taking.take_in_due()


def test_fifty_with_one_malformed(meta):
    arrive(meta, "fifty")
    assert words() == [f"Mensagem {n}" for n in range(50) if n != 17]
    aside, fault = Arrival.objects.get(), Fault.objects.get()
    assert aside.next_try_at is None and "timestamp" in aside.reason
    assert fault.agency_id == meta.world.agency.pk and "timestamp" in fault.reason and "sem hora" not in fault.reason
    assert Conversation.objects.get().said_name == "Maria das Dores"


def test_every_kind_is_kept_as_what_it_is(meta):
    arrive(meta, "kinds")
    kept = {m.provider_id[-2:]: m for m in Message.objects.filter(direction="in").order_by("pk")}
    assert [m.kind for m in kept.values()] == [
        "text", "reply", "reply", "reply", "location", "contacts", "files", "voice", "files", "files", "files",
        "reaction", "unsupported", "unsupported", "unsupported",
    ]  # fmt: skip
    assert kept["13"].data == {"id": "poda", "title": "Poda de árvore"} and kept["13"].body == "Poda de árvore"
    assert kept["14"].data["lat"] == -22.8547 and kept["15"].data["contacts"][0]["name"] == "João Pereira"
    assert kept["16"].body == "O poste" and kept["21"].data == {"to": "wamid.ASKED", "emoji": "👍"}
    assert kept["22"].data == {"type": "poll"} and kept["24"].data == {"type": "order"}
    assert not Arrival.objects.exists() and not Fault.objects.exists()


def test_five_times_and_backwards_is_once_and_in_order(meta):
    batch = fixture("fifty")
    messages = batch["entry"][0]["changes"][0]["value"]["messages"]
    del messages[17]
    backwards = copy.deepcopy(batch)
    backwards["entry"][0]["changes"][0]["value"]["messages"].reverse()
    arrive(meta, backwards, batch, backwards)
    arrive(meta, batch, backwards)
    assert sorted(words()) == sorted(f"Mensagem {n}" for n in range(50) if n != 17)
    by_moment = Message.objects.filter(direction="in").order_by("provider_at")
    assert [m.body for m in by_moment] == [f"Mensagem {n}" for n in range(50) if n != 17]
    assert not Arrival.objects.exists()


def test_each_number_is_its_agencys(meta, procon):
    arrive(meta, "several")
    mine, theirs = (Conversation.objects.get(agency_id=one) for one in (meta.world.agency.pk, procon.account.agency_id))
    assert ([m.body for m in mine.messages.all()], [m.body for m in theirs.messages.all()]) == (["CAC"], ["PROCON"])
    assert mine.contact_hash != theirs.contact_hash, "not even that it is the same person"
    fault = Fault.objects.get()  # the account's own error
    assert "130429" in fault.reason and fault.agency_id == meta.world.agency.pk


def test_statuses_only_move_forward_whatever_their_order(meta):
    arrive(meta, "statuses", "statuses")
    told = {one.provider_id: (one.state, one.reason) for one in EarlyStatus.objects.all()}
    assert told == {"wamid.OURS1": ("read", "")}
    now = timezone.now()
    for _try in range(len(taking.WAITS)):  # the failure of a message that we never sent is waited with, and let go
        assert Arrival.objects.count() == 1
        now += timedelta(hours=3)
        taking.take_in_due(now)
    assert not Arrival.objects.exists() and not Fault.objects.exists()


def test_what_comes_for_a_number_that_nobody_has_waits_for_it(meta):
    arrive(meta, "several")
    assert words() == ["CAC"]
    fault = Fault.objects.get(reason__contains="no agency has connected")
    assert fault.agency_id is None and Arrival.objects.get().phone_number_id == "206540352242922"
    connect(meta.world, meta.app, "206540352242922", "PROCON")
    taking.take_in_due()
    assert sorted(words()) == ["CAC", "PROCON"] and not Arrival.objects.exists()
    fault.refresh_from_db()
    assert fault.ended_at


def test_a_failure_of_ours_is_tried_again_and_then_shown(meta):
    now = timezone.now()
    assert meta.deliver("text") == 200
    with patch("balcao.channels.whatsapp.taking.receive", side_effect=DatabaseError("no")):
        for _try in range(len(taking.WAITS) + 1):
            now += timedelta(hours=3)
            taking.take_in_due(now)
    assert Arrival.objects.get().next_try_at is None and not Message.objects.exists()
    fault = Fault.objects.get()
    taking.retry(fault, meta.world.actor("administrator"))
    taking.take_in_due()
    assert len(words()) == 1 and not Arrival.objects.exists()
    fault.refresh_from_db()
    assert fault.ended_at


def test_who_writes_with_and_without_the_ninth_digit_is_one_person(meta):
    arrive(meta, one_text("a", **{"from": "553591234567", "from_user_id": ""}),
           one_text("b", **{"from": "5535991234567", "from_user_id": ""}))  # fmt: skip
    assert Conversation.objects.count() == 1 and words() == ["a", "b"]


@pytest.mark.parametrize("written, same", [
    ("553591234567", "5535991234567"), ("5535991234567", "5535991234567"), ("553534351000", "553534351000"),
    ("351912345678", "351912345678"), ("5511612345678", "5511612345678"), ("", ""),
])  # fmt: skip
def test_the_ninth_digit(written, same):
    assert canonical(written) == same


def test_one_person_by_number_then_by_both_then_by_id_alone(meta):
    number, scoped = {"from": "553591234567"}, {"from_user_id": "BR.1"}
    arrive(meta, one_text("a", **number, from_user_id=""), one_text("b", **number, **scoped))
    arrive(meta, one_text("c", **{"from": ""}, **scoped), one_text("d", **number, from_user_id=""))
    assert Conversation.objects.count() == 1 and words() == ["a", "b", "c", "d"]
    assert Contact.objects.count() == 1


def test_a_number_that_was_given_to_somebody_else_is_somebody_else(meta):
    number = {"from": "553591234567"}
    arrive(meta, one_text("a", **number, from_user_id="BR.1"), one_text("b", **number, from_user_id="BR.2"))
    arrive(meta, one_text("c", **{"from": ""}, from_user_id="BR.1"), one_text("d", **number, from_user_id=""))
    assert [[m.body for m in c.messages.order_by("number")] for c in Conversation.objects.order_by("pk")] == [
        ["a", "c"], ["b", "d"]
    ]  # fmt: skip


def test_a_new_secret_knows_the_same_people(meta, settings):
    arrive(meta, one_text("a", **{"from": "553591234567", "from_user_id": "BR.1"}))
    settings.OLD_SECRET_KEYS, settings.SECRET_KEY = [settings.SECRET_KEY], "quite another secret"
    arrive(meta, one_text("b", **{"from": "553591234567", "from_user_id": "BR.1"}))
    assert Contact.objects.count() == 1


def test_what_nobody_could_use_is_forgotten_three_months_after_its_fault_was_ended(meta):
    admin = meta.world.actor("administrator")
    arrive(meta, b"<html>", "several")  # one that cannot be read, one for a number that nobody has connected
    for fault in Fault.objects.filter(key__regex="^(arrival|unknown):"):
        assert taking.forget_old(timezone.now() + timedelta(days=400)) == 0, "somebody may still mend it"
        faults.end(actor=admin, fault=fault, reason="Nothing to be had.")
        assert taking.forget_old(timezone.now() + timedelta(days=89)) == 0
        assert taking.forget_old(timezone.now() + timedelta(days=91)) == 1
        with pytest.raises(faults.Refusal):
            faults.retry(actor=admin, fault=fault)
    assert not Arrival.objects.exists()


def test_what_came_after_a_fault_of_its_number_was_ended_waits_for_its_own(meta):
    arrive(meta, "several")
    faults.end(actor=meta.world.actor("administrator"), fault=Fault.objects.get(key__startswith="unknown:"), reason="x")
    arrive(meta, one_for_nobody())
    assert Arrival.objects.count() == 2 and taking.forget_old(timezone.now() + timedelta(days=400)) == 0


def one_for_nobody() -> dict:
    found = one_text("outra")
    found["entry"][0]["changes"][0]["value"]["metadata"]["phone_number_id"] = "206540352242922"
    return found


def test_a_file_that_breaks_us_stops_no_other_and_is_given_up_in_the_end(meta, monkeypatch):
    arrive(meta, "kinds")
    files = list(ComingFile.objects.order_by("pk"))
    broken = files[0].pk
    monkeypatch.setattr(fetching, "_end", lambda coming, write: ended.append(coming.pk))
    monkeypatch.setattr(fetching.graph, "fetch_file", lambda line, media_id, most: media(media_id))
    ended: list[int] = []

    def media(media_id):
        if media_id == files[0].media_id:
            raise ValueError("+55 35 99123-4567")
        raise Rejected("gone", "gone")

    now = timezone.now()
    fetching.fetch_due(now + timedelta(seconds=1))
    assert sorted(ended) == [one.pk for one in files[1:]]
    for _try in fetching.WAITS:
        now += timedelta(days=2)
        fetching.fetch(broken, now)
    assert ComingFile.objects.get(pk=broken).next_try_at is None
    fault = Fault.objects.get(key=f"file:{broken}")
    assert "ValueError" in fault.reason and "99123" not in fault.reason


def test_no_file_comes_back_to_words_that_were_forgotten(meta, monkeypatch):
    arrive(meta, "kinds")
    talk, content = Conversation.objects.get(), BytesIO()
    Image.new("RGB", (20, 20), "green").save(content, "PNG")
    got = fetching.graph.Fetched(content.getvalue(), "image/png")
    monkeypatch.setattr(fetching.graph, "fetch_file", lambda *_which: got)
    with transaction.atomic():
        forget(Conversation.objects.filter(pk=talk.pk))
    fetching.fetch_due(timezone.now() + timedelta(seconds=1))
    assert not ComingFile.objects.exists() and not MessageFile.objects.exists()
    assert not [m.data for m in talk.messages.all() if m.data]
