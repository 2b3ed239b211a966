"""Lines, ways in, attendants and interviews, as an administrator settles them."""

from __future__ import annotations

import html
import json

import pytest
from django.test import Client
from django.urls import reverse

from balcao.inbox.interviews.queries import script_in_force
from balcao.inbox.models import Account, Attendant, Conversation, Interview, Line
from tests.world import World

LINE = {"name": "Procon", "calendar": "", "automatic": "on", "off_hours_notice": "",
        "closing_notice": "", "quiet_hours": "24", "interview": "", "is_active": "on"}  # fmt: skip
YAML = """\
# a comment that stays
slug: casa
title: Casa do Cidadão
steps:
  - slug: start
    title: Início
    questions:
      - code: subject
        type: singlevaluelist
        required: true
        prompt: Sobre o quê?
        options:
          - {value: bill, label: Uma conta}
          - {value: light, label: A luz da rua}
outcomes:
  - when: {eq: [subject, bill]}
    line: procon
"""


@pytest.fixture
def line(world: World) -> Line:
    return Line.objects.create(agency=world.agency, slug="procon", name="Procon")


def url(name: str, *args: object) -> str:
    return reverse(f"console:settings_{name}", args=args)


def write(admin: Client, text: str, slug: str = "") -> object:
    address = url("interview", slug) if slug else url("interview_new")
    seen = admin.get(address).context["seen"]
    return admin.post(address, {"text": text, "seen": seen, "do": "save"})


def test_a_line_and_a_web_chat_that_leads_to_it(world: World, admin: Client) -> None:
    assert admin.post(url("line_new"), LINE).status_code == 302
    made = Line.objects.get(agency=world.agency)
    assert not made.asks_grade, "the box was left empty"
    form = {"name": "Site", "key": "serena", "line": made.pk, "is_active": "on", "origins": "https://www.x.gov.br"}
    assert admin.post(url("account_new"), form).status_code == 302
    account = Account.objects.get()
    assert (account.channel, account.key, account.origins) == ("webchat", "serena", ["https://www.x.gov.br"])
    shown = html.unescape(admin.get(url("account", account.pk)).content.decode())
    assert '/chat/widget.js" data-chat="serena" async></script>' in shown, "what the other site has to put in"
    page = admin.get(url("lines")).content.decode()
    assert "Procon" in page and "/chat/serena/" in page
    refused = admin.post(url("account_new"), form)
    assert refused.status_code == 200 and "This address is taken" in refused.content.decode()
    seen = admin.get(url("line", made.pk)).context["seen"]
    off = admin.post(url("line", made.pk), {**LINE, "is_active": "", "seen": seen})
    assert "People still come in here" in off.content.decode()


def test_a_line_asks_an_interview_or_a_services_own_questions(world: World, admin: Client, line: Line) -> None:
    write(admin, YAML)
    seen = admin.get(url("line", line.pk)).context["seen"]
    page = admin.get(url("line", line.pk)).content.decode()
    assert "Casa do Cidadão (not published yet)" in page
    own = f"service:{world.service.slug}"
    assert admin.post(url("line", line.pk), {**LINE, "interview": own, "seen": seen}).status_code == 302
    line.refresh_from_db()
    assert line.interview == own


def test_who_serves_which_lines_and_how_many_at_once(world: World, admin: Client, line: Line) -> None:
    staff = world.staff["attendant"]
    assert staff.name in admin.get(url("attendants")).content.decode()
    assert admin.post(url("attendant", staff.pk), {"lines": [line.pk], "capacity": "3"}).status_code == 302
    assert ">all languages<" in admin.get(url("attendants")).content.decode()
    attendant = Attendant.objects.get(staff=staff)
    assert (attendant.capacity, list(attendant.lines.all())) == (3, [line])
    page = admin.get(url("attendant", staff.pk)).content.decode()
    assert "Lines: from nothing to “Procon”" in page and "Languages: " not in page
    spoken = {"lines": [line.pk], "capacity": "3", "languages": ["pt", "es"]}
    assert admin.post(url("attendant", staff.pk), spoken).status_code == 302
    attendant.refresh_from_db()
    assert attendant.languages == ["es", "pt"]
    assert "Languages: from nothing to " in admin.get(url("attendant", staff.pk)).content.decode()
    assert "Español, Português" in admin.get(url("attendants")).content.decode()
    assert admin.get(url("attendant", world.staff["field_agent"].pk)).status_code == 404


