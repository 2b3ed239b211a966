"""Agencies do not see each other's cases: every address, as every role, by GET and by POST."""

from __future__ import annotations

import itertools
import logging
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.cache import cache
from django.db import models, transaction
from django.test import Client, override_settings

from balcao.citizens.models import Person
from balcao.inbox.conversations.models import Account, Line
from balcao.inbox.interviews.actions import save_draft
from balcao.inbox.models import ApprovedTemplate, CannedReply
from balcao.inbox.receiving import Incoming, receive
from balcao.organization.models import Membership, Staff
from balcao.platform.actors import Actor
from balcao.platform.models import Fault, Revision
from balcao.workorders.models import WorkOrder
from tests.architecture.addresses import Address, addresses, patterns, unknown
from tests.architecture.rich_world import (
    AUTHOR,
    PEOPLE,
    SETTINGS,
    Rich,
    keep_words,
    know_problem,
    let_others_in,
    make_rich,
)
from tests.world import World, add_staff, make_world

pytestmark = pytest.mark.django_db
A_HOST, B_HOST = "a.example.org", "b.example.org"
ROLES = ["attendant", "area_manager", "field_agent", "supervisor", "administrator"]
POWERFUL = {"supervisor", "administrator"}  # who may most is also tried on A's own host name
HIDDEN = {401, 403, 404, 405}
_addresses_of_clients = itertools.count(1)


@pytest.fixture(scope="module")
def worlds(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[tuple[Rich, World]]:
    """Both agencies, made once; each test goes back to here when it ends."""
    with (
        django_db_blocker.unblock(),
        override_settings(
            ALLOWED_HOSTS=["*"],
            MEDIA_ROOT=tmp_path_factory.mktemp("files"),
            EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
        ),
        transaction.atomic(),
    ):
        logging.disable(logging.CRITICAL)  # thousands of refusals are told to nobody
        cache.clear()
        yield make_rich("vila-a", hostname=A_HOST), make_world("vila-b", default=False, hostname=B_HOST)
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)


@pytest.fixture
def a(worlds) -> Rich:
    return worlds[0]


@pytest.fixture
def b(worlds) -> World:
    return worlds[1]


def signed_in(staff: Staff) -> Client:
    """A browser of `staff`, with the second factor that their role may need."""
    if not Authenticator.objects.filter(user=staff).exists():
        TOTP.activate(staff, generate_totp_secret())
    client = Client(raise_request_exception=False)
    client.force_login(staff)
    return client


def ask(client: Client, method: str, path: str, host: str, body: dict[str, Any] | None = None) -> tuple[int, str, str]:
    """(status, body as text, where it leads). Each request comes from an address of its own: no rate limit hides it."""
    number = next(_addresses_of_clients)
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    response = getattr(client, method)(path, body or {}, headers={"host": host}, REMOTE_ADDR=address)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, content.decode("utf-8", "replace"), response.headers.get("Location", "")


def as_missing(client: Client, method: str, address: Address, to: str) -> bool:
    """Whether it leads where the address of something that never was leads: to a list, say."""
    return bool(to) and ask(client, method, address.missing, B_HOST)[2] == to


def body_with(a: Rich) -> dict[str, Any]:
    """A plausible body for any form: the ids are all of `a`, so a form that believes them reaches over."""
    world, case, order = a.world, a.cases["working"], a.orders[0]
    return {
        "version": case.version, "reason": "Porque sim", "question": "Onde?", "text": "Texto", "body": "Texto",
        "subject": "Assunto", "note": "Nota", "outcome": "solved", "kind": "solicitacao", "priority": 9, "amount": 3,
        "area": world.trees.pk, "service": world.service.pk, "place": world.district.pk,
        "staff": world.staff["attendant"].pk,
        "primary": case.pk, "primary_id": case.pk, "protocol": case.protocol, "case": case.pk, "order": order.pk,
        "group": world.service.group_id, "calendar": a.calendar.pk, "role": world.roles["administrator"].pk,
        "parent": world.parent.pk, "membership": Membership.objects.filter(staff__agency_id=a.agency_id).first().pk,
        "assignee": world.staff["field_agent"].pk, "owner": world.staff["supervisor"].pk,
        "rule": world.agency.rules.first().pk,
        "cases": [case.pk], "ids": [case.pk], "pk": case.pk, "files": [str(f.uuid) for f in a.files[:2]],
        "kept_before": [str(a.files[0].uuid)], "kept_after": [str(a.files[0].uuid)], "planned_for": "2027-01-05",
        "name": "Nome", "slug": "novo", "email": "novo@example.org", "address": "novo@example.org", "score": 1,
        "permissions": ["case.read"], "code": "KXWP7M3QRTA", "joining": case.pk, "confirm": "on", "verdict": "accepted",
        "order_ids": [r.pk for r in world.agency.rules.all()], "next": "/console/", "date": "2026-12-24",
    }  # fmt: skip


