"""An agency with something of everything, each thing marked by a word that stands nowhere else."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone
from PIL import Image

from balcao.api.models import Outgoing as Message
from balcao.api.models import Subscription
from balcao.cases.actions import (
    add_information,
    ask_citizen,
    follow_case,
    gather_case,
    keep_incident,
    refuse_case,
    reopen_case,
    send_answer,
    write_note,
)
from balcao.cases.models import Case, Incident
from balcao.catalog.models import Template
from balcao.channels.portal.models import Draft, DraftFile
from balcao.citizens.models import Person
from balcao.inbox.conversations.lines import write_note as talk_note
from balcao.inbox.conversations.models import Account, Conversation, Line
from balcao.inbox.conversations.papers import attach_case, identify
from balcao.inbox.conversations.presence import set_up_attendant
from balcao.inbox.interviews.actions import save_draft
from balcao.inbox.models import ApprovedTemplate, CannedReply, Delivery
from balcao.inbox.outbound import SENDERS, Outgoing, Rejected
from balcao.inbox.receiving import Incoming, receive
from balcao.inbox.sending import deliver
from balcao.organization.models import ApiKey, Holiday, WorkingCalendar
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.files.actions import store_file
from balcao.platform.models import Fault, StoredFile
from balcao.privacy.models import LegalHold, RetentionRule
from balcao.questionnaires.actions import rate_answer
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import RemoteOrder, RemoteSystem, WorkOrder
from tests.world import World, add_staff, make_world

# What only those who may see the person, the case or the report may ever read.
PEOPLE = [
    "zumbaiada", "quixabona", "zyxperson", "tapiocabal", "mucurixe", "jaborandiz", "perequetez", "sigilozo", "gralhazo",
    "caximbal", "ocultina", "rascunhozo", "11144477735", "111.444.777-35", "39053344705", "390.533.447-05",
]  # fmt: skip
AUTHOR = ["ocultina", "zyxsealed", "39053344705", "390.533.447-05"]  # the sealed one
SETTINGS = [
    "arborixama",
    "filaxola",
    "bateboca",
    "entrevistaxa",
    "perguntaxa",
    "podaxola",
    "distritoxi",
    "cartaxiba",
    "feriadozo",
    "matrizeca",
    "calendarixo",
    "funcionarixa",
    "chavezeca",
    "ganchoxo",
    "adutoraxiba",
    "retidaxo",
    "guardaxola",
    "sistemaxo",
    "respostaxa",
    "modelaxo",
]


@dataclass
class Rich:
    """A world and everything in it that an address could name."""

    world: World
    cases: dict[str, Case] = field(default_factory=dict)
    files: list[StoredFile] = field(default_factory=list)
    calendar: WorkingCalendar | None = None
    holiday: Holiday | None = None
    template: Template | None = None
    draft: Draft | None = None
    key: ApiKey | None = None
    webhook: Subscription | None = None
    told: Message | None = None
    doubt: RemoteOrder | None = None
    incident: Incident | None = None
    talk: Conversation | None = None

    @property
    def agency_id(self) -> int:
        return self.world.agency.pk

    @property
    def orders(self) -> list[WorkOrder]:
        return list(WorkOrder.objects.filter(agency_id=self.agency_id).order_by("pk"))

    @property
    def faults(self) -> list[Fault]:
        return list(Fault.objects.filter(agency_id=self.agency_id).order_by("pk"))


def picture(world: World, name: str) -> StoredFile:
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(content, "PNG")
    upload = ContentFile(content.getvalue(), name=name)
    return store_file(actor=world.citizen, agency_id=world.agency.pk, upload=upload)


class _Refusing:
    def send(self, message: Outgoing) -> None:
        raise Rejected("550 no such mailbox")


def _mark_settings(rich: Rich) -> None:
    world = rich.world
    type(world.trees).objects.filter(pk=world.trees.pk).update(name="Arborixama")
    type(world.service).objects.filter(pk=world.service.pk).update(name="Podaxola", slug="podaxola")
    type(world.unrouted).objects.filter(pk=world.unrouted.pk).update(slug="outroxola")
    type(world.district).objects.filter(pk=world.district.pk).update(name="Distritoxi")
    world.agency.rules.update(note="Matrizeca")
    rich.calendar = world.agency.calendars.get()
    WorkingCalendar.objects.filter(pk=rich.calendar.pk).update(name="Calendarixo")
    rich.holiday = Holiday.objects.create(calendar=rich.calendar, date="2026-03-19", name="Feriadozo")
    rich.template = Template.objects.create(
        agency=world.agency, purpose="answer", outcome="solved", subject="Cartaxiba", body="Cartaxiba {{ report }}"
    )
    CannedReply.objects.create(agency=world.agency, shortcut="respostaxa", title="Respostaxa", body="Olá, respostaxa")
    _mark_conversations(world)
    agent = add_staff(world.agency, world.roles["field_agent"], world.trees, tag="-x")
    type(agent).objects.filter(pk=agent.pk).update(name="Funcionarixa")
    for thing in (world.trees, world.service, world.unrouted, world.district):
        thing.refresh_from_db()


def _mark_conversations(world: World) -> None:
    """A line, a web chat that leads to it, an interview that is a draft, and who serves the line."""
    agency = world.agency
    line = Line.objects.create(agency=agency, slug=f"fila-{agency.slug}", name="Filaxola")
    Account.objects.create(agency=agency, channel="webchat", key=f"chat-{agency.slug}", name="Bateboca", line=line)
    question = {"code": "told", "type": "text", "prompt": "Perguntaxa?"}
    definition = {"title": "Entrevistaxa", "steps": [{"slug": "one", "title": "Um", "questions": [question]}]}
    admin, slug = world.actor("administrator"), f"triagem-{agency.slug}"
    save_draft(actor=admin, agency_id=agency.pk, slug=slug, definition=definition)
    set_up_attendant(actor=admin, staff=world.staff["attendant"], capacity=3, lines=[line])


def _solve(rich: Rich, case: Case) -> Any:
    order = WorkOrder.objects.filter(case=case).latest("pk")
    manager, supervisor = rich.world.actor("area_manager"), rich.world.actor("supervisor")
    accept_order(actor=manager, order=order)
    photo = picture(rich.world, "caximbal-depois.png")
    rich.files.append(photo)
    report = file_report(
        actor=manager, order=order, outcome="solved", text="Feito jaborandiz.", photos={"after": [photo]}
    )
    return accept_report(actor=supervisor, report=report)


def make_rich(slug: str, **world_options: Any) -> Rich:
    """A case in every state, with its orders, reports, answers, letters, files, notes, rating, fault and alarm."""
    rich = Rich(make_world(slug, **world_options))
    _mark_settings(rich)
    world, cases = rich.world, rich.cases
    supervisor = world.actor("supervisor")
    person, contact = world.person("Quixabona Xerém", f"zyxperson@{slug}.example.org", "111.444.777-35")
    sealed, secret = world.person("Ocultina Selada", f"zyxsealed@{slug}.example.org", "390.533.447-05")
    long_ago = timezone.now() - timedelta(days=90)

    def opened(name: str, **changes: Any) -> Case:
        photo = picture(world, "caximbal.png")
        rich.files.append(photo)
        texts = {"description": f"Árvore zumbaiada {name}", "files": [photo], "reporter": person, "contact": contact}
        cases[name] = world.open(**(texts | changes))
        return cases[name]

    opened("triage", service=world.unrouted)
    opened("working")
    opened("sealed", kind="denuncia", reporter=sealed, contact=secret)
    opened("late", now=long_ago)
    asked = opened("waiting")
    ask_citizen(actor=supervisor, case=asked, question="Em qual rua mucurixe?")
    add_information(actor=world.citizen, case=opened("heard"), text="Fica na rua tapiocabal")
    write_note(actor=supervisor, case=cases["heard"], text="Nota sigilozo @area_manager")
    opened("reported")
    order = WorkOrder.objects.get(case=cases["reported"])
    accept_order(actor=world.actor("area_manager"), order=order)
    file_report(actor=world.actor("area_manager"), order=order, outcome="partly", text="Metade jaborandiz.")
    _solve(rich, opened("review"))
    refuse_case(actor=supervisor, case=opened("refused"), reason="Recusado perequetez")
    follow_case(actor=world.citizen, case=opened("following"), primary=cases["working"])
    know_problem(rich, opened("gathered"))
    answer = _solve(rich, opened("closed", contact=None))
    send_answer(actor=supervisor, case=cases["closed"])
    rate_answer(actor=world.citizen, answer=answer, score=2, comment="Ruim gralhazo")
    _solve(rich, opened("reopened", contact=None))
    send_answer(actor=supervisor, case=cases["reopened"])
    reopen_case(actor=world.citizen, case=cases["reopened"], reason="Voltou mucurixe")
    _solve(rich, opened("undelivered"))
    send_answer(actor=supervisor, case=cases["undelivered"])
    _undeliver(cases["undelivered"])
    faults.record(
        "stuck", str(cases["triage"].pk), "It does not move", agency_id=rich.agency_id, case_id=cases["triage"].pk
    )
    rich.draft = Draft.objects.create(
        agency=world.agency,
        service=world.service,
        version=world.service.current,
        locale="pt-br",
        interview='{"answers": {"description": "rascunhozo"}}',
        access_code="KXWP7M3QRTA",
        case=cases["working"],
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    kept = picture(world, "caximbal-rascunho.png")
    DraftFile.objects.create(draft=rich.draft, file=kept, question="files")
    rich.files.append(kept)
    keep_words(world, sealed, "Retidaxo", "Guardaxola")
    let_others_in(rich)
    _let_talk(rich)
    for case in cases.values():
        case.refresh_from_db()
    assert Person.objects.filter(agency=world.agency).count() == 2
    return rich


def _let_talk(rich: Rich) -> None:
    """Somebody who writes with a picture, is known, and waits; about the case that is worked on."""
    world, case = rich.world, rich.cases["working"]
    picture_sent = picture(world, "caximbal-conversa.png")
    told = Incoming(
        provider_id=f"said-{world.agency.slug}", contact=f"v-{world.agency.slug}", name="Zumbaiada Falante",
        text="Preciso de tapiocabal", files=[picture_sent],
    )  # fmt: skip
    account = Account.objects.get(agency=world.agency, channel="webchat")
    ApprovedTemplate.objects.create(
        account=account,
        name="modelaxo",
        language="pt_BR",
        status="APPROVED",
        body="Olá, modelaxo",
        seen_at=timezone.now(),
    )
    system = Actor.system(world.agency.pk)
    talk = rich.talk = receive(actor=system, account=account, incoming=told).conversation
    if case.reporter is not None:
        identify(actor=system, conversation=talk, person=case.reporter)
    attach_case(actor=system, conversation=talk, case=case)
    talk_note(actor=world.actor("attendant"), conversation=talk, text="Nota sigilozo")


def let_others_in(rich: Rich, key: str = "Chavezeca", webhook: str = "Ganchoxo", system: str = "sistemaxo") -> None:
    """A key, a webhook and something that it was told, another system and an order that perhaps arrived there."""
    agency, case = rich.world.agency, rich.cases["working"]
    rich.key = ApiKey.objects.create(agency=agency, name=key, secret_hash=agency.slug.encode(), scopes=["case.read"])
    rich.webhook = Subscription.objects.create(
        agency=agency, name=webhook, url="https://203.0.113.9/", kinds=["CaseOpened"], secret="whsec_YQ=="
    )
    rich.told = Message.objects.create(
        subscription=rich.webhook, event_id=1, kind="CaseOpened", case_id=case.pk, body="{}", next_try_at=timezone.now()
    )
    system = RemoteSystem.objects.create(
        agency=agency, area=rich.world.trees, connector="open311", url="https://203.0.113.9/", secret=system
    )
    rich.doubt = RemoteOrder.objects.create(
        order=rich.orders[0], system=system, state="unknown", made_at=timezone.now(), last_error="x"
    )


def keep_words(world: World, person: Person, reason: str, law: str) -> None:
    """A person whose words must not be touched, and a rule for everybody's."""
    LegalHold.objects.create(agency=world.agency, person_id=person.pk, reason=reason)
    RetentionRule.objects.create(agency=world.agency, stage="answered", days=900, law=law)


def know_problem(rich: Rich, case: Case, title: str = "Adutoraxiba rompida") -> None:
    """A problem that everybody knows of, with a case under it."""
    world, supervisor = rich.world, rich.world.actor("supervisor")
    rich.incident = keep_incident(
        actor=supervisor,
        incident=Incident(
            agency=world.agency,
            title=title,
            text="A equipe está no local.",
            area=world.trees,
            began_at=timezone.now() - timedelta(hours=1),
        ),
        services=[world.service],
    )
    gather_case(actor=supervisor, case=case, incident=rich.incident)


def _undeliver(case: Case) -> None:
    kept, SENDERS["email"] = SENDERS.get("email"), _Refusing()
    try:
        deliver(Delivery.objects.get(message__case=case, message__purpose="answer").pk)
    finally:
        if kept is not None:
            SENDERS["email"] = kept