def test_an_interview_is_drafted_tried_and_published(world: World, admin: Client, line: Line) -> None:
    assert write(admin, YAML).status_code == 302
    draft = Interview.objects.get()
    assert (draft.slug, draft.source) == ("casa", YAML), "comments and all"
    page = admin.get(url("interview", "casa")).content.decode()
    assert "2 ways lead through it." in page and "a comment that stays" in page
    admin.post(url("interview_publish", "casa"), {})
    assert script_in_force(world.agency.pk, "casa").script.version == 1
    write(admin, YAML.replace("Sobre o quê?", "Como ajudamos?"), "casa")
    admin.post(url("interview_publish", "casa"), {"running": "move"})
    newest = script_in_force(world.agency.pk, "casa").script
    assert (newest.version, newest.running) == (2, "move")
    assert "a comment that stays" in Interview.objects.get(version=2).source
    assert "Version 2 is in use." in admin.get(url("interview", "casa")).content.decode()


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        (YAML.replace("singlevaluelist", "colour"), 9, "“subject”: unknown type"),
        (YAML.replace("line: procon", "line: procon\n    open: x"), 16, "exactly one of"),
        (YAML + "  - [", 18, "not YAML"),
        ("just words", 0, "Write keys and values"),
        (YAML.replace("title: Casa", "titel: Casa"), 3, "unknown key"),
    ],
)
def test_what_is_wrong_names_its_line_and_what_was_typed_stays(
    world: World, admin: Client, text: str, line: int, sentence: str
) -> None:
    refused = write(admin, text)
    wrong = refused.context["wrong"]
    assert wrong.line == line and sentence in wrong.sentence
    assert refused.context["yaml"]["value"] == text
    assert not Interview.objects.exists()


def test_nobody_overwrites_a_colleagues_draft(world: World, admin: Client, line: Line) -> None:
    write(admin, YAML)
    seen = admin.get(url("interview", "casa")).context["seen"]
    write(admin, YAML.replace("Sobre", "Acerca de"), "casa")
    late = admin.post(url("interview", "casa"), {"text": YAML, "seen": seen})
    assert "Somebody else changed this" in late.content.decode()
    assert "Acerca de" in Interview.objects.get().source
    assert "There is an interview of this name" in write(admin, YAML).content.decode()


def test_what_leads_nowhere_is_not_published(world: World, admin: Client) -> None:
    write(admin, YAML)
    page = admin.post(url("interview_publish", "casa"), {}, follow=True).content.decode()
    assert "There is no active line “procon” here." in page and Interview.objects.get().published_at is None
    admin.post(url("interview_discard", "casa"))
    assert not Interview.objects.exists()


def test_the_phone_is_played_step_by_step_and_nothing_is_kept(world: World, admin: Client, line: Line) -> None:
    write(admin, YAML)
    address = url("interview_try", "casa", 1)
    page = admin.get(address)
    assert "Sobre o quê?" in page.content.decode()
    page = admin.post(address, {"told": page.context["told"], "tap": "subject=bill"})
    assert json.loads(page.context["told"]) == [{"tap": "subject=bill"}]
    page = admin.post(address, {"told": page.context["told"], "tap": "!send"})
    assert "It waits in the line “Procon”." in page.content.decode()
    page = admin.post(address, {"told": page.context["told"], "undo": "1"})
    assert page.context["trial"].over == "" and page.context["count"] == 1
    assert admin.post(address, {"told": "{not json", "text": "1"}).context["count"] == 1
    assert not Conversation.objects.exists() and "told" not in str(dict(admin.session))
