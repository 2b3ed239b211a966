"""Drafts and versions: what is published stays, what refers to nothing is not published, nobody sees another's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, transaction

from balcao.inbox.interviews.actions import BadInterview, discard, publish, save_draft
from balcao.inbox.interviews.models import Interview
from balcao.inbox.interviews.queries import script_in_force, version
from balcao.inbox.models import Line
from balcao.platform.errors import NotAllowed, Refusal
from tests.world import World

from .test_definitions import BILL, written

pytestmark = pytest.mark.django_db


@pytest.fixture
def procon(world: World) -> Line:
    return Line.objects.create(agency=world.agency, slug="procon", name="Procon")


def draft(world: World, *outcomes: dict[str, Any], slug: str = "casa", **changes: Any) -> Interview:
    return save_draft(
        actor=world.actor("administrator"),
        agency_id=world.agency.pk,
        slug=slug,
        definition=written(*outcomes, **changes),
    )


def test_a_draft_is_nobodys_until_it_is_published(world: World, procon: Line) -> None:
    first = draft(world, BILL)
    assert script_in_force(world.agency.pk, "casa") is None
    publish(actor=world.actor("administrator"), interview=first)
    found = script_in_force(world.agency.pk, "casa")
    assert found and (found.script.slug, found.script.version, found.outcomes[0].line) == ("casa", 1, "procon")
    assert script_in_force(world.agency.pk, "casa") is found, "remembered while nothing changes"

    second = draft(world, BILL, running="move")
    assert (second.version, draft(world, title="Outra").pk) == (2, second.pk), "there is one draft"
    found = script_in_force(world.agency.pk, "casa")
    assert found and found.script.version == 1
    publish(actor=world.actor("administrator"), interview=second)
    found, old = script_in_force(world.agency.pk, "casa"), version(world.agency.pk, "casa", 1)
    assert found and old and (found.script.version, old.script.version) == (2, 1)
    assert version(world.agency.pk, "casa", 9) is None


def test_what_is_published_does_not_change(world: World, procon: Line) -> None:
    kept = publish(actor=world.actor("administrator"), interview=draft(world, BILL))
    kept.title = "Outro"
    with pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        kept.save()
    with pytest.raises(Refusal):
        discard(actor=world.actor("administrator"), interview=kept)
    assert draft(world, BILL).version == 1, "the same words make no version"
    other = draft(world)
    discard(actor=world.actor("administrator"), interview=other)
    assert Interview.objects.filter(agency=world.agency).count() == 1


@pytest.mark.parametrize(
    ("outcome", "path"),
    [
        ({"line": "nowhere"}, "outcomes[0].line"),
        ({"open": "nothing"}, "outcomes[0].open"),
        ({"line": "closed"}, "outcomes[0].line"),
        ({"when": {"all": [BILL["when"], {"not": BILL["when"]}]}, "line": "procon"}, "outcomes[0]"),
    ],
)
def test_what_leads_nowhere_is_not_published(world: World, procon: Line, outcome: Any, path: str) -> None:
    Line.objects.create(agency=world.agency, slug="closed", name="Fechada", is_active=False)
    with pytest.raises(BadInterview) as error:
        publish(actor=world.actor("administrator"), interview=draft(world, outcome))
    assert error.value.path == path


def test_a_question_that_nobody_comes_to_is_named(world: World) -> None:
    steps = written()["steps"]
    steps[0]["questions"].append(
        {"code": "lost", "type": "string", "prompt": "?", "when": {"all": [BILL["when"], {"not": BILL["when"]}]}}
    )
    with pytest.raises(BadInterview) as error:
        publish(actor=world.actor("administrator"), interview=draft(world, steps=steps))
    assert "“lost”" in str(error.value.sentence)
    with pytest.raises(BadInterview) as error:
        draft(world, steps=[{**steps[0], "questions": [{"code": "x", "type": "nothing", "prompt": "?"}]}])
    assert (error.value.code, error.value.path) == ("x", "steps[0].questions[0].type")


def test_only_those_who_edit_settings_write_interviews(world: World) -> None:
    with pytest.raises(NotAllowed):
        save_draft(actor=world.actor("attendant"), agency_id=world.agency.pk, slug="", definition=written())


def test_a_services_own_questions_are_an_interview(world: World) -> None:
    found = script_in_force(world.agency.pk, f"service:{world.service.slug}")
    assert found and found.outcomes[0].open == world.service.slug
    assert "description" in found.script.by_code
    again = version(world.agency.pk, f"service:{world.service.slug}", found.script.version)
    assert again and again.script == found.script
    world.service.is_published = False
    world.service.save()
    assert script_in_force(world.agency.pk, f"service:{world.service.slug}") is None
    assert script_in_force(world.agency.pk, "service:nothing") is None
