"""From the answers of an interview to a demand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from balcao.citizens.models import PriorityGroup
from balcao.dialogue import Answers
from balcao.inbox.intake import Envelope, script, send_demand
from balcao.organization.models import Agency
from balcao.platform.models import StoredFile
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("country", "law"), [("BR", "Lei 10.048/2000"), ("PT", "Decreto-Lei 58/2016")])
def test_a_legal_priority_is_the_one_of_the_agencys_own_country(country, law):
    """Both countries have a group called `deficiencia`."""
    for jurisdiction, named, rank in (("BR", "Lei 10.048/2000", 2), ("PT", "Decreto-Lei 58/2016", 3)):
        PriorityGroup.objects.update_or_create(
            jurisdiction=jurisdiction, slug="deficiencia", defaults={"name": "x", "law": named, "rank": rank}
        )
    world = make_world()
    Agency.objects.filter(pk=world.agency.pk).update(jurisdiction=country)
    world.service.refresh_from_db()
    version = world.service.current
    values = {
        "kind": "solicitacao",
        "description": "Rampa quebrada",
        "who_name": "Rosa",
        "priority": "deficiencia",
        "answer_by": "portal",
    }
    opened = send_demand(
        actor=world.citizen,
        version=version,
        answers=Answers("poda", 1, values, {}),
        script=script(version),
        envelope=Envelope(channel="portal", external_id="one"),
    )
    assert opened.case.reporter.priority.law == law
    assert opened.case.priority == opened.case.reporter.priority.rank


def test_a_rule_of_law_that_ended_is_not_offered_and_gives_no_place_nor_does_one_that_is_to_come():
    world, today = make_world(), timezone.localdate()
    version = world.service.current
    groups = PriorityGroup.objects.filter(jurisdiction="BR")
    groups.filter(slug="gestante").update(until=today - timedelta(days=1))
    groups.filter(slug="lactante").update(since=today + timedelta(days=1))
    asked = next(q for q in script(version).questions() if q.code == "priority")
    offered = {option.value for option in asked.options}
    assert "deficiencia" in offered and not offered & {"gestante", "lactante"}
    for slug in ("gestante", "lactante"):
        values = {"kind": "solicitacao", "description": "Rampa", "who_name": "Rosa", "priority": slug}
        opened = send_demand(
            actor=world.citizen,
            version=version,
            answers=Answers("poda", 1, values | {"answer_by": "portal"}, {}),
            script=script(version),
            envelope=Envelope(channel="portal", external_id=slug),
        )
        assert (opened.case.priority, opened.case.reporter.priority) == (9, None)


def test_the_files_of_a_services_own_question_stay_with_the_case():
    world = make_world()
    version = world.unrouted.current
    version.script = {"questions": [{"code": "laudo", "type": "files", "prompt": "Traga o laudo"}]}
    version.save()
    stored = StoredFile.objects.create(agency_id=world.agency.pk, kind="pdf", mime="application/pdf", name="a", size=1)
    values = {"kind": "solicitacao", "description": "Pedido", "laudo": [str(stored.uuid)]}
    opened = send_demand(
        actor=world.citizen,
        version=version,
        answers=Answers("outros", 1, values, {}),
        script=script(version),
        envelope=Envelope(channel="portal", external_id="two"),
    )
    assert [a.file_id for a in opened.case.attachments.all()] == [stored.pk]
