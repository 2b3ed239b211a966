"""The code is lost: a link to the demand's own mailbox, which opens it once, and a new code."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from balcao.cases.actions import open_case
from balcao.cases.models import WayBack
from balcao.citizens.models import ContactPoint
from balcao.inbox.models import Delivery, Message
from balcao.inbox.way_back import find_and_send
from balcao.platform.models import Event
from balcao.platform.numbering import build_protocol, format_protocol

pytestmark = pytest.mark.django_db
CODE = "7K3M9QXA2BC"
LOST = "/acompanhar/codigo-perdido/"


def opened(world, **changes):
    person, contact = world.person()
    demand = {"reporter": person, "contact": contact, "description": "Galho caído", "access_code": CODE, "locale": "en"}
    fixed = {"actor": world.citizen, "service": world.service, "kind": "reclamacao", "channel": "portal"}
    return open_case(**(fixed | demand | changes)).case


@pytest.fixture
def case(world):
    return opened(world)


def jobs_left():
    return list(ProcrastinateJob.objects.filter(task_name="inbox.way_back").values_list("args", flat=True))


def ask(protocol, email, client=None):
    """Ask for the link, and let the job run as the worker does."""
    page = (client or Client()).post(LOST, {"protocol": protocol, "email": email})
    for arguments in jobs_left():
        find_and_send(**arguments), find_and_send(**arguments)  # at least once
    return page


def text_of(page):
    return unescape(page.content.decode())


def link_of(case):
    letter = Message.objects.get(case=case, purpose="way_back")
    found = re.search(r"https?://[^/]+(/acompanhar/voltar/\S+/)", letter.body)
    assert found, letter.body
    return found[1]


def test_the_answer_and_the_work_are_the_same_for_everybody(world, case):
    strip = lambda page, *parts: re.sub("|".join(map(re.escape, parts)), "#", text_of(page))  # noqa: E731
    pages = []
    for protocol, email in (
        (case.protocol, "maria@example.org"),
        (case.protocol, "other@example.org"),
        (build_protocol(2026, 9_999_999), "maria@example.org"),
    ):
        client = Client()
        client.get(LOST)
        with CaptureQueriesContext(connection) as queries:
            page = client.post(LOST, {"protocol": protocol, "email": email})
        assert page.status_code == 200 and "If this number and this e-mail belong together" in text_of(page)
        page.content = re.sub(rb'(csrf|Token)[^>]*value="[^"]+"', b"", page.content)
        pages.append((strip(page, protocol, email), len(queries)))
    assert len(set(pages)) == 1 and not Message.objects.filter(purpose="way_back").exists()


def test_the_link_opens_the_page_once_verifies_the_mailbox_and_offers_a_new_code(world, case):
    ask(format_protocol(case.protocol), "Maria@Example.org")
    assert Delivery.objects.get(message__purpose="way_back").address == "maria@example.org"
    link, client = link_of(case), Client()
    for _look in range(2):  # a mail program that reads links uses nothing up
        page = client.get(link)
        assert page.status_code == 200 and "Galho" not in text_of(page)
        assert page["Referrer-Policy"] == "strict-origin"
    assert ContactPoint.objects.get().verified_at is None
    page = client.post(link, follow=True)
    assert "Galho caído" in text_of(page) and "Make a new access code" in text_of(page)
    assert ContactPoint.objects.get().verified_at
    assert Client().post(link).status_code == 404
    shown = text_of(client.post(f"/acompanhar/{case.protocol}/codigo-novo/"))
    code = re.search(r"data-access-code>([^<]+)<", shown)[1]
    assert "Make a new access code" not in text_of(client.get(f"/acompanhar/{case.protocol}/"))
    again = client.post(f"/acompanhar/{case.protocol}/codigo-novo/", follow=True)
    assert "data-access-code" not in text_of(again), "shown once"
    assert Client().post("/acompanhar/", {"protocol": case.protocol, "code": CODE}).status_code == 422
    assert Client().post("/acompanhar/", {"protocol": case.protocol, "code": code}).status_code == 302
    kinds = ["WayBackSent", "WayBackUsed", "AccessCodeRenewed"]
    assert list(Event.objects.filter(kind__in=kinds).order_by("pk").values_list("kind", flat=True)) == kinds


def test_a_new_code_closes_the_pages_that_the_old_one_opened(world, case):
    old, new = Client(), Client()
    old.post("/acompanhar/", {"protocol": case.protocol, "code": CODE})
    assert "Galho" in text_of(old.get(f"/acompanhar/{case.protocol}/"))
    assert "Make a new access code" not in text_of(old.get(f"/acompanhar/{case.protocol}/"))
    old.post(f"/acompanhar/{case.protocol}/codigo-novo/")  # by the code alone nobody locks the owner out
    assert "Galho" in text_of(old.get(f"/acompanhar/{case.protocol}/"))
    ask(case.protocol, "maria@example.org")
    new.post(link_of(case))
    new.post(f"/acompanhar/{case.protocol}/codigo-novo/")
    assert "Galho" not in text_of(old.get(f"/acompanhar/{case.protocol}/"))
    assert "Galho" in text_of(new.get(f"/acompanhar/{case.protocol}/"))


def test_an_old_link_and_one_to_a_mailbox_that_was_changed_open_nothing(world, case):
    ask(case.protocol, "maria@example.org")
    link = link_of(case)
    WayBack.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Client().get(link).status_code == Client().post(link).status_code == 404
    WayBack.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    case.contact = case.reporter.contacts.create(kind="email", value="x@example.org", value_hash=b"x" * 32)
    case.save()
    assert Client().get(link).status_code == 404
    assert Client().get("/acompanhar/voltar/guessed/").status_code == 404


def test_whoever_adds_a_mailbox_to_somebodys_document_cannot_open_their_demands(world, case):
    """The other demand comes with the same CPF and another e-mail: it opens that one alone."""
    person, contact = world.person(email="stranger@example.org")
    other = opened(world, reporter=person, contact=contact)
    assert person == case.reporter
    silent = opened(world, reporter=person, contact=None)
    ask(case.protocol, "stranger@example.org"), ask(silent.protocol, "stranger@example.org")
    assert not Message.objects.filter(purpose="way_back").exists()
    ask(other.protocol, "stranger@example.org")
    assert Message.objects.get(purpose="way_back").case == other


def test_an_e_mail_given_only_in_case_opens_it_too(world):
    person, _contact = world.person(document="")
    case = opened(world, reporter=person, contact=None)
    ask(case.protocol, "maria@example.org")
    assert link_of(case)


def test_a_mailbox_is_not_flooded_and_an_address_is_slowed_down(world, case):
    statuses = [ask(case.protocol, "maria@example.org").status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]
    assert Message.objects.filter(purpose="way_back").count() == 3
    numbers = [ask(build_protocol(2026, n), "maria@example.org").status_code for n in range(50, 58)]
    assert numbers[-1] == 429


def test_what_was_typed_wrong_is_told_and_kept(world, case):
    page = Client().post(LOST, {"protocol": case.protocol[:-1] + "x", "email": "maria@"})
    assert page.status_code == 422 and 'value="maria@"' in text_of(page) and "not complete" in text_of(page)
    assert not jobs_left()


def test_the_way_there_stands_where_the_code_is_asked_for(world):
    assert f'href="{LOST}"' in text_of(Client().get("/acompanhar/"))