def leaks(text: str, words: list[str]) -> list[str]:
    low = text.lower()
    return [word for word in words if word in low]


def _way_to_agency(model: type[models.Model], seen: tuple[type, ...] = ()) -> str | None:
    """The lookup that says whose row it is; None for what belongs to no agency."""
    names = {f.name for f in model._meta.fields}
    if "agency" in names or "agency_id" in names:
        return "agency_id"
    for field in model._meta.fields:
        target = field.related_model
        if field.is_relation and target and target not in seen and target is not model and not field.null:
            if target.__name__ == "Agency":
                return field.attname
            if further := _way_to_agency(target, (*seen, model)):
                return f"{field.name}__{further}"
    return None


def everything_of(agency_id: int) -> dict[str, Counter[str]]:
    """All rows that belong to an agency, as text: what a stranger's request must leave as it was."""
    found = {}
    for model in apps.get_models():
        if not model.__module__.startswith("balcao.") or model.__name__ in {"ReadLog", "Agency"}:
            continue
        if way := _way_to_agency(model):
            rows = model._base_manager.filter(**{way: agency_id}).values_list()
            found[model._meta.label] = Counter(map(repr, rows))
    return found


def changed(before: dict[str, Counter[str]], agency_id: int) -> list[str]:
    after = everything_of(agency_id)
    return [
        f"{label}: {(after[label] - rows) or (rows - after[label])}"
        for label, rows in before.items()
        if after[label] != rows
    ]


def test_the_registry_fills_in_every_address(a):
    assert not unknown(a), "say in tests/architecture/addresses.py what to put there:\n" + "\n".join(unknown(a))
    assert len(list(patterns())) > 60


def test_the_walk_is_not_blind(a):
    """What is hidden from others is there for its own staff: each address of an object opens for somebody."""
    clients = [signed_in(a.world.staff[role]) for role in ("administrator", "supervisor")]
    opened: dict[str, bool] = {}
    words: set[str] = set()
    for address in addresses(a, "/console/", pairs=True):
        if address.names_object and not opened.get(address.name):
            for client in clients:
                status, text, _ = ask(client, "get", address.path, A_HOST)
                words.update(leaks(text, PEOPLE + SETTINGS))
                if status not in {403, 404}:
                    opened[address.name] = True
        opened.setdefault(address.name, not address.names_object)
    assert [name for name, seen in opened.items() if not seen] == []
    assert {"zumbaiada", "quixabona", "jaborandiz", "podaxola", "arborixama"} <= words


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_another_agency_sees_or_changes_anything(a, b, role):
    client, wrong = signed_in(b.staff[role]), []
    before, body = everything_of(a.agency_id), body_with(a)
    for address in addresses(a):
        for method, host in (("get", B_HOST), ("post", B_HOST), ("get", A_HOST)):
            if "logout" in address.path or (host == A_HOST and not (address.names_object and role in POWERFUL)):
                continue  # the portal of A is public, see below; the console is the reader's own on any host
            status, text, to = ask(client, method, address.path, host, body if method == "post" else None)
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, PEOPLE + SETTINGS)]
            if status >= 500:
                wrong.append(f"{method} {address.path}: {status}")
            if address.names_object and status not in HIDDEN and not as_missing(client, method, address, to):
                wrong.append(f"{method} {address.path} ({address.name}): {status}, not hidden")
    wrong += changed(before, a.agency_id)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["supervisor", "administrator", "area_manager"])
def test_ones_own_pages_take_no_foreign_ids(a, b, role):
    """B's own cases and settings, with A's ids typed into every field: nothing of A is reached, shown or joined."""
    mine = make_rich_like(b)
    client, wrong = signed_in(b.staff[role]), []
    before, body = everything_of(a.agency_id), body_with(a)
    for address in list(addresses(mine, "/console/")):  # some of their posts take things away
        if address.path.startswith("/console/account/") or "remove" in address.path:
            continue
        for method, data in (("post", body), ("get", {k: v for k, v in body.items() if isinstance(v, int)})):
            status, text, _ = ask(client, method, address.path, B_HOST, data)
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, PEOPLE + SETTINGS)]
            if status >= 500:
                wrong.append(f"{method} {address.path}: {status}")
    wrong += changed(before, a.agency_id)
    wrong += pointing_over(a.agency_id, b.agency.pk)
    assert not wrong, "\n".join(wrong)


