"""The page of one conversation: what was said, and everything that an attendant does with it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from balcao.cases.models import Case
from balcao.citizens.actions import know_person
from balcao.citizens.models import Person, PriorityGroup
from balcao.inbox.conversations.lines import claim, write_note
from balcao.inbox.conversations.speaking import say
from balcao.inbox.interviews.people import meet
from balcao.inbox.models import Conversation, Line, Message
from balcao.inbox.outbound import SENDERS, Rejected
from balcao.inbox.sending import deliver
from balcao.platform.access_codes import code_matches
from balcao.platform.events import react
from balcao.platform.files.tests import hostile
from balcao.platform.models import Event, ReadLog, StoredFile

from .conftest import browser

URL = "/console/inbox/"


@pytest.fixture
def talk(desk, ana):
    found = desk.writes("a", "Preciso de uma vaga na creche", at=timezone.now(), name="Maria", address="+5527999990000")
    claim(actor=ana, conversation=found.conversation)
    return Conversation.objects.get()


def test_every_word_stands_in_order_with_what_happened_between(desk, ana, talk):
    client = browser(ana)
    client.post(f"{URL}{talk.pk}/say/", {"text": "Bom dia, Maria", "client_id": "1"})
    client.post(f"{URL}{talk.pk}/note/", {"text": "Parece urgente @attendant-ana"})
    desk.writes("a", "Obrigada", at=timezone.now())
    page = client.get(f"{URL}{talk.pk}/")
    text = page.content.decode()
    said = ["Waits in line", "Preciso de uma vaga", "took it", "Bom dia, Maria", "Parece urgente", "Obrigada"]
    thread = text[text.index("talk-thread") :]
    assert [thread.index(s) for s in said[1:]] == sorted(thread.index(s) for s in said[1:])
    assert "only among colleagues" in text and "On its way" in text and "+5527999990000" not in text
    talk.refresh_from_db()
    assert (talk.staff_unread, talk.staff_read) == (0, 4), "its owner has looked at it"
    assert ReadLog.objects.filter(subject="talk", subject_id=talk.pk, purpose="conversation").exists()


def test_of_two_at_once_both_sides_have_the_same_order_and_the_second_waits_for_an_answer(desk, ana, talk):
    now = timezone.now()
    for say_it in (write_note, say):
        say_it(actor=ana, conversation=talk, text=f"{say_it.__name__} antes", client_id="1", now=now)
        desk.writes("a", f"{say_it.__name__} depois", at=now - timedelta(seconds=2))  # it waited for the row
    page = browser(ana).get(f"{URL}{talk.pk}/?piece=thread").content.decode()
    said = ["write_note antes", "write_note depois", "say antes", "say depois"]
    assert [page.index(text) for text in said] == sorted(page.index(text) for text in said)
    talk.refresh_from_db()
    assert talk.waits_for_us


def test_an_open_page_gets_what_is_new_alone_and_its_own_words_with_their_sending(desk, ana, talk, monkeypatch):
    client = browser(ana)
    desk.writes("a", "Ainda sem resposta", at=timezone.now())
    sent = client.post(f"{URL}{talk.pk}/say/", {"text": "Bom dia", "client_id": "1", "piece": "1", "since": "2"})
    text = sent.content.decode()
    assert "Ainda sem resposta" in text and "Bom dia" in text and "Preciso de uma vaga" not in text
    monkeypatch.setattr("balcao.console.inbox.thread.SHOWN", 2)
    piece = client.get(f"{URL}{talk.pk}/?piece=thread&since=1").content.decode()
    assert "Preciso de uma vaga" in piece and "Ainda sem" in piece and "Bom dia" not in piece, "the page asks on"


def test_whom_a_note_calls_is_told_where_they_may_see_the_conversation(desk, ana, talk):
    desk.attendant("bia", 2, Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON"))
    client = browser(ana)
    page = client.post(f"{URL}{talk.pk}/note/", {"text": "@supervisor e @attendant-bia"}, follow=True)
    assert "We tell Supervisor." in page.content.decode() and "@attendant-bia" in page.content.decode()
    noted = Event.objects.get(kind="ConversationNoted")
    react(noted.pk, "balcao.inbox.alarms.tell_called")
    letter = Message.objects.get(staff=desk.world.staff["supervisor"])
    assert f"/console/inbox/{talk.pk}/" in letter.body and "attendant-bia" not in letter.body


def test_a_page_costs_the_same_after_ten_and_after_a_hundred_words(desk, ana, talk, django_assert_max_num_queries):
    client = browser(ana)
    for n in range(60):
        desk.writes("a", f"Palavra {n}", at=timezone.now())
        say(actor=ana, conversation=talk, client_id=str(n), text=f"Resposta {n}")
    client.get(f"{URL}{talk.pk}/")
    with django_assert_max_num_queries(30):
        client.get(f"{URL}{talk.pk}/")
    with django_assert_max_num_queries(16):
        piece = client.get(f"{URL}{talk.pk}/?piece=thread&since=119").content.decode()
    assert "Resposta 59" in piece and "Resposta 57" not in piece


def test_pressed_twice_it_is_said_once_and_what_is_refused_keeps_the_words(desk, ana, talk):
    client = browser(ana)
    for _ in range(2):
        client.post(f"{URL}{talk.pk}/say/", {"text": "Bom dia", "client_id": "x"})
    assert talk.messages.filter(purpose="said").count() == 1
    boss = desk.world.actor("supervisor")
    claim(actor=boss, conversation=talk)
    refused = client.post(f"{URL}{talk.pk}/say/", {"text": "Uma resposta longa", "client_id": "y"})
    assert refused.status_code == 422 and "Uma resposta longa" in refused.content.decode()
    told = client.post(f"{URL}{talk.pk}/say/", {"text": "Outra", "client_id": "z", "piece": "1"})
    assert told.status_code == 422 and "not with you" in told.json()["error"]
    empty = browser(boss).post(f"{URL}{talk.pk}/say/", {"text": "  ", "client_id": "y"})
    assert empty.status_code == 422


def test_a_name_that_nothing_proves_is_shown_as_such_with_nothing_of_the_documents_owner(desk, ana, talk):
    """They typed a document that is in somebody else's record: their own name is shown, and who that is to nobody."""
    owner, _points = know_person(
        actor=desk.system, agency_id=desk.world.agency.pk, name="Zulmira", document="52998224725",
        contacts={"email": "zulmira@example.org"},
    )  # fmt: skip
    meet(talk, {"who_name": "Maria Souza", "who_document": "529.982.247-25"}, actor=desk.system)
    page = browser(ana).get(f"{URL}{talk.pk}/").content.decode()
    assert '<h1 id="talk-title">Maria</h1>' in page and "The name is not proven" in page
    assert "Zulmira" not in page and "z•" not in page and "982.247" not in page
    talk.refresh_from_db()
    assert talk.person is None and not owner.conversations.exists()


