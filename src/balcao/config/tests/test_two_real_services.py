"""Two real services, from the YAML of docs/examples and settings alone, on one installation beside a third body: each
talks as it is meant to, and nobody sees another's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from balcao.cases.models import Case
from balcao.catalog.actions import keep_service
from balcao.catalog.models import Service
from balcao.config.catalog_files import catalog
from balcao.config.cli.agency import agency
from balcao.config.dialogue import dialogue
from balcao.inbox.conversations.settings import change_account
from balcao.inbox.conversations.states import State
from balcao.inbox.interviews.actions import publish
from balcao.inbox.interviews.definitions import load_definition, walk_definition
from balcao.inbox.interviews.queries import script_in_force
from balcao.inbox.interviews.running import proceed
from balcao.inbox.interviews.trying import play
from balcao.inbox.models import Account, Conversation, Interview, Line, Message
from balcao.inbox.receiving import Incoming, receive
from balcao.organization.models import Agency, Role
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.written import plain, read_yaml
from tests.world import add_staff, make_world

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
DEFENSORIA, CASA = "defensoria-4.0", "casa-do-cidadao"


def test_every_branch_of_both_can_be_walked() -> None:
    files = [str(file) for file in sorted(EXAMPLES.glob("*/interviews/*.yaml")) + sorted(EXAMPLES.glob("*/services/*"))]
    assert len(files) == 5
    done = CliRunner().invoke(dialogue, ["check", *files])
    assert done.exit_code == 0 and not done.stderr, done.output
    for file in EXAMPLES.glob("*/interviews/*.yaml"):
        data = plain(read_yaml(file.read_text("utf-8")))
        load_definition(data)
        assert walk_definition(data).unreachable == walk_definition(data).untried == ()


@pytest.fixture
def bodies(db: Any) -> dict[str, Agency]:
    """Three bodies on one installation: two settled by the files, then put into use as an administrator does."""
    for slug in ("defensoria", "casa"):
        done = CliRunner().invoke(agency, ["add", slug, "--name", slug.title()])
        assert done.exception is None, done.output
    made = {DEFENSORIA: Agency.objects.get(slug="defensoria"), CASA: Agency.objects.get(slug="casa")}
    for folder, body in made.items():
        done = CliRunner().invoke(catalog, ["import", str(EXAMPLES / folder), "--agency", body.slug, "--apply"])
        assert done.exception is None, (done.output, done.exception)
        assert not Account.objects.filter(agency=body, is_active=True).exists(), "nothing opens by itself"
        put_into_use(body)
    return {**made, "third": make_world("terceira", default=False).agency}


def put_into_use(body: Agency) -> None:
    actor = Actor.system(body.pk)
    for service in Service.objects.filter(agency=body):
        service.is_published = True
        keep_service(actor=actor, service=service)
    for draft in Interview.objects.filter(agency=body):
        publish(actor=actor, interview=draft)
    for account in Account.objects.filter(agency=body):
        account.is_active = True
        change_account(actor=actor, account=account)


def leader(body: Agency) -> Actor:
    """Whoever leads the inbox of a body."""
    role = Role.objects.get(agency=body, slug="supervisor")
    found = actor_of(add_staff(body, role, None, tag="-leads"))
    assert found.can("inbox.lead")
    return found


class Talk:
    """A person at the web chat of a body."""

    def __init__(self, body: Agency) -> None:
        self.account = Account.objects.select_related("line").get(agency=body)
        self.system, self.count = Actor.system(body.pk), 0

    def says(self, *lines: str) -> Conversation:
        for line in lines:
            self.count += 1
            told = Incoming(provider_id=f"m{self.count}", contact="v1", address="v1", text=line)
            receive(actor=self.system, account=self.account, incoming=told)
            proceed(actor=self.system, conversation=self.now)
        return self.now

    @property
    def now(self) -> Conversation:
        return Conversation.objects.select_related("line").get(account=self.account)

    def heard(self) -> str:
        said = Message.objects.filter(conversation=self.now, direction="out").order_by("number")
        return "\n".join(message.body for message in said)


def test_both_work_by_settings_alone_and_a_third_body_sees_neither(bodies: dict[str, Agency]) -> None:
    family = Talk(bodies[DEFENSORIA])
    family.says("Oi", "Rosa Maria Lima", "529.982.247-25", "não", "Pensão alimentícia", "1200")
    family.says("cobrar o que está atrasado", "2", "4", "O pai não paga desde julho", "pular", "enviar")
    case = Case.objects.get(agency=bodies[DEFENSORIA])
    assert (case.service.slug, case.description) == ("pensao-alimenticia", "O pai não paga desde julho")
    assert case.answers == {"pedido": "cobrar", "criancas": 2, "meses": 4}
    assert case.reporter is not None and case.reporter.document == "52998224725"
    assert "em até 10 dias" in family.heard() and family.now.cases.get() == case

    house = Talk(bodies[CASA])
    talk = house.says("Boa tarde", "João da Silva", "529.982.247-25", "Procon", "enviar")
    assert (talk.state, talk.line.slug if talk.line else "") == (State.WAITING, "procon")

    third = bodies["third"]
    for model in (Line, Account, Interview):
        assert not model._default_manager.filter(agency=third).exists()
    for slug in ("triagem-familia", "casa-do-cidadao", "service:pensao-alimenticia"):
        assert script_in_force(third.pk, slug) is None
    for body, own in ((third, 0), (bodies[DEFENSORIA], 1), (bodies[CASA], 1)):
        actor = leader(body)
        seen = Conversation.objects.visible_to(actor)
        assert seen.count() == own and not seen.exclude(agency=body).exists()
        assert not Message.objects.visible_to(actor).exclude(agency=body).exists()
        assert not Case.objects.visible_to(actor).exclude(agency=body).exists()


@pytest.mark.parametrize(
    ("folder", "slug", "said", "follows"),
    [
        (DEFENSORIA, "triagem-familia", ["Ana Souza", "não tenho", "sim", "Ele voltou para casa"], "urgencia"),
        (DEFENSORIA, "triagem-familia", ["Ana Souza", "não tenho", "não", "outra coisa da família", "Tutela"], "cac"),
        (CASA, "casa-do-cidadao", ["Ana Souza", "529.982.247-25", "Junta Militar"], "junta-militar"),
        (CASA, "casa-do-cidadao", ["Ana Souza", "529.982.247-25", "Nada, foi engano"], "Tudo bem!"),
        (CASA, "casa-do-cidadao", ["Ana Souza", "529.982.247-25", "cac"], "cac"),
    ],
)
def test_each_way_leads_where_it_should(db: Any, folder: str, slug: str, said: list[str], follows: str) -> None:
    file = EXAMPLES / folder / "interviews" / f"{slug}.yaml"
    definition = load_definition(plain(read_yaml(file.read_text("utf-8"))))
    trial = play(definition, [{"text": line} for line in [*said, "enviar"]], agency=make_world().agency)
    assert trial.over == "sent" and trial.outcome, [one.text for one in trial.said]
    assert follows in (trial.outcome.line or trial.outcome.open or trial.outcome.close.say())


def test_a_web_chats_address_belongs_to_one_body(bodies: dict[str, Agency]) -> None:
    third = bodies["third"]
    line = Line.objects.create(agency=third, slug="x", name="X")
    taken = Account(agency=third, channel="webchat", key="defensoria", name="X", line=line)
    with pytest.raises(Invalid):
        change_account(actor=Actor.system(third.pk), account=taken)
