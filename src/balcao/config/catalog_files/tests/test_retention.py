"""The table of retention travels with the catalogue, and arrives switched off."""

import pytest

from balcao.platform.actors import Actor
from balcao.platform.models import Revision
from balcao.privacy.actions import keep_rule
from balcao.privacy.models import RetentionRule
from tests.world import make_world

from .test_round_trip import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    made = make_world()
    system = Actor.system(made.agency.pk)
    keep_rule(actor=system, rule=RetentionRule(agency=made.agency, stage="answered", days=1825, law="Lei 8.159/1991"))
    own = RetentionRule(
        agency=made.agency, stage="answered", service=made.service, days=90, then="delete", binding=True
    )
    keep_rule(actor=system, rule=own)
    return made


def rules(agency):
    found = RetentionRule.objects.filter(agency=agency).order_by("days")
    return [(r.service and r.service.slug, r.stage, r.days, r.then, r.binding, r.law, r.is_active) for r in found]


def test_it_is_written_short_and_comes_back_without_a_difference(world, tmp_path):
    run("export", tmp_path)
    text = (tmp_path / "retention.yaml").read_text()
    assert text == (
        "  - stage: answered\n    service: poda\n    keep_days: 90\n    then: delete\n    binding: true\n"
        "  - stage: answered\n    keep_days: 1825\n    law: Lei 8.159/1991\n"
    )
    assert "Nothing to change" in run("import", tmp_path, "--apply").output


def test_elsewhere_a_new_line_waits_until_somebody_switches_it_on(world, tmp_path):
    run("export", tmp_path, "--agency", "vila-serena")
    other = make_world("espelho", default=False)
    shown = run("import", tmp_path / "retention.yaml", "--agency", "espelho").output
    assert "+ retention answered/poda  (stays switched off: switch it on in the console)" in shown
    assert rules(other.agency) == []
    run("import", tmp_path / "retention.yaml", "--agency", "espelho", "--apply")
    assert rules(other.agency) == [
        ("poda", "answered", 90, "delete", True, "", False),
        (None, "answered", 1825, "pseudonymise", False, "Lei 8.159/1991", False),
    ]
    assert Revision.objects.filter(agency_id=other.agency.pk, model="privacy.retentionrule").count() == 2
    RetentionRule.objects.filter(agency=other.agency).update(is_active=True)
    assert "Nothing to change" in run("import", tmp_path / "retention.yaml", "--agency", "espelho").output


def test_a_line_that_is_gone_or_makes_no_sense(world, tmp_path):
    run("export", tmp_path)
    file = tmp_path / "retention.yaml"
    file.write_text(file.read_text().replace("keep_days: 90", "keep_days: 0"))
    refused = run("import", file, ok=False)
    assert "retention.yaml:" in refused.output
    file.write_text("- {stage: answered, service: poda, keep_days: 60}\n")
    out = run("import", file, "--apply").output
    assert "keep_days: 90 → 60" in out and "- retention answered/*" in out
    assert rules(world.agency) == [("poda", "answered", 60, "pseudonymise", False, "", True)]