def test_a_voice_message_that_whatsapp_does_not_take_keeps_the_words(ana, talk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    voice = SimpleUploadedFile("voz.webm", hostile.webm())
    sent = browser(ana).post(f"{URL}{talk.pk}/say/", {"text": "Ouça", "client_id": "v", "files": voice})
    page = sent.content.decode()
    assert sent.status_code == 422 and "WhatsApp does not take voice messages" in page and "Ouça" in page
    Conversation.objects.update(channel="webchat")
    voice = SimpleUploadedFile("voz.webm", hostile.webm())
    client = browser(ana)
    assert client.post(f"{URL}{talk.pk}/say/", {"text": "Ouça", "client_id": "v", "files": voice}).status_code == 302
    heard = StoredFile.objects.latest("pk")
    shown = client.get(f"{URL}{talk.pk}/").content.decode()
    assert f'<audio controls preload="none" src="{URL}{talk.pk}/files/{heard.uuid}/"' in shown
    assert client.get(f"{URL}{talk.pk}/files/{heard.uuid}/").headers["Content-Type"] == "audio/webm"
    StoredFile.objects.filter(pk=heard.pk).update(kind="video")  # what a browser records as MP4 looks like a film
    Message.objects.filter(files__file=heard).update(kind="voice")
    assert f'src="{URL}{talk.pk}/files/{heard.uuid}/" aria-label' in client.get(f"{URL}{talk.pk}/").content.decode()


def test_signed_out_in_the_middle_of_a_sentence_nothing_is_lost(ana, talk):
    client = browser(ana)
    client.logout()
    sent = client.post(f"{URL}{talk.pk}/say/", {"text": "Quase pronto", "client_id": "k1"})
    assert sent.status_code == 302 and "login" in sent.headers["Location"]
    client.force_login(type(talk.owner).objects.get(pk=ana.id))
    again = client.get(f"{URL}{talk.pk}/say/").content.decode()
    assert "Quase pronto" in again and 'value="k1"' in again


def test_a_file_goes_with_the_words_and_a_bad_one_costs_nothing(ana, talk, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = browser(ana)
    program = SimpleUploadedFile("x.pdf", b"MZ\x90\x00" + b"\0" * 200)
    page = client.post(f"{URL}{talk.pk}/say/", {"text": "Segue", "client_id": "f", "files": program})
    assert page.status_code == 422 and "Segue" in page.content.decode() and not talk.messages.filter(purpose="said")
    png = bytes.fromhex(
        "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
        "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
    )
    client.post(f"{URL}{talk.pk}/say/", {"text": "Segue", "client_id": "f",
                                         "files": SimpleUploadedFile("foto.png", png)})  # fmt: skip
    held = talk.messages.get(purpose="said").files.get().file
    address = f"{URL}{talk.pk}/files/{held.uuid}/"
    assert address in client.get(f"{URL}{talk.pk}/").content.decode()
    assert client.get(address).status_code == 200


def test_what_was_not_delivered_says_why_and_what_to_do(ana, talk, monkeypatch):
    class Closed:
        def send(self, message):
            raise Rejected("too late", "whatsapp:131047")

    monkeypatch.setitem(SENDERS, "whatsapp", Closed())
    said = say(actor=ana, conversation=talk, client_id="1", text="Está aí?")
    deliver(said.deliveries.get().pk)
    page = browser(ana).get(f"{URL}{talk.pk}/").content.decode()
    assert "Not delivered" in page and "more than 24 hours" in page and "Say it again" in page


def test_taken_given_back_passed_on_put_off_and_closed(desk, ana, talk):
    client, other = browser(ana), Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON")
    client.post(f"{URL}{talk.pk}/back/")
    talk.refresh_from_db()
    assert (talk.state, talk.owner) == ("waiting", None)
    client.post(f"{URL}{talk.pk}/take/", follow=True)
    client.post(f"{URL}{talk.pk}/snooze/", {"when": "tomorrow"})
    talk.refresh_from_db()
    assert talk.state == "snoozed" and timezone.localtime(talk.snoozed_until).hour == 9
    client.post(f"{URL}{talk.pk}/take/")
    assert client.post(f"{URL}{talk.pk}/snooze/", {"when": "date", "until": "x"}).status_code == 422
    assert client.post(f"{URL}{talk.pk}/transfer/", {"line": "", "note": "Nota"}).status_code == 422
    Conversation.objects.update(state="held", owner_id=ana.id, snoozed_until=None)
    client.post(f"{URL}{talk.pk}/transfer/", {"line": "procon", "note": "Quer trocar"})
    talk.refresh_from_db()
    assert (talk.state, talk.line) == ("waiting", other) and Message.objects.filter(purpose="note").count() == 1
    assert client.get(f"{URL}{talk.pk}/").status_code == 404, "it is another line's now"
    lead = browser(desk.world.actor("supervisor"))
    lead.post(f"{URL}{talk.pk}/take/", follow=True)
    lead.post(f"{URL}{talk.pk}/close/", {"notice": "Até logo!"})
    talk.refresh_from_db()
    assert talk.state == "closed" and talk.messages.filter(purpose="closing").get().body == "Até logo!"


@pytest.mark.parametrize("code, given", [("close", {"notice": "Até logo!"}), ("snooze", {"when": "tomorrow"})])
def test_what_came_just_before_the_click_is_read_before_it_is_closed_or_put_off(desk, ana, talk, code, given):
    client = browser(ana)
    client.get(f"{URL}{talk.pk}/{code}/")
    desk.writes("a", "Só mais uma coisa", at=timezone.now())
    refused = client.post(f"{URL}{talk.pk}/{code}/", given)
    text = refused.content.decode()
    assert refused.status_code == 422 and "has just written" in text and "Só mais uma coisa" in text
    talk.refresh_from_db()
    assert talk.state == "held" and not talk.messages.filter(purpose="closing").exists()
    assert code == "snooze" or "Até logo!</textarea>" in text, "what was typed is kept"
    client.post(f"{URL}{talk.pk}/{code}/", given)
    talk.refresh_from_db()
    assert talk.state == {"close": "closed", "snooze": "snoozed"}[code], "now they have seen it"


def test_who_it_is_becomes_known_with_what_the_law_gives_them(ana, talk):
    client, group = browser(ana), PriorityGroup.objects.filter(jurisdiction="BR").first()
    wrong = client.post(f"{URL}{talk.pk}/identify/", {"name": "Maria", "document": "111"})
    assert wrong.status_code == 422
    client.post(f"{URL}{talk.pk}/identify/",
                {"name": "Maria das Dores", "document": "529.982.247-25", "priority": group.slug})  # fmt: skip
    talk.refresh_from_db()
    assert (talk.person.name, talk.rank) == ("Maria das Dores", group.rank)
    page = client.get(f"{URL}{talk.pk}/").content.decode()
    assert "Maria das Dores" in page and "529.982.247-25" not in page and Person.objects.count() == 1


def test_an_id_of_whatsapps_own_is_nobodys_telephone_number(desk, ana, talk):
    page = f"/console/cases/new/?talk={talk.pk}&service={desk.world.unrouted.pk}"
    Conversation.objects.update(address="5535999990000")
    assert "5535999990000" in browser(ana).get(page).content.decode()
    Conversation.objects.update(address="BR.1502576394655843")
    assert "BR.1502576394655843" not in browser(ana).get(page).content.decode()


def test_a_demand_is_opened_from_it_and_told_at_once_and_another_one_tied(desk, ana, talk):
    client = browser(ana)
    form = client.get(f"/console/cases/new/?talk={talk.pk}&service={desk.world.unrouted.pk}")
    assert "Preciso de uma vaga na creche" in form.content.decode()
    token = form.context["counter"].token
    sent = {"service": desk.world.unrouted.pk, "version": form.context["counter"].version.pk, "token": str(token)}
    sent |= {"talk": talk.pk, "channel": "phone", "kind": "solicitacao", "description": "Vaga na creche"}
    sent |= {"who": "identified", "who_name": "Maria"}
    done = client.post("/console/cases/new/", sent)
    case = Case.objects.get()
    assert done.status_code == 302 and done.headers["Location"] == f"{URL}{talk.pk}/", done.content.decode()[-3000:]
    assert talk.links.get(origin=True).case == case
    receipt = talk.messages.get(purpose="receipt").body
    code = re.search(r"\w{4}-\w{4}-\w{3}\b", receipt)[0]
    assert case.protocol[:4] in receipt and code_matches(code, case.access_hash)
    for page in (f"{URL}{talk.pk}/", f"/console/cases/{case.pk}/"):
        assert code not in client.get(page).content.decode(), "the receipt says that nobody else sees their page"
    talk.refresh_from_db()
    assert talk.person == case.reporter, "who asked is known in the conversation too"
    client.post("/console/cases/new/", sent)
    assert Case.objects.count() == 1
    other = desk.world.open(service=desk.world.unrouted)
    assert client.post(f"{URL}{talk.pk}/attach/", {"protocol": "999"}).status_code == 422
    client.post(f"{URL}{talk.pk}/attach/", {"protocol": other.protocol})
    assert talk.links.count() == 2
    assert other.protocol[:4] in client.get(f"{URL}{talk.pk}/").content.decode()


def test_a_colleague_who_has_it_open_is_named_to_both(desk, ana, talk):
    boss = desk.world.actor("supervisor")
    one, two = browser(ana), browser(boss)
    assert "also has this open" not in one.post(f"{URL}beat/", {"talk": talk.pk}).content.decode()
    assert "Attendant also has this open" in two.post(f"{URL}beat/", {"talk": talk.pk}).content.decode()
    assert "Supervisor also has this open" in one.post(f"{URL}beat/", {"talk": talk.pk}).content.decode()


def test_without_a_token_of_its_line_nobody_sees_it(desk, ana, talk):
    other = Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON")
    stranger = browser(desk.attendant("longe", 2, other, at=timezone.now()))
    for path in ("", "?piece=thread", "?piece=head", "note/", "take/"):
        assert stranger.get(f"{URL}{talk.pk}/{path}").status_code == 404
    assert stranger.post(f"{URL}{talk.pk}/take/").status_code == 404
    assert stranger.get(f"{URL}{2**63}/").status_code == 404


def test_older_words_are_asked_for(desk, ana, talk):
    client, long_ago = browser(ana), timezone.now() - timedelta(days=3)
    for n in range(230):
        Message.objects.create(
            agency=desk.world.agency, conversation=talk, number=talk.last_number + 1 + n, direction="in",
            purpose="heard", locale="pt-br", subject="", body=f"Linha {n}.", key=f"k{n}",
            created_at=long_ago + timedelta(minutes=n), author_kind="citizen",
        )  # fmt: skip
    Conversation.objects.update(last_number=talk.last_number + 230)
    page = client.get(f"{URL}{talk.pk}/").content.decode()
    assert "Linha 229." in page and "Linha 3." not in page and "What was said before" in page
    before = client.get(f"{URL}{talk.pk}/?piece=older&before=32").content.decode()
    assert "Linha 3." in before and "Linha 229." not in before
