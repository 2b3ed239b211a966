"""A phone and an attendant, through the real webhook and the real calls: what is said arrives once, both ways."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.channels.whatsapp import fetching, taking
from balcao.channels.whatsapp.models import Arrival, ComingFile, SentPart
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.models import Delivery, Message
from balcao.platform.actors import Actor
from balcao.platform.events import react
from balcao.platform.models import Event, Fault

from .phones import PIXEL, Phone

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_talk(phone):
    phone.writes("Bom dia", "Minha rua está sem luz 💡")
    assert [m.body for m in phone.conversation.messages.order_by("number")] == ["Bom dia", "Minha rua está sem luz 💡"]
    delivery = phone.hears("Qual é a rua?")
    assert delivery.state == "delivered" and phone.shown == ["Qual é a rua?"]
    assert Message.objects.get(pk=delivery.message_id).provider_id == phone.cloud.bubbles[-1].id
    phone.cloud.look()
    phone.settle()
    delivery.refresh_from_db()
    assert delivery.state == "read" and not Arrival.objects.exists()


def test_delivered_three_times_and_backwards(phone):
    phone.cloud.faults.backwards, phone.cloud.faults.repeat = True, 3
    for word in ("um", "dois", "três"):
        phone.cloud.say("text", {"body": word})
    phone.cloud.faults.backwards = False
    phone.cloud.courier.turned()
    phone.settle()
    assert len(phone.cloud.courier.answers) == 9
    assert sorted(m.body for m in phone.conversation.messages.all()) == ["dois", "três", "um"]


def test_buttons_are_pressed(phone):
    phone.writes("oi")
    phone.hears(
        "É urgente?", details={"buttons": [{"id": "q=true", "title": "Sim"}, {"id": "q=false", "title": "Não"}]}
    )
    asked = phone.cloud.bubbles[-1]
    first = asked.shown["interactive"]["action"]["buttons"][0]["reply"]
    phone.cloud.say("interactive", {"type": "button_reply", "button_reply": first}, about=asked.id)
    phone.settle()
    pressed = phone.conversation.messages.order_by("number").last()
    assert pressed.data == {"reply_to": asked.id, "id": "q=true", "title": "Sim"}


def test_after_a_429_and_a_fault_of_metas_it_leaves_once(phone):
    phone.writes("oi")
    phone.cloud.faults.too_many, phone.cloud.faults.broken = 1, 1
    delivery = phone.hears("Já vemos")
    assert (delivery.state, delivery.attempts, phone.shown) == ("queued", 1, [])
    phone.tried(delivery)
    assert phone.tried(delivery).state == "delivered" and phone.shown == ["Já vemos"]


def test_an_expired_token_is_said_and_nothing_is_lost(phone, meta):
    phone.writes("oi")
    phone.cloud.faults.expired = True
    delivery = phone.hears("Já vemos")
    assert delivery.state == "queued" and delivery.last_error.startswith("Meta answered 401")
    fault = Fault.objects.get(kind="whatsapp")
    assert fault.agency_id == meta.world.agency.pk and "token" in fault.reason
    phone.cloud.faults.expired = False
    assert phone.tried(delivery).state == "delivered"
    fault.refresh_from_db()
    assert fault.ended_at


def test_a_long_text_leaves_in_parts_each_once(phone):
    phone.writes("oi")
    words = " ".join(f"palavra{n}" for n in range(800))
    phone.cloud.faults.closed = False
    calls = len(phone.cloud.calls)
    delivery = phone.hears(words)
    assert " ".join(phone.shown) == words and len(phone.shown) > 1 and delivery.state == "delivered"
    assert len(phone.cloud.calls) - calls == len(phone.shown) and not SentPart.objects.exists()


def test_a_long_text_that_breaks_in_the_middle_goes_on_there(phone, monkeypatch):
    phone.writes("oi")
    words = " ".join(f"palavra{n}" for n in range(800))
    take, taken = phone.cloud.take, []

    def once(body):
        taken.append(body)
        if len(taken) == 2:
            phone.cloud.faults.broken = 1
        return take(body)

    monkeypatch.setattr(phone.cloud, "take", once)
    delivery = phone.hears(words)
    assert delivery.state == "queued" and len(phone.shown) == 1
    assert phone.tried(delivery).state == "delivered" and " ".join(phone.shown) == words


@pytest.mark.parametrize("known", ["delivered", "read"])
def test_a_part_that_fails_takes_the_whole_back_although_the_last_one_arrived(phone, meta, known):
    phone.writes("oi")
    delivery = phone.hears(" ".join(f"palavra{n}" for n in range(800)))
    parts = [one for one in phone.cloud.bubbles if not one.mine]
    if known == "read":
        phone.cloud.look()
        phone.settle()
    refused(phone, parts[0])
    delivery.refresh_from_db()
    fault = Fault.objects.get(kind="delivery")
    assert (delivery.state, fault.data["code"]) == ("given_up", "whatsapp:131026") and not Arrival.objects.exists()
    Delivery.objects.update(queued_at=timezone.now() + timedelta(minutes=5), state="delivered")  # anew, and it arrived
    refused(phone, parts[0])  # Meta repeats itself
    delivery.refresh_from_db()
    assert delivery.state == "delivered" and not Arrival.objects.exists()


def refused(phone: Phone, part) -> None:
    phone.cloud._mark(part, "failed", [{"code": 131026, "title": "Message undeliverable"}])
    phone.settle(timezone.now() + timedelta(minutes=1))


def test_a_part_that_fails_while_the_rest_waits_is_said_again(phone, monkeypatch):
    phone.writes("oi")
    words = " ".join(f"palavra{n}" for n in range(800))
    take, taken = phone.cloud.take, []

    def once(body):
        taken.append(body)
        if len(taken) == 2:
            phone.cloud.faults.broken = 1
        return take(body)

    monkeypatch.setattr(phone.cloud, "take", once)
    delivery = phone.hears(words)
    first = phone.cloud.bubbles[-1]
    refused(phone, first)
    assert phone.tried(delivery).state == "delivered"
    assert " ".join(phone.shown[1:]) == words and phone.shown[0] == phone.shown[1]


def test_a_failure_of_ours_that_fits_no_sending_stands_on_the_operators_page(phone):
    phone.writes("oi")
    delivery = phone.hears("Já vemos")
    Delivery.objects.filter(pk=delivery.pk).update(state="queued", claimed_at=timezone.now())  # a worker has it
    refused(phone, phone.cloud.bubbles[-1])
    for tries in range(1, len(taking.WAITS) + 1):
        assert not Fault.objects.exists()
        taking.take_in_due(timezone.now() + timedelta(hours=3 * tries))
    assert "could not bring a message of ours" in Fault.objects.get(kind="whatsapp").reason
    assert Arrival.objects.get().next_try_at is None


def test_what_has_arrived_does_not_fail_any_more(phone):
    phone.writes("oi")
    delivery = phone.hears("Já vemos")
    refused(phone, phone.cloud.bubbles[-1])
    delivery.refresh_from_db()
    assert delivery.state == "delivered" and not Fault.objects.exists()


def test_after_24_hours_nothing_is_sent_but_a_template(phone):
    phone.writes("oi")
    Message.objects.filter(direction="in").update(provider_at=timezone.now() - timedelta(hours=24))
    delivery = phone.hears("Tarde demais")
    assert delivery.state == "given_up" and not phone.shown
    assert Fault.objects.get(kind="delivery").data["code"] == "whatsapp:131047"
    asked = {"template": {"name": "resposta", "language": "pt_BR", "variables": ["Maria", "2026-1"]}}
    assert phone.hears("Há uma resposta", details=asked).state == "delivered"
    assert phone.cloud.bubbles[-1].shown["template"]["name"] == "resposta"


def test_what_meta_refuses_afterwards_is_taken_back(phone):
    phone.writes("oi")
    phone.cloud.faults.closed = True  # by Meta's clock
    assert phone.hears("Sua resposta").state == "given_up"
    assert Fault.objects.get(kind="delivery").data["code"] == "whatsapp:131047"


def test_an_answer_that_was_lost_is_settled_by_the_status(phone, monkeypatch):
    phone.writes("oi")
    real = phone.cloud.take

    def lost(body):
        real(body)
        raise ConnectionAbortedError

    monkeypatch.setattr(phone.cloud, "take", lost)
    delivery = phone.hears("Uma vez só")
    monkeypatch.setattr(phone.cloud, "take", real)
    assert delivery.state == "delivered" and phone.shown == ["Uma vez só"]
    phone.tried(delivery)
    assert phone.shown == ["Uma vez só"]


def test_a_file_comes_after_its_words_and_another_is_refused(phone):
    phone.cloud.send_file(PIXEL, "image/png", "poste.png", caption="O poste")
    phone.cloud.send_file(b"MZ\x90 a program", "application/pdf", "rg.pdf")
    phone.settle()
    photo, paper = phone.conversation.messages.order_by("number")
    assert photo.body == "O poste" and not photo.files.exists()
    fetching.fetch_due()
    paper.refresh_from_db()
    assert photo.files.get().file.mime == "image/png" and paper.data["refused"] == ["program"]
    assert not ComingFile.objects.exists() and not paper.files.exists()


def test_a_file_too_large_is_never_fetched(phone, settings):
    settings.MAX_UPLOAD = 50
    phone.cloud.send_file(PIXEL, "image/png", "poste.png")
    phone.settle()
    fetching.fetch_due()
    message = phone.conversation.messages.get(direction="in")
    assert message.data["refused"] == ["too_large"]


def test_a_file_goes_to_the_person(phone, meta):
    import io

    from balcao.platform.files.actions import store_file

    phone.writes("oi")
    stored = store_file(
        actor=Actor.system(phone.agency_id), agency_id=phone.agency_id, upload=io.BytesIO(PIXEL), name="mapa.png"
    )
    assert phone.hears("O mapa", files=[stored]).state == "delivered"
    text, picture = phone.cloud.bubbles[-2:]
    assert text.shown["text"]["body"] == "O mapa"
    assert phone.cloud.files[picture.shown["image"]["id"]][0] == "image/png"


def test_what_an_attendant_has_read_is_ticked(phone, meta):
    phone.writes("oi", "tem alguém?")
    read = mark_read_by(meta.world.actor("administrator"), phone.conversation, 1)
    assert [one.state for one in phone.cloud.bubbles] == ["read", ""]
    phone.cloud.faults.expired = True  # a tick that Meta does not take harms nobody
    assert mark_read_by(meta.world.actor("administrator"), phone.conversation, 2) == read + 1
    assert [one.state for one in phone.cloud.bubbles] == ["read", ""] and not Fault.objects.exists()


def mark_read_by(actor: Actor, conversation: Conversation, number: int) -> int:
    """The attendant's page says so; then the jobs that it left. How many facts there are of it."""
    mark_read(actor=actor, conversation=conversation, number=number)
    told = Event.objects.filter(kind="ConversationRead").order_by("pk")
    react(told.last().pk, "balcao.channels.whatsapp.reading.show_read")
    return told.count()


def test_who_hides_their_number_is_answered_by_their_id(phone):
    phone.cloud.person.hidden = True
    phone.writes("oi")
    assert phone.hears("Olá").state == "delivered"
    assert phone.cloud.bubbles[-1].shown["recipient"] == "BR.1502576394655843"
