"""A whole agency leaves in open files, comes into an empty installation, and goes on there."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.apps import apps
from django.core.management import call_command
from django.db import transaction

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.config.moving import export, import_
from balcao.config.moving.reading import read
from balcao.config.moving.tables import LEFT_OUT, OURS, of_agency, tables
from balcao.config.moving.writing import write
from balcao.inbox.conversations.lines import claim
from balcao.inbox.conversations.pausing import close, grade
from balcao.inbox.conversations.speaking import say
from balcao.inbox.conversations.states import Kind
from balcao.inbox.models import Account, Attendant, Conversation, Line
from balcao.inbox.receiving import Incoming, receive
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.models import Event
from balcao.platform.trouble import Trouble
from balcao.privacy.clearing import forget_talks
from balcao.privacy.finding import find_people
from tests.architecture.rich_world import Rich, make_rich, picture
from tests.world import make_world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_files(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


def all_files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`; the dictionary without its moment."""
    found = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    about = json.loads(found["dictionary.json"])
    return found | {"dictionary.json": json.dumps(about | {"made_at": ""}).encode()}


def talk_more(rich: Rich) -> None:
    """A conversation with a photo that an attendant took, answered and closed, with a grade; and a forgotten one."""
    system, line = Actor.system(rich.agency_id), Line.objects.get(agency=rich.world.agency)
    attendant = rich.world.actor("attendant")
    Attendant.objects.get(staff_id=attendant.staff_id).lines.add(line)
    for contact in ("vxamego", "vxodo"):
        told = Incoming(provider_id=contact, contact=contact, name="Xamego", text="Sumiu o xodó", kind=Kind.FILES,
                        files=[picture(rich.world, f"{contact}.png")])  # fmt: skip
        talk = receive(actor=system, account=line.accounts.get(), incoming=told).conversation
        claim(actor=attendant, conversation=talk)
        say(actor=attendant, conversation=talk, client_id="1", text="Achamos o xodó")
        close(actor=attendant, conversation=talk)
        grade(actor=system, conversation=talk, score=9, comment="Xodó achado")
    with transaction.atomic():
        forget_talks(Conversation.objects.filter(pk=talk.pk), system)


def test_every_table_travels_or_says_why_not():
    known = {m._meta.label_lower for m in apps.get_models(include_auto_created=True) if m.__module__.startswith(OURS)}
    assert LEFT_OUT.keys() <= known, "a table that is gone is still excused"
    assert {m._meta.label_lower for m in tables()} == known - LEFT_OUT.keys()
    for model in tables():
        of_agency(model, 1)


def test_an_agency_comes_back_the_same_from_its_files_alone_and_goes_on(tmp_path, own_files, settings):
    rich = make_rich("vila-serena")
    talk_more(rich)
    make_world("outra", default=False, hostname="outra.localhost").open(description="De outra cidade, xirimbabo")
    protocols = set(Case.objects.filter(agency=rich.world.agency).values_list("protocol", flat=True))
    counts = write(rich.world.agency, tmp_path / "gone")
    before = all_files(tmp_path / "gone")
    assert counts["cases_case"] == len(protocols) > 10 and counts["platform_event"] > 50
    assert counts["inbox_conversation"] >= 2 and counts["inbox_wait"] >= 2 and counts["inbox_messagefile"] >= 1
    assert counts["inbox_attendant_lines"] >= 1
    assert b"xirimbabo" not in b"".join(before.values()), "another agency's words do not travel"
    assert sum(name.startswith("files/") for name in before) >= 10
    with (tmp_path / "gone/tables/citizens_person.csv").open(newline="") as table:
        assert {"11144477735", "39053344705"} == {row["document"] for row in csv.DictReader(table)}, "in the clear"

    call_command("flush", interactive=False, verbosity=0)
    settings.MEDIA_ROOT = tmp_path / "elsewhere"
    assert read(tmp_path / "gone") == counts
    write(Agency.objects.get(), tmp_path / "again")
    again = all_files(tmp_path / "again")
    assert again.keys() == before.keys()
    assert [name for name in before if before[name] != again[name]] == []
    (person,) = find_people(actor=Actor.system(), agency_id=Agency.objects.get().pk, text="111.444.777-35")
    assert person.name == "Quixabona Xerém"
    told = Incoming(provider_id="vxamego-2", contact="vxamego", text="Sumiu de novo")
    account = Account.objects.get(channel="webchat")
    back = receive(actor=Actor.system(account.agency_id), account=account, incoming=told)
    assert back.reopened and back.conversation.messages.filter(files__isnull=False).exists(), "goes on where they were"
    service = Case.objects.filter(state="closed", answers_given__isnull=False).first().service
    from balcao.cases.actions import open_case

    fresh = open_case(
        actor=Actor.citizen(person.agency_id), service=service, kind="solicitacao", channel="portal", description="Nova"
    ).case
    assert fresh.protocol not in protocols and fresh.orders.count() == 1
    assert Event.objects.filter(case_id=fresh.pk, kind="CaseOpened").exists()


