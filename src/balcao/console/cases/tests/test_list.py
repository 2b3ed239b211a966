"""The list of cases: what it shows, in which order, by which address."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from stdnum.br import cpf

from balcao.cases.actions import Location
from balcao.cases.models import Case
from balcao.clocks.models import Deadline
from balcao.organization.models import Place
from balcao.platform.models import ReadLog
from balcao.platform.numbering import format_protocol
from tests.world import make_world

from .conftest import signed_in

pytestmark = pytest.mark.django_db


def shown(response) -> list[int]:
    return [case.pk for case in response.context["page"].cases]


def test_the_oldest_comes_first_within_legal_priority(world, attendant):
    now = timezone.now()
    young = world.open(service=world.unrouted, now=now)
    old = world.open(service=world.unrouted, now=now - timedelta(days=9))
    elder = world.open(service=world.unrouted, now=now)
    Case.objects.filter(pk=elder.pk).update(priority=1)
    assert shown(attendant.get("/console/cases/")) == [elder.pk, old.pk, young.pk]


def test_a_list_pages_by_key_and_shows_each_case_once_although_more_arrive(world, attendant):
    now = timezone.now()
    cases = [world.open(service=world.unrouted, now=now - timedelta(days=100, minutes=-n)) for n in range(60)]
    first = attendant.get("/console/cases/")
    world.open(service=world.unrouted, now=now - timedelta(days=200))  # older: it belongs before what was shown
    second = attendant.get("/console/cases/" + first.context["next_url"])
    third = attendant.get("/console/cases/" + second.context["next_url"])
    assert shown(first) + shown(second) + shown(third) == [c.pk for c in cases]
    assert not third.context["next_url"]
    back = attendant.get("/console/cases/" + third.context["previous_url"])
    assert shown(back) == shown(second)
    assert first.context["total"] == "60"
    assert shown(attendant.get("/console/cases/?after=nonsense"))[1] == cases[0].pk


def test_what_is_overdue_comes_by_its_date_and_pages_by_it_whatever_its_age_or_priority(world, attendant):
    now = timezone.now()
    cases = [world.open(service=world.unrouted, now=now - timedelta(days=60)) for _ in range(28)]
    for number, case in enumerate(cases):
        # the first opened is the least late, and the legal priority of the last does not push it on
        Deadline.objects.filter(pk=case.deadline_id).update(
            original_due_at=now - timedelta(days=40), due_at=now - timedelta(days=1 + number // 2)
        )
    Case.objects.filter(pk=cases[0].pk).update(priority=1)
    by_date = sorted(cases, key=lambda case: (-(cases.index(case) // 2), case.pk))
    first = attendant.get("/console/cases/?due=overdue")
    second = attendant.get("/console/cases/" + first.context["next_url"])
    assert shown(first) + shown(second) == [case.pk for case in by_date]
    assert shown(attendant.get("/console/cases/" + second.context["previous_url"])) == shown(first)
    after = attendant.get(f"/console/cases/{by_date[3].pk}/next/?from=due%3Doverdue")
    assert after.headers["Location"].startswith(f"/console/cases/{by_date[4].pk}/")
    Deadline.objects.filter(pk=by_date[3].deadline_id).update(state="paused", due_at=None, next_alarm_at=None)
    after = attendant.get(f"/console/cases/{by_date[3].pk}/next/?from=due%3Doverdue")
    assert after.headers["Location"].startswith(f"/console/cases/{by_date[0].pk}/")
    assert shown(attendant.get("/console/cases/?due=overdue&after=9-1-1"))[0] == by_date[0].pk


def test_a_list_tells_how_many_it_holds_as_far_as_that_costs_little(world, attendant):
    for _ in range(27):
        world.open(service=world.unrouted, description="Bueiro entupido")
    cases = Case.objects.order_by("pk")
    Deadline.objects.filter(case__in=cases[:26]).update(
        original_due_at=timezone.now() - timedelta(days=2), due_at=timezone.now() - timedelta(days=1)
    )

    def told(**asked: str) -> str:
        return attendant.get("/console/cases/", asked).context["total"]

    assert told() == told(kind="solicitacao") == "27"
    assert told(due="overdue") == "26"
    assert told(q="bueiro") == "25+"
    assert told(q="bueiro", due="soon") == "0"


def test_filters_that_are_set_are_chips_above_a_folded_form(world, attendant):
    world.open(service=world.unrouted)
    day = timezone.localdate().isoformat()
    page = attendant.get(f"/console/cases/?kind=reclamacao&from={day}&mine=1")
    chips = {chip["label"].split(":")[0]: chip["href"] for chip in page.context["chips"]}
    assert chips == {
        "Kind": f"?from={day}&mine=1",
        "Opened from": "?kind=reclamacao&mine=1",
        "Only mine": f"?kind=reclamacao&from={day}",
    }
    text = page.content.decode()
    assert "<details open" not in text.split('class="filters"')[1].split("</form>")[0]
    assert text.count("Take this filter out") == 3
    assert "filters-chips" not in attendant.get("/console/cases/").content.decode()


def test_each_filter_lives_in_the_address(world, attendant):
    now = timezone.now()
    routed = world.open()
    lost = world.open(service=world.unrouted, kind="reclamacao", now=now - timedelta(days=90))

    def found(query: str) -> list[int]:
        return shown(attendant.get(f"/console/cases/?{query}"))

    assert (
        found("") == [lost.pk] == found("show=unrouted") == found("state=triage") == found("kind=reclamacao&show=all")
    )
    assert found("show=area") == [routed.pk] == found(f"area={world.trees.pk}&show=open")
    assert found(f"service={world.service.pk}&show=all") == [routed.pk]
    assert found(f"place={world.district.pk}&show=all") == []
    assert found("due=overdue&show=open") == [lost.pk]
    assert found("due=soon&show=open") == []
    assert found("next=area") == [routed.pk]
    day = timezone.localdate(now - timedelta(days=90)).isoformat()
    assert found(f"show=all&from={day}&to={day}") == [lost.pk]
    assert set(found("show=all&priority=none&channel=portal")) == {routed.pk, lost.pk}
    assert found("mine=1&show=all") == []
    assert shown(attendant.get("/console/cases/unrouted/")) == [lost.pk]
    # nonsense in an address is left out
    assert set(found("show=all&state=zzz&service=abc&from=2026-02-31&service=99999999999999999999999")) == {
        routed.pk,
        lost.pk,
    }


@pytest.mark.parametrize(
    "typed",
    ["maria das dores", "Marya Dores", "529.982.247-25", "52998224725", "MARIA@example.org"],
)
def test_a_person_is_found_by_what_one_knows_of_them_and_the_search_is_logged(world, attendant, typed):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    world.open()
    response = attendant.get("/console/cases/", {"q": typed})
    assert shown(response) == [case.pk]
    assert "Maria das Dores" in response.content.decode()
    read = ReadLog.objects.get(purpose="search")
    assert (read.subject_id, read.actor_id) == (case.pk, world.staff["attendant"].pk)


def test_words_and_addresses_are_found_without_accents_or_plurals(world, attendant):
    case = world.open(description="Lâmpadas queimadas na praça", location=Location(address="Rua das Acácias, 12"))
    world.open(description="Buraco")
    for words in ("lampada praca", "acacias 12", "queimada"):
        assert shown(attendant.get("/console/cases/", {"q": words})) == [case.pk], words


def test_a_protocol_number_leads_to_its_case_and_a_wrong_digit_is_explained(world, attendant):
    case = world.open()
    for typed in (case.protocol, format_protocol(case.protocol), f" {case.protocol[:4]} {case.protocol[4:]} "):
        assert (
            attendant.get("/console/cases/", {"q": typed}).headers["Location"].startswith(f"/console/cases/{case.pk}/")
        )
    wrong = case.protocol[:-1] + str((int(case.protocol[-1]) + 1) % 10)
    assert "does not add up" in attendant.get("/console/cases/", {"q": wrong}).content.decode()
    assert attendant.get("/console/search/", {"q": case.protocol}).status_code == 302


def test_a_sealed_author_is_not_found_by_name_except_by_who_may_know(world, attendant, supervisor):
    person, contact = world.person()
    case = world.open(kind="denuncia", reporter=person, contact=contact)
    assert case.sealed
    for typed in ("maria das dores", "52998224725", "maria@example.org"):
        assert shown(attendant.get("/console/cases/", {"q": typed})) == []
        assert shown(supervisor.get("/console/cases/", {"q": typed})) == [case.pk]
    assert "Maria" not in attendant.get("/console/cases/?show=all").content.decode()


def test_whoever_may_not_search_people_finds_by_protocol_only(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    manager = signed_in(world, "area_manager")
    response = manager.get("/console/cases/", {"q": "maria das dores"})
    assert shown(response) == [] and "protocol number" in response.content.decode()
    assert manager.get("/console/cases/", {"q": case.protocol}).status_code == 302


def test_another_agency_sees_nothing(world):
    case = world.open(service=world.unrouted)
    other = make_world("outra", default=False)
    for role in ("attendant", "supervisor", "area_manager"):
        stranger = signed_in(other, role)
        assert shown(stranger.get("/console/cases/?show=all")) == []
        assert stranger.get(f"/console/cases/{case.pk}/").status_code == 404
        assert stranger.get(f"/console/cases/{case.pk}/note/").status_code == 404
        assert stranger.post(f"/console/cases/{case.pk}/refuse/", {"reason": "x"}).status_code == 404
        assert stranger.get("/console/cases/", {"q": case.protocol}).status_code == 200


def test_an_area_manager_sees_only_what_their_area_has(world):
    mine, other = world.open(), world.open(service=world.unrouted)
    manager = signed_in(world, "area_manager")
    assert shown(manager.get("/console/cases/?show=all")) == [mine.pk]
    assert manager.get(f"/console/cases/{other.pk}/").status_code == 404


def test_the_list_takes_at_most_ten_queries_however_long_it_is(world, attendant, django_assert_max_num_queries):
    person, contact = world.person()
    for _ in range(30):
        world.open(service=world.unrouted, reporter=person, contact=contact)
    attendant.get("/console/cases/")
    with django_assert_max_num_queries(10):
        assert len(shown(attendant.get("/console/cases/?priority=none"))) == 25


def test_a_number_without_its_check_digits_leads_to_the_case_too(world, attendant):
    case = world.open()
    while cpf.is_valid(case.protocol[:-2]):  # one number in a hundred is a document too, and then leads to a list
        case = world.open()
    year, sequence = case.protocol[:4], case.protocol[4:-2]
    for typed in (case.protocol[:-2], f"{year}.{sequence[:4]}.{sequence[4:]}", f"{year} {int(sequence)}"):
        response = attendant.get("/console/cases/", {"q": typed})
        assert response.status_code == 302 and response.url == f"/console/cases/{case.pk}/", typed
    unknown = attendant.get("/console/cases/", {"q": f"{year} {int(sequence) + 4000}"})
    assert unknown.status_code == 200 and not unknown.context["page"].cases
    manager = signed_in(world, "area_manager")
    case.area = world.trees
    case.save()
    assert manager.get("/console/cases/", {"q": case.protocol[:-2]}).status_code == 302


def test_words_may_name_the_service_and_the_place(world, attendant):
    region = Place.objects.create(agency=world.agency, kind="region", slug="ferrovia", name="Zona da Ferrovia")
    station = Place.objects.create(agency=world.agency, kind="district", slug="estacao", name="Estação", parent=region)
    there = Location(address="Rua 7", place=station)
    wanted = world.open(description="Está perigoso", location=there)
    elsewhere = world.open(description="Está perigoso")
    said = world.open(service=world.unrouted, description="Poda mal feita junto da estação do trem")
    for typed, found in {
        "poda estação": [said.pk, wanted.pk],
        "árvores da ESTACAO": [wanted.pk],
        "galho ferrov": [wanted.pk],  # another word that people use, and one that is not finished
        "poda perigoso": [elsewhere.pk, wanted.pk],
        "ferrovia poda": [wanted.pk],  # the place above
        "rua 7 estação": [wanted.pk],
        "poda de lixo": [],
        '"poda estação"': [],
        "poda -estação": [],
    }.items():
        response = attendant.get("/console/cases/", {"q": typed})
        assert shown(response) == found, typed
        assert not response.context["guess"].people
    stranger = make_world("outra", default=False)
    assert shown(signed_in(stranger, "attendant").get("/console/cases/", {"q": "poda estação"})) == []
