"""Who in triage takes care of a case."""

from __future__ import annotations

import pytest

from balcao.cases.actions import assume_case, let_go_of_case
from balcao.platform.errors import NotAllowed, Refusal, Stale

from .conftest import signed_in

pytestmark = pytest.mark.django_db


def press(client, case, code, version=None):
    case.refresh_from_db()
    return client.post(f"/console/cases/{case.pk}/{code}/", {"version": version or case.version}, follow=True)


def test_one_press_takes_it_and_colleagues_see_it_in_the_list(world, attendant, supervisor):
    case = world.open(service=world.unrouted)
    assert case.attendant is None
    assert "With you" in press(attendant, case, "assume").content.decode()
    name = world.staff["attendant"].name
    assert f"with {name}" in supervisor.get("/console/cases/").content.decode()
    assert "with you" in attendant.get("/console/cases/").content.decode()
    mine = lambda client: client.get("/console/cases/?show=triage&mine=on").context["page"].cases  # noqa: E731
    assert [c.pk for c in mine(attendant)] == [case.pk] and mine(supervisor) == []
    page = supervisor.get(f"/console/cases/{case.pk}/").content.decode()
    assert f"With {name}" in page and "takes care of it" in page


def test_a_colleague_may_take_it_over_and_whoever_looked_before_is_told(world, attendant, supervisor):
    case = world.open(service=world.unrouted)
    before = case.version
    press(attendant, case, "assume")
    late = press(supervisor, case, "assume", version=before)
    assert late.status_code == 422
    press(supervisor, case, "assume")
    case.refresh_from_db()
    assert case.attendant == world.staff["supervisor"] and case.state == "triage"
    press(supervisor, case, "let-go")
    case.refresh_from_db()
    assert case.attendant is None
    with pytest.raises(Stale):
        assume_case(actor=world.actor("attendant"), case=case, version=before)


def test_an_answered_case_is_nobodys_and_only_triage_takes(world):
    case = world.open(service=world.unrouted)
    with pytest.raises(NotAllowed):
        assume_case(actor=world.actor("area_manager"), case=case)
    assert let_go_of_case(actor=world.actor("attendant"), case=case).version == case.version, "nobody had it"
    case.state, case.next_actor, case.closed_at = "closed", "", case.opened_at
    case.save()
    with pytest.raises(Refusal):
        assume_case(actor=world.actor("attendant"), case=case)
    assert "/assume/" not in signed_in(world, "attendant").get(f"/console/cases/{case.pk}/").content.decode()
