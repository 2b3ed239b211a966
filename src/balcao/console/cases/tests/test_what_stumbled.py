"""What made a new attendant, a blind one and a supervisor hesitate, and stays mended."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from balcao.cases.actions import classify_case
from balcao.cases.actions.notes import mentioned, unknown_names
from balcao.platform.models import ReadLog
from balcao.workorders.actions import accept_order, plan_order
from balcao.workorders.models import WorkOrder
from tests.world import PASSWORD, make_world

from .test_case import page, post

pytestmark = pytest.mark.django_db


def test_what_was_typed_when_the_session_had_ended_waits_behind_the_sign_in(world):
    case = world.open(service=world.unrouted)
    browser = Client()
    url = f"/console/cases/{case.pk}/ask/"
    late = browser.post(f"{url}?from=show%3Dtriage", {"version": case.version, "question": "Em que praça fica?"})
    assert late.status_code == 302 and "/account/login/" in late.headers["Location"]
    attendant = world.staff["attendant"]
    browser.post(late.headers["Location"], {"login": attendant.email, "password": PASSWORD})
    text = browser.get(url).content.decode()
    assert "Em que praça fica?" in text and "Your session had ended" in text
    case.refresh_from_db()
    assert case.state == "triage"  # nothing was sent without them
    assert "Em que praça fica?" not in browser.get(url).content.decode()


def test_a_planned_day_reads_as_people_say_it(world, attendant):
    case = world.open()
    order, manager = WorkOrder.objects.get(case=case), world.actor("area_manager")
    plan_order(actor=manager, order=accept_order(actor=manager, order=order), planned_for=date(2099, 11, 25))
    text = page(attendant, case)
    assert "2099-11-25" not in text and "25 November 2099" in text


def test_a_case_that_no_rule_caught_stays_before_the_eyes(world, attendant):
    case = world.open(service=world.unrouted)
    world.open(service=world.unrouted)
    done = post(attendant, case, "classify", service=world.unrouted.pk, kind="elogio", priority=9)
    assert done.headers["Location"].startswith(f"/console/cases/{case.pk}/")
    sent = post(attendant, case, "classify", service=world.service.pk, kind="solicitacao", priority=9)
    assert not sent.headers["Location"].startswith(f"/console/cases/{case.pk}/")


def test_another_outcome_brings_its_text_and_keeps_the_own_words(world, attendant):
    case = world.open(service=world.unrouted)
    url = f"/console/cases/{case.pk}/answer/"
    drawn = attendant.get(url).context
    fields = {f["name"]: f["value"] for f in drawn["fields"]}
    body = fields["body"].replace("…", "A feira é às quintas.")
    typed = {"version": case.version, "before": fields["before"], "subject": fields["subject"], "body": body}
    other = attendant.post(url, {**typed, "outcome": "solved", "do": "text"})
    fields = {f["name"]: f["value"] for f in other.context["fields"]}
    assert other.status_code == 200 and "A feira é às quintas." in fields["body"] and fields["body"] != body
    assert fields["outcome"] == fields["before"] == "solved"
    own = attendant.post(url, {**typed, "body": "Tudo diferente.", "outcome": "solved", "do": "text"})
    assert "Tudo diferente." in own.content.decode()
    case.refresh_from_db()
    assert case.state == "triage" and not case.answers_given.exists()


def test_a_stale_form_says_who_did_what_and_takes_the_focus(world, attendant):
    case = world.open(service=world.unrouted)
    stale = case.version
    boss = world.actor("supervisor")
    classify_case(actor=boss, case=case, service=world.unrouted, kind="elogio")
    refused = attendant.post(f"/console/cases/{case.pk}/refuse/", {"version": stale, "reason": "Longo"})
    text = refused.content.decode()
    notice = text[text.index("data-error-summary") :][:1200]
    assert "Classified as" in notice and world.staff["supervisor"].name in notice
    again = attendant.post(f"/console/cases/{case.pk}/answer/", {"version": stale, "do": "text", "outcome": "solved"})
    assert "data-error-summary" in again.content.decode()


def test_a_first_name_calls_a_colleague_and_nobody_called_is_said(world, attendant):
    boss, other = world.staff["supervisor"], world.staff["area_manager"]
    for person, name in ((boss, "Helena Vasques"), (other, "Ângela Prado")):
        person.name = name
        person.save()
    agency = world.agency.pk
    assert mentioned(agency, "olha isto @helena, e @angela.prado") == [boss, other]
    assert mentioned(agency, f"@{boss.email}") == [boss] and mentioned(agency, "escreva a x@helena.com") == []
    assert unknown_names("@helena e @prefeitura", [boss]) == ["@prefeitura"]
    other.name = "Helena Prado"
    other.save()
    assert mentioned(agency, "@helena") == [] and mentioned(agency, "@helena.vasques") == [boss]
    case = world.open()
    said = attendant.post(f"/console/cases/{case.pk}/note/", {"text": "Vê isto @helena"}, follow=True)
    assert "Nobody here is found by @helena" in said.content.decode()


def test_other_demands_of_a_person_are_one_press_away_and_the_look_is_logged(world, attendant):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    other = world.open(reporter=person, contact=contact)
    sealed = world.open(reporter=person, contact=contact, kind="denuncia")
    stranger = world.open()
    link = f"/console/cases/?show=all&amp;person={person.pk}"
    assert link in page(attendant, case)
    found = attendant.get("/console/cases/", {"show": "all", "person": person.pk})
    assert {c.pk for c in found.context["page"].cases} == {case.pk, other.pk}
    assert sealed.pk not in {c.pk for c in found.context["page"].cases} and stranger.pk != other.pk
    assert ReadLog.objects.filter(purpose="search", subject_id=other.pk).exists()
    foreign = make_world("outra", default=False, hostname="outra.test")
    abroad = Client()
    abroad.force_login(foreign.staff["attendant"])
    assert list(abroad.get("/console/cases/", {"show": "all", "person": person.pk}).context["page"].cases) == []


def test_the_case_says_who_has_the_order_and_who_leads_the_area(world, supervisor):
    text = page(supervisor, world.open())
    assert "Nobody yet" in text and world.staff["area_manager"].name in text


def test_links_of_a_list_are_told_apart_by_what_people_wrote(world, attendant):
    case = world.open(service=world.unrouted, description="Quer saber da vacina")
    text = attendant.get("/console/cases/?show=triage").content.decode()
    assert f'aria-labelledby="row{case.pk} line{case.pk}"' in text and f'id="line{case.pk}"' in text
    home = attendant.get("/console/").content.decode()
    assert "Quer saber da vacina" in home


def test_more_time_is_not_offered_after_the_date_and_the_page_says_why(world, supervisor):
    late = world.open(now=timezone.now() - timedelta(days=200))
    assert "/extend/" in page(supervisor, world.open())
    text = page(supervisor, late)
    assert f"/console/cases/{late.pk}/extend/" not in text and "more time could be given only before" in text
