"""Time goes by: the table clears what it has caught up with, in batches, and nothing without a line."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.utils import timezone

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.platform.actors import Actor
from balcao.platform.models import Event, ReadLog
from balcao.privacy import actions
from balcao.privacy.command import privacy
from balcao.privacy.exporting import export_person
from balcao.privacy.jobs import retain_night
from balcao.privacy.models import Cleared, RetentionRule

from .conftest import answer, ask

pytestmark = pytest.mark.django_db(transaction=True)


def rule(world, days, then="pseudonymise", service=None, stage="answered"):
    made = RetentionRule(agency=world.agency, stage=stage, days=days, then=then, service=service)
    return actions.keep_rule(actor=world.actor("administrator"), rule=made)


def test_without_a_line_nothing_is_ever_touched(world, maria):
    case = answer(world, ask(world, *maria))
    Case.objects.update(closed_at=timezone.now() - timedelta(days=9000))
    retain_night(0)
    case.refresh_from_db()
    assert case.description and not Cleared.objects.exists()


def test_the_night_clears_what_is_due_and_its_person_once_nothing_names_them(world, maria, monkeypatch):
    monkeypatch.setattr(actions, "BATCH", 2)
    cases = [answer(world, ask(world, *maria)) for _ in range(3)]
    still = ask(world, *maria)
    rule(world, 100)
    Case.objects.filter(state="closed").update(closed_at=timezone.now() - timedelta(days=101))
    agent = Actor.system(world.agency.pk)
    assert actions.plan_retention(actor=agent, agency_id=world.agency.pk) == {"pseudonymise": 3}
    retain_night(0)
    assert Cleared.objects.count() == 3 == Event.objects.filter(kind="CaseCleared").count()
    assert Person.objects.filter(pk=maria[0].pk).exists(), "an open demand still needs them"
    retain_night(0)
    assert Event.objects.filter(kind="CaseCleared").count() == 3, "once"
    answer(world, still)
    Case.objects.filter(pk=still.pk).update(closed_at=timezone.now() - timedelta(days=101))
    retain_night(0)
    assert not Person.objects.filter(pk=maria[0].pk).exists()
    assert {c.pk for c in cases} <= set(Cleared.objects.values_list("case_id", flat=True))


def test_the_line_of_the_service_goes_before_the_general_one_and_a_hold_before_both(world, maria):
    case, held = answer(world, ask(world, *maria)), answer(world, ask(world, *maria))
    rule(world, 1)
    own = rule(world, 1000, "delete", world.service)
    admin = world.actor("administrator")
    actions.place_hold(actor=admin, agency_id=world.agency.pk, case=held, reason="Auditoria")
    Case.objects.update(closed_at=timezone.now() - timedelta(days=500))
    assert actions.retain(actor=admin, agency_id=world.agency.pk) == {}
    own.days = 400
    actions.keep_rule(actor=admin, rule=own)
    assert actions.retain(actor=admin, agency_id=world.agency.pk) == {"delete": 1, "held": 1}
    case.refresh_from_db()
    held.refresh_from_db()
    assert not case.description and held.description


def test_the_export_holds_all_of_theirs_and_nothing_of_the_staffs_and_is_logged(world, maria, tmp_path):
    person, _contact = maria
    case = answer(world, ask(world, *maria))
    with (tmp_path / "x.zip").open("w+b") as target:
        assert export_person(actor=world.actor("administrator"), person=person, to=target) == 1
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        told = json.loads(archive.read("dados.json"))
        (name,) = [n for n in archive.namelist() if n != "dados.json"]
        assert archive.read(name).startswith(b"\x89PNG") or len(archive.read(name)) > 20
    assert told["person"]["document"] == "52998224725" and told["person"]["contacts"][0]["value"] == "maria@example.org"
    (demand,) = told["demands"]
    assert demand["protocol"] == case.protocol and "Jacarandás" in demand["description"]
    assert demand["files"] == [name] and demand["grades"][0]["grade"] == 9
    assert {m["about"] for m in demand["messages"]} == {"receipt", "answer"}
    assert demand["answers"][0]["text"]
    assert "Supervisor" not in json.dumps(told), "no colleague's name"
    assert Event.objects.get(kind="PersonExported").data == {"person_id": person.pk, "cases": 1}
    assert ReadLog.objects.filter(purpose="privacy export").count() == 2


def test_the_commands_say_first_and_do_only_when_told(world, maria, tmp_path):
    case = answer(world, ask(world, *maria))
    run = CliRunner().invoke
    said = run(privacy, ["erase", "529.982.247-25"], catch_exceptions=False)
    assert f"{case.protocol}  pseudonymise" in said.output and "Nothing was changed" in said.output
    assert Person.objects.exists()
    target = tmp_path / "maria.zip"
    assert run(privacy, ["export", case.protocol, str(target)], catch_exceptions=False).exit_code == 0
    assert target.stat().st_mode & 0o077 == 0 and zipfile.is_zipfile(target)
    assert "Done." in run(privacy, ["erase", "maria@example.org", "--do"], catch_exceptions=False).output
    assert not Person.objects.exists()
    rule(world, 1, "delete")
    Case.objects.update(closed_at=timezone.now() - timedelta(days=2))
    assert "delete: 1" in run(privacy, ["retain"], catch_exceptions=False).output
    assert Cleared.objects.get().how == "pseudonymise"
    assert "Done." in run(privacy, ["retain", "--do"], catch_exceptions=False).output
    assert Cleared.objects.get().how == "delete"
