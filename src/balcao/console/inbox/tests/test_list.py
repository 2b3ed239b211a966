"""The inbox's parts, in the law's order, a page at a time."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.tests.conftest import NOW
from balcao.inbox.models import Account, Conversation, Line
from balcao.platform.models import ReadLog
from tests.world import make_world

from .conftest import browser

URL = "/console/inbox/"


def order(text: str, *names: str) -> list[str]:
    return sorted((n for n in names if n in text), key=text.index)


def test_who_waits_stands_in_the_laws_order_with_last_words_line_and_unread(desk, ana):
    now = timezone.now()
    desk.writes("a", "Preciso de uma vaga", at=now - timedelta(minutes=9), name="Maria")
    desk.writes("b", "E a minha luz?", at=now - timedelta(minutes=5), name="João")
    second = desk.writes("b", "Continua apagada", at=now - timedelta(minutes=4), name="João").conversation
    Conversation.objects.filter(pk=desk.writes("c", at=now, name="Dona Rosa").conversation.pk).update(rank=1)
    page = browser(ana).get(f"{URL}?part=waiting").content.decode()
    assert order(page, "Maria", "João", "Dona Rosa") == ["Dona Rosa", "Maria", "João"]
    assert "Continua apagada" in page and "E a minha luz?" not in page
    assert "2 unread messages" in page and "Atendimento geral" in page and "Priority" in page
    assert ReadLog.objects.filter(subject="talk", subject_id=second.pk, actor_id=ana.id).exists()


def test_whom_nothing_proves_is_marked_wherever_their_conversation_is_listed(desk, ana):
    told = desk.writes("a", "Sou a Maria", name="Maria", proven=False).conversation
    client = browser(ana)
    page = client.get(f"{URL}?part=waiting").content.decode()
    assert page.count("Not proven") == 1
    long_ago = NOW - timedelta(days=9)
    Conversation.objects.filter(pk=told.pk).update(state="closed", closed_at=long_ago, ending="done")
    again = desk.writes("a", "Voltei", name="Maria", proven=False).conversation
    assert again.pk != told.pk
    page = client.get(f"{URL}{again.pk}/?piece=beside").content.decode()
    assert page.count("Not proven") == 1, "their talk before"
    desk.writes("b", name="João")
    Conversation.objects.filter(proven=False).update(proven=True)
    assert "Not proven" not in client.get(f"{URL}?part=waiting").content.decode()


def test_the_lists_cost_is_the_same_for_two_and_for_thirty(desk, ana, django_assert_max_num_queries):
    client = browser(ana)
    for n in range(30):
        desk.writes(f"p{n}", name=f"Pessoa {n}")
    client.get(URL)
    with django_assert_max_num_queries(10):
        page = client.get(f"{URL}?part=waiting")
    text = page.content.decode()
    assert text.count("data-row") - text.count("data-row-") - text.count("data-rows") == 25
    following = page.context["next_url"]
    rest = client.get(f"{URL}{following}").context
    assert len(rest["rows"]) == 5 and not rest["next_url"]
    seen = [row["talk"].pk for row in (*page.context["rows"], *rest["rows"])]
    assert seen == list(Conversation.objects.order_by("rank", "queued_at", "pk").values_list("pk", flat=True))


def test_each_part_pages_in_its_own_order_also_where_nothing_was_heard(desk, ana):
    client, now = browser(ana), timezone.now()
    for n in range(27):
        talk = desk.writes(f"p{n}", at=now - timedelta(minutes=n)).conversation
        talk.refresh_from_db()
        claim(actor=ana, conversation=talk)
    Conversation.objects.filter(pk__in=[t.pk for t in Conversation.objects.all()[:3]]).update(heard_at=None)
    first = client.get(URL).context
    rest = client.get(f"{URL}{first['next_url']}").context
    pks = [row["talk"].pk for row in (*first["rows"], *rest["rows"])]
    assert len(pks) == len(set(pks)) == 27 and first["counts"].parts["mine"] == 27


def test_filters_stand_in_the_address_and_lines_of_others_stay_hidden(desk, ana):
    other = Line.objects.create(agency=desk.world.agency, slug="procon", name="PROCON")
    mail = Account.objects.create(agency=desk.world.agency, channel="email", key="x@y", name="Correio", line=other)
    desk.writes("a", name="Maria")
    desk.account = mail
    desk.writes("b", name="Joaquim")
    page = browser(ana).get(f"{URL}?part=waiting").content.decode()
    assert "Maria" in page and "Joaquim" not in page
    lead = browser(desk.world.actor("supervisor"))
    assert "Joaquim" in lead.get(f"{URL}?part=waiting&line=procon").content.decode()
    assert "Maria" not in lead.get(f"{URL}?part=waiting&channel=email").content.decode()
    assert lead.get(f"{URL}?part=nonsense&after=x&line=%00").status_code == 200
    stranger = make_world("outra", default=False)
    assert "Maria" not in browser(stranger.actor("supervisor")).get(f"{URL}?part=waiting").content.decode()
    assert browser(desk.world.actor("field_agent")).get(URL).status_code == 403


def test_the_next_in_line_is_taken_and_opened(desk, ana):
    now = timezone.now()
    desk.writes("b", at=now)
    first = desk.writes("a", at=now - timedelta(minutes=2)).conversation
    client = browser(ana)
    assert client.post(f"{URL}next/").headers["Location"] == f"{URL}{first.pk}/"
    first.refresh_from_db()
    assert first.owner_id == ana.id
    client.post(f"{URL}next/")
    assert client.post(f"{URL}next/").headers["Location"] == URL
    assert "Nobody waits" in client.get(URL).content.decode()


def test_who_is_away_is_given_nothing_although_the_page_is_open_and_other_pages_keep_who_is_there(desk, ana):
    client, me = browser(ana), desk.line.attendants.get()
    client.post(f"{URL}away/")
    client.post(f"{URL}beat/")
    me.refresh_from_db()
    assert me.present_until is None
    client.post(f"{URL}away/")
    me.refresh_from_db()
    assert me.present_until > timezone.now()
    type(me).objects.update(present_until=timezone.now() + timedelta(seconds=3))
    client.post(f"{URL}beat/", {"stay": "1"})
    me.refresh_from_db()
    assert me.present_until > timezone.now() + timedelta(seconds=30)
    client.post("/console/account/logout/")
    me.refresh_from_db()
    assert me.present_until is None, "signing out is leaving"
    again = browser(ana)
    again.post(f"{URL}beat/", {"stay": "1"})
    me.refresh_from_db()
    assert me.present_until is None, "a page beside the inbox brings nobody in"
