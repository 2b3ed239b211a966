"""What stands ready for an attendant: replies, macros, and templates once the window has closed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.inbox.approved.actions import keep
from balcao.inbox.approved.models import ApprovedTemplate
from balcao.inbox.approved.outside import Told
from balcao.inbox.conversations.lines import claim
from balcao.inbox.models import Account, CannedReply, Message
from balcao.inbox.receiving import Incoming, receive

from .conftest import browser


@pytest.fixture
def talk(desk, ana):
    now = timezone.now()
    heard = desk.writes("m", "Preciso de uma vaga", at=now, name="Maria das Dores").conversation
    CannedReply.objects.create(agency=desk.world.agency, shortcut="oi", title="Saudação", body="Olá, {name}!")
    CannedReply.objects.create(
        agency=desk.world.agency, shortcut="fim", title="Fim", body="Até logo, {name}.", note="Resolvido", then="close"
    )
    return claim(actor=ana, conversation=heard, now=now)


def test_a_slash_finds_replies_as_this_person_would_read_them(talk, ana):
    page = browser(ana).get(f"/console/inbox/{talk.pk}/canned/?q=saudacao").content.decode()
    assert 'data-words="Olá, Maria!"' in page and "/fim" not in page


def test_without_javascript_the_chosen_reply_stands_behind_what_was_typed(talk, ana):
    reply = CannedReply.objects.get(shortcut="oi")
    typed = {"text": "Um momento.", "canned": reply.pk, "client_id": "abc"}
    page = browser(ana).post(f"/console/inbox/{talk.pk}/canned/", typed).content.decode()
    assert "Um momento.\nOlá, Maria!</textarea>" in page and 'value="abc"' in page
    assert not Message.objects.filter(direction="out").exists(), "nothing is said yet"


def test_a_macro_shows_what_it_will_do_and_does_it(talk, ana):
    client, macro = browser(ana), CannedReply.objects.get(shortcut="fim")
    sent_on = client.post(f"/console/inbox/{talk.pk}/canned/", {"canned": macro.pk})
    page = client.get(sent_on.url).content.decode()
    assert "Até logo, Maria." in page and "Resolvido" in page and "It is closed." in page
    given = {"reply": macro.pk, "client_id": "m1", "text": "Até logo, Maria. Foi um prazer."}
    client.post(f"/console/inbox/{talk.pk}/macro/", given)
    talk.refresh_from_db()
    said = talk.messages.filter(purpose="said").order_by("number")[0]
    assert talk.state == "closed" and said.body.endswith("prazer.")


def test_a_macro_closes_nothing_that_its_owner_has_not_read(talk, ana):
    macro = CannedReply.objects.get(shortcut="fim")
    given = {"reply": macro.pk, "client_id": "m1", "text": "Até logo."}
    answer = browser(ana).post(f"/console/inbox/{talk.pk}/macro/", given)
    talk.refresh_from_db()
    assert "has just written" in answer.content.decode() and talk.state == "held"
    assert not talk.messages.filter(direction="out").exists()


def test_another_agencys_reply_does_not_exist_here(talk, ana):
    CannedReply.objects.update(is_active=False)
    pk = CannedReply.objects.first().pk
    assert browser(ana).get(f"/console/inbox/{talk.pk}/macro/?reply={pk}").status_code == 404


def test_the_window_counts_down_and_a_template_is_chosen_when_it_has_closed(talk, ana, desk):
    client = browser(ana)
    assert "You may write freely until tomorrow at " in client.get(f"/console/inbox/{talk.pk}/").content.decode()
    told = [Told("lembrete", "pt_BR", "APPROVED", "Olá, {{1}}! Ainda {{2}}?", variables=("1", "2"))]
    keep(actor=desk.system, account=desk.account, told=[*told, Told("fora", "pt_BR", "PAUSED", "Não")])
    talk.messages.update(provider_at=timezone.now() - timedelta(hours=25))
    template = ApprovedTemplate.objects.get(name="lembrete")
    address = f"/console/inbox/{talk.pk}/template/?template={template.pk}"
    page = client.get(f"/console/inbox/{talk.pk}/").content.decode()
    assert address in page and "fora" not in page
    form = client.get(address).content.decode()
    assert 'value="Maria"' in form and "What stands for {{2}}" in form
    given = {"template": template.pk, "client_id": "t1", "value-0": "Maria"}
    refused = client.post(f"/console/inbox/{talk.pk}/template/", given)
    assert refused.status_code == 422 and "Fill in each variable" in refused.content.decode()
    client.post(f"/console/inbox/{talk.pk}/template/", given | {"value-1": "podemos ajudar"})
    said = Message.objects.get(direction="out")
    assert said.body == "Olá, Maria! Ainda podemos ajudar?"
    assert json.loads(said.details)["template"]["variables"] == ["Maria", "podemos ajudar"]


def test_one_person_on_two_channels_is_joined_and_parted_from_the_page(talk, ana, desk):
    client = browser(ana)
    mailbox = Account.objects.create(
        agency=desk.world.agency, channel="email", key="a@b.example", name="Mail", line=desk.line
    )
    told = Incoming(provider_id="m1", contact="maria@example.org", text="Bom dia", name="MARIA DAS DÓRES")
    mail = receive(actor=desk.system, account=mailbox, incoming=told, now=timezone.now()).conversation
    form = client.get(f"/console/inbox/{talk.pk}/same/").content.decode()
    assert f'value="{mail.pk}"' in form and "MARIA DAS D" in form
    client.post(f"/console/inbox/{talk.pk}/same/", {"conversation": mail.pk})
    mail.refresh_from_db(), talk.refresh_from_db()
    assert mail.person_id == talk.person_id is not None
    client.post(f"/console/inbox/{talk.pk}/part/")
    talk.refresh_from_db()
    assert talk.person_id is None
    assert f"/console/inbox/{talk.pk}/part/" not in client.get(f"/console/inbox/{talk.pk}/").content.decode()