def make_rich_like(world: World) -> Rich:
    """Two cases of `world` and what else its own pages name."""
    rich = Rich(world)
    for name in ("working", "sealed", "closed"):
        rich.cases[name] = world.open(description="Da cidade B")
    rich.cases["undelivered"] = world.open(service=world.unrouted)
    from tests.architecture.rich_world import picture

    rich.files.append(picture(world, "b.png"))
    rich.calendar = world.agency.calendars.get()
    rich.holiday = rich.calendar.holidays.create(date="2026-05-13", name="Dia B")
    let_others_in(rich, "Chave B", "Gancho B")
    know_problem(rich, world.open(description="Da cidade B"), title="Ponte da cidade B")
    keep_words(world, Person.objects.create(agency=world.agency, name="Pessoa B"), "Reserva B", "Lei B")
    Fault.objects.create(kind="stuck", key="b", agency_id=world.agency.pk, reason="B")
    from django.utils import timezone

    from balcao.channels.portal.models import Draft

    line = Line.objects.create(agency=world.agency, slug="fila-b", name="Fila B")
    chat = Account.objects.create(agency=world.agency, channel="webchat", key="chat-b", name="Conversa B", line=line)
    told = Incoming(provider_id="said-b", contact="v-b", name="Falante B", files=[rich.files[0]])
    ApprovedTemplate.objects.create(account=chat, name="modelo-b", language="pt_BR", seen_at=timezone.now())
    CannedReply.objects.create(agency=world.agency, shortcut="pronta-b", title="Pronta B", body="Olá")
    questions = [{"code": "told", "type": "text", "prompt": "O que houve?"}]
    definition = {"title": "Entrevista B", "steps": [{"slug": "one", "title": "Um", "questions": questions}]}
    admin, agency_id = world.actor("administrator"), world.agency.pk
    save_draft(actor=admin, agency_id=agency_id, slug="entrevista-b", definition=definition)
    rich.talk = receive(actor=Actor.system(world.agency.pk), account=chat, incoming=told).conversation
    rich.draft = Draft.objects.create(
        agency=world.agency, service=world.service, version=world.service.current, locale="pt-br",
        access_code="KXWP7M3QRTB", created_at=timezone.now(), expires_at=timezone.now(),
    )  # fmt: skip
    return rich


def pointing_over(agency_id: int, other_id: int) -> list[str]:
    """Rows of `other_id` whose foreign keys lead to rows of `agency_id`."""
    found = []
    for model in apps.get_models():
        if not model.__module__.startswith("balcao.") or not (way := _way_to_agency(model)):
            continue
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            target = field.related_model
            if not field.is_relation or not target or target.__name__ == "Agency":
                continue
            there = _way_to_agency(target)
            if there and f"{field.name}__{there}" != way:  # that one says whose row it is
                rows = model._base_manager.filter(**{way: other_id, f"{field.name}__{there}": agency_id})
                found += [
                    f"{model.__name__} {pk}.{field.name} points into the other agency"
                    for pk in rows.values_list("pk", flat=True)
                ]
    return found


def test_a_search_finds_nothing_of_another_agency(a, b):
    wrong = []
    for role in ROLES:
        client = signed_in(b.staff[role])
        for words in ("árvore", a.cases["working"].protocol, "111.444.777-35", "zyxperson@vila-a.example.org", "Xerém"):
            for path in ("/console/search/", "/console/cases/", "/console/orders/", "/console/settings/staff/"):
                _, text, _ = ask(client, "get", path, B_HOST, {"q": words})
                wrong += [f"{role} {path}?q={words}: {w}" for w in leaks(text, ["zumbaiada", "quixabona", "ocultina"])]
    assert not wrong, "\n".join(wrong)


def test_nobody_who_is_not_signed_in_sees_the_console(a):
    client, wrong = Client(raise_request_exception=False), []
    before, body = everything_of(a.agency_id), body_with(a)
    for address in addresses(a, "/console/"):
        if address.path.startswith("/console/account/"):
            continue
        for method in ("get", "post"):
            status, text, to = ask(client, method, address.path, A_HOST, body if method == "post" else None)
            if not (status in HIDDEN or (status == 302 and "/console/account/" in to)):
                wrong.append(f"{method} {address.path}: {status} {to}")
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, PEOPLE + SETTINGS)]
    wrong += changed(before, a.agency_id)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("host", [A_HOST, B_HOST])