def test_another_secret_elsewhere_still_finds_people_and_reads_their_data(tmp_path, settings):
    world = make_world()
    world.person()
    write(world.agency, tmp_path / "gone")
    call_command("flush", interactive=False, verbosity=0)
    settings.SECRET_KEY = "another installation's own, as long as it should be"
    settings.BALCAO_FIELD_KEYS = ["another installation's own, as long as it should be"]
    read(tmp_path / "gone")
    (person,) = find_people(actor=Actor.system(), agency_id=Agency.objects.get().pk, text="maria@example.org")
    assert person.document == "52998224725"


def test_the_commands_write_a_zip_and_refuse_what_would_do_harm(tmp_path):
    world = make_world()
    run = CliRunner().invoke
    target = tmp_path / "vila.zip"
    assert run(export, [str(target)], catch_exceptions=False).exit_code == 0
    assert target.stat().st_mode & 0o077 == 0, "others may read it"
    (tmp_path / "later").mkdir()
    assert (tmp_path / "later").stat().st_mode & 0o077, "what comes after is as open as before"
    with zipfile.ZipFile(target) as archive:
        assert {"dictionary.json", "tables/cases_case.csv"} <= set(archive.namelist())
    with pytest.raises(Trouble, match="already"):
        run(export, [str(target)], catch_exceptions=False)
    with pytest.raises(Trouble, match="empty installation"):
        run(import_, ["agency", str(target)], catch_exceptions=False)
    (tmp_path / "no.zip").write_bytes(b"no")
    with pytest.raises(Trouble, match="no folder and no zip"):
        run(import_, ["agency", str(tmp_path / "no.zip")], catch_exceptions=False)
    call_command("flush", interactive=False, verbosity=0)
    assert "Brought in" in run(import_, ["agency", str(target)], catch_exceptions=False).output
    assert Agency.objects.get().slug == world.agency.slug and not Person.objects.exists()


@pytest.mark.parametrize("name", ["files/photo.png", "tables/cases_case.csv", "dictionary"])
def test_an_export_that_leads_out_of_itself_brings_nothing_in(tmp_path, own_files, name):
    secret, gone = tmp_path / "secret", tmp_path / "gone"
    secret.write_text("what this machine keeps for itself")
    write(make_world().agency, gone)
    call_command("flush", interactive=False, verbosity=0)
    if name == "dictionary":
        about = json.loads((gone / "dictionary.json").read_text())
        about["tables"]["cases_case"]["file"] = "../secret"
        (gone / "dictionary.json").write_text(json.dumps(about))
    else:
        (gone / name).parent.mkdir(exist_ok=True)
        (gone / name).unlink(missing_ok=True)
        (gone / name).symlink_to(secret)
    with pytest.raises(Trouble, match="leads out"):
        read(gone)
    assert not Agency.objects.exists() and not (own_files / "photo.png").exists()


def test_a_table_that_lost_rows_brings_nothing_in(tmp_path):
    world = make_world()
    world.open()
    write(world.agency, tmp_path / "gone")
    table = tmp_path / "gone/tables/platform_event.csv"
    table.write_text(table.read_text().rpartition("\n")[0].rpartition("\n")[0] + "\n")
    call_command("flush", interactive=False, verbosity=0)
    with pytest.raises(Trouble, match="as many rows"):
        read(tmp_path / "gone")
    assert not Agency.objects.exists()
