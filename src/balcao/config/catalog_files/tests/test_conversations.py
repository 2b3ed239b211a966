"""Interviews, lines and accounts as files: they come back as they went, and open no door by themselves."""

import pytest

from balcao.inbox.conversations.settings import change_account, change_line
from balcao.inbox.interviews.actions import publish, save_draft
from balcao.inbox.interviews.queries import script_in_force
from balcao.inbox.interviews.tests.test_definitions import BILL, written
from balcao.inbox.models import Account, Interview, Line
from tests.world import make_world

from .test_round_trip import run

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    made = make_world()
    admin, agency = made.actor("administrator"), made.agency
    line = change_line(actor=admin, line=Line(agency=agency, name="Procon", calendar=agency.calendars.get()))
    publish(
        actor=admin,
        interview=save_draft(
            actor=admin, agency_id=agency.pk, slug="casa", definition=written(BILL), source="# words of mine"
        ),
    )
    line.interview, line.off_hours_notice, line.asks_grade = "casa", "Abrimos às 8h.\nAté já!", False
    change_line(actor=admin, line=line)
    change_account(actor=admin, account=Account(agency=agency, channel="webchat", key="serena", name="Site", line=line))
    Account.objects.create(agency=agency, channel="whatsapp", key="1555", name="WhatsApp", line=line)
    return made


def test_conversations_settings_are_imported_without_a_difference(world, tmp_path):
    run("export", tmp_path / "a")
    assert "Nothing to change" in run("import", tmp_path / "a", "--apply").output
    run("export", tmp_path / "b")
    for first in ("lines.yaml", "accounts.yaml", "interviews/casa.yaml"):
        assert (tmp_path / "a" / first).read_bytes() == (tmp_path / "b" / first).read_bytes()
    assert "asks_grade: false" in (tmp_path / "a" / "lines.yaml").read_text()
    assert "secret" not in (tmp_path / "a" / "accounts.yaml").read_text()


def test_elsewhere_interviews_are_drafts_and_accounts_closed(world, tmp_path):
    run("export", tmp_path, "--agency", "vila-serena")
    accounts = tmp_path / "accounts.yaml"
    accounts.write_text(accounts.read_text().replace("serena", "espelho"))
    other = make_world("espelho", default=False)
    shown = run("import", tmp_path, "--agency", "espelho", "--apply").output
    assert "+ interviews casa  (stays a draft" in shown and "stays closed: open it in the console" in shown
    assert "! accounts whatsapp/1555  (connect it first: balcao whatsapp)" in shown
    assert script_in_force(other.agency.pk, "casa") is None
    brought = Line.objects.get(agency=other.agency)
    assert brought.interview == "casa" and not brought.asks_grade
    assert list(Account.objects.filter(agency=other.agency).values_list("key", "is_active")) == [("espelho", False)]
    again = run("import", tmp_path, "--agency", "espelho").output
    assert "0 to add" in again or "Nothing to change" in again

    draft = Interview.objects.get(agency=other.agency)
    publish(actor=other.actor("administrator"), interview=draft)
    assert script_in_force(other.agency.pk, "casa").outcomes[0].line == "procon"


def test_a_changed_interview_is_the_next_draft_and_is_imported_once(world, tmp_path):
    run("export", tmp_path)
    file = tmp_path / "interviews" / "casa.yaml"
    file.write_text(file.read_text().replace("Sobre o quê?", "Em que podemos ajudar?"))
    assert "Em que podemos ajudar?" in run("import", file).output
    run("import", file, "--apply")
    assert "Nothing to change" in run("import", file).output
    assert [(one.version, one.published_at is None) for one in Interview.objects.order_by("version")] == [
        (1, False), (2, True),
    ]  # fmt: skip
    run("export", tmp_path)
    assert "Sobre o quê?" in file.read_text(), "what is exported is what people are asked"


@pytest.mark.parametrize(("before", "after"), [("type: text", "type: colour"), ("line: procon", "open: Não")])
def test_a_fault_is_told_with_file_and_line(world, tmp_path, before, after):
    run("export", tmp_path)
    file = tmp_path / "interviews" / "casa.yaml"
    text = file.read_text()
    assert before in text
    file.write_text(text.replace(before, after))
    result = run("import", tmp_path, ok=False)
    number = next(n for n, found in enumerate(file.read_text().splitlines(), 1) if after in found)
    assert f"interviews/casa.yaml:{number}: " in result.output


def test_lines_and_accounts_that_the_files_lack_are_closed(world, tmp_path):
    run("export", tmp_path)
    (tmp_path / "accounts.yaml").write_text("[]\n")
    (tmp_path / "lines.yaml").write_text("[]\n")
    run("import", tmp_path, "--apply")
    assert not Line.objects.get().is_active and not Account.objects.filter(is_active=True).exists()
    assert "Nothing to change" in run("import", tmp_path).output