def test_a_guessed_number_opens_nothing_on_the_portal(a, b, host):
    """Without the access code every page of a case says the same, whether its number exists or not."""
    client, wrong = Client(raise_request_exception=False), []
    before, body = everything_of(a.agency_id), body_with(a)
    words = PEOPLE if host == A_HOST else PEOPLE + SETTINGS
    for address in _portal(a):
        for method in ("get", "post"):
            if address.name in {"portal:send", "portal:received", "portal:received-receipt"} and host == A_HOST:
                continue  # a draft's uuid is its key: whoever holds it sent it
            if method == "post" and address.name == "portal:me-too" and host == A_HOST:
                continue  # anybody may say so: it opens a demand of one's own
            status, text, _ = ask(client, method, address.path, host, body if method == "post" else None)
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, words)]
            if status >= 500:
                wrong.append(f"{method} {address.path}: {status}")
    wrong += [line for line in changed(before, a.agency_id) if not line.startswith("portal.")]
    assert not wrong, "\n".join(wrong)


def _portal(a: Rich) -> list[Address]:
    return [x for x in addresses(a) if not x.path.startswith("/console/")]


def test_an_unknown_number_and_a_foreign_one_get_the_same_page(a, b):
    from balcao.platform.numbering import build_protocol, format_protocol

    client = Client(raise_request_exception=False)
    real, made_up = a.cases["working"].protocol, build_protocol(2026, 7_654_321)
    pages = []
    for protocol in (real, made_up):
        status, text, _ = ask(client, "get", f"/acompanhar/{protocol}/", B_HOST)
        for shape in (protocol, format_protocol(protocol)):
            text = text.replace(shape, "NUMBER")
        text = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)
        pages.append((status, text))
    assert pages[0] == pages[1]


def test_a_manager_of_another_area_sees_no_foreign_case(a):
    roads = add_staff(a.world.agency, a.world.roles["area_manager"], a.world.roads, tag="-vias")
    client, wrong = signed_in(roads), []
    before, body = everything_of(a.agency_id), body_with(a)
    for address in addresses(a, "/console/"):
        if "logout" in address.path:
            continue
        for method in ("get", "post"):
            status, text, _ = ask(client, method, address.path, A_HOST, body if method == "post" else None)
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, PEOPLE)]
            if address.names_object and status not in HIDDEN:
                wrong.append(f"{method} {address.path} ({address.name}): {status}, not hidden")
    wrong += changed(before, a.agency_id)
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["attendant", "area_manager", "field_agent"])
def test_a_sealed_author_is_shown_to_nobody_without_the_permission(a, role):
    client, wrong = signed_in(a.world.staff[role]), []
    for address in addresses(a, "/console/"):
        if "logout" not in address.path:
            _, text, _ = ask(client, "get", address.path, A_HOST)
            wrong += [f"{address.path}: shows {w}" for w in leaks(text, AUTHOR)]
    for words in ("Ocultina", "390.533.447-05", "zyxsealed@vila-a.example.org"):
        _, text, _ = ask(client, "get", "/console/search/", A_HOST, {"q": words})
        if a.cases["sealed"].protocol in text or f"/console/cases/{a.cases['sealed'].pk}/" in text:
            wrong.append(f"a search for the author finds the sealed case: {words}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["area_manager", "field_agent"])
def test_who_may_not_see_people_sees_no_name_and_no_address(a, role):
    client, wrong = signed_in(a.world.staff[role]), []
    for address in addresses(a, "/console/"):
        if "logout" not in address.path:
            _, text, _ = ask(client, "get", address.path, A_HOST)
            wrong += [f"{address.path}: shows {w}" for w in leaks(text, ["quixabona", "zyxperson", "111.444.777"])]
    assert not wrong, "\n".join(wrong)


def test_the_snapshot_notices_a_change(a):
    before = everything_of(a.agency_id)
    assert {"cases.Case", "cases.Remark", "inbox.Delivery", "workorders.ReportPhoto", "organization.Holiday"} <= set(
        before
    )
    WorkOrder.objects.filter(pk=a.orders[0].pk).update(version=99)
    Revision.objects.create(agency_id=a.agency_id, actor_kind="staff", model="x", object_id=1, verb="change")
    assert {line.split(":")[0] for line in changed(before, a.agency_id)} == {
        "workorders.WorkOrder",
        "platform.Revision",
    }
