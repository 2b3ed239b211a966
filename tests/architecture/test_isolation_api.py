"""A key of one agency, with every scope there is, at every address of the API filled in with another agency's objects;
and a key of one area at another area's."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from django.test import Client

from balcao.inbox.models import ApprovedTemplate
from balcao.organization.actions import make_key
from balcao.organization.keys import SCOPES
from balcao.organization.models import ApiKey
from tests.architecture.addresses import addresses
from tests.architecture.rich_world import AUTHOR, PEOPLE, SETTINGS, Rich
from tests.architecture.test_isolation import A_HOST, a, b, body_with, changed, everything_of, leaks, worlds
from tests.world import World

__all__ = ["a", "b", "worlds"]
pytestmark = pytest.mark.django_db


def caller(world: World, *scopes: str, areas: tuple[int, ...] = ()) -> dict[str, str]:
    fields = {"scopes": list(scopes or SCOPES), "area_ids": list(areas), "per_minute": 60_000, "per_day": 10_000_000}
    key = ApiKey(agency=world.agency, name="Walker", **fields)
    return {"Authorization": f"Bearer {make_key(actor=world.actor('administrator'), key=key)[1]}"}


def call(method: str, path: str, headers: dict[str, str], host: str, body: Any = None) -> tuple[int, str]:
    client = Client(raise_request_exception=False)
    sent = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    response = client.generic(method, path, headers={**headers, "host": host}, **sent)
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return response.status_code, content.decode("utf-8", "replace")


@dataclass(frozen=True)
class Known:
    """One address of the description: for each of its methods what a body must have and may have; None: no body."""

    path: re.Pattern[str]
    methods: dict[str, tuple[set[str], set[str]] | None]

    def fitting(self, method: str, found: Rich) -> list[dict[str, Any] | None]:
        """The bodies of `found`'s own things that this method takes."""
        asked = self.methods[method]
        if asked is None:
            return [None]
        return [body for body in bodies(found) if asked[0] <= set(body) <= asked[1]]


@cache
def operations() -> list[Known]:
    from balcao.api.urls import api

    described = api.get_openapi_schema()
    schemas = described["components"]["schemas"]

    def asked(operation: dict[str, Any]) -> tuple[set[str], set[str]] | None:
        content = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if content is None:
            return None
        schema = schemas[content["schema"]["$ref"].rpartition("/")[2]]
        return set(schema.get("required", ())), set(schema["properties"])

    return [
        Known(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), {m: asked(o) for m, o in known.items()})
        for path, known in described["paths"].items()
    ]


def known(path: str) -> Known | None:
    return next((one for one in operations() if one.path.fullmatch(path)), None)


def bodies(found: Rich) -> list[dict[str, Any]]:
    """Something for every act, with `found`'s own things; each act picks what fits."""
    world, case = found.world, found.cases["working"]
    place, area, service = world.district.slug, world.trees.slug, world.service.slug
    rules = [rule.pk for rule in world.agency.rules.all()]
    letter = {"locale": "pt-br", "subject": "Assunto", "body": "{{ access_code }}"}
    approved = ApprovedTemplate.objects.get(account__agency=world.agency)
    told = {"title": "T", "text": "x", "services": [service], "area": area, "began_at": "2026-01-05T10:00:00Z"}
    law = {"group": world.service.group.slug, "rule": "lei-13460", "area_rule": "lei-13460-area"}
    return [
        {},
        {"text": case.protocol},
        {"reason": "x"},
        {"reason": "x", "amount": 3},
        {"question": "x?"},
        {"area": area},
        {"area": area, "service": service, "place": place},
        {"area": area, "reason": "x"},
        {"service": service, "kind": "elogio"},
        {"service": service, "description": "x"},
        {"service": service, "place": place},
        {"primary": case.protocol},
        {"outcome": "solved", "body": "x"},
        {"outcome": "solved", "text": "x"},
        {"outcome": "solved", "report": "x"},
        {"staff": world.staff["field_agent"].email},
        {"planned_for": "2099-01-05"},
        {"verdict": "accept"},
        {"name": "Nome"},
        {"name": "Nome", "parent": world.parent.slug},
        {"name": "Nome", "kind": "district", "parent": place},
        {"name": "Nome", **law},
        {"name": "Nome", "timezone": "America/Bahia", "country": "BR", "weekly": [[["08:00", "12:00"]]] + [[]] * 6},
        {"name": "Nome", "email": "novo@example.org", "role": "field_agent", "area": area},
        {"name": "Nome", "date": "2026-12-24"},
        {"role": "field_agent", "area": area},
        {"note": "Nota"},
        {"email": "novo@example.org"},
        {"sure": True},
        {"incident": found.incident.pk},
        {"suggested": True, "cases": [case.protocol]},
        {"id": world.staff["field_agent"].memberships.get().pk},
        {"case": case.protocol, "reason": "x"},
        {"person": case.reporter_id, "reason": "x"},
        {"rules": rules},
        {"shortcut": "x", "title": "x", "body": "x"},
        {"for_letters": False},
        {"reply": "respostaxa", "client_id": "1", "staff": world.staff["attendant"].email},
        {"template": approved.pk, "client_id": "1", "staff": world.staff["attendant"].email},
        {"conversation": found.talk.pk if found.talk else 0},
        {"text": "x", "client_id": "1", "staff": world.staff["attendant"].email},
        {"text": "x", "client_id": "1"},
        {"staff": world.staff["attendant"].email, "line": f"fila-{world.agency.slug}"},
        {"line": f"fila-{world.agency.slug}"},
        {"agency": world.agency.slug, "line": f"fila-{world.agency.slug}"},
        {"until": "2099-01-05T10:00:00Z"},
        {"notice": "x"},
        {"number": 1},
        {"protocol": case.protocol},
        {"rules": rules, "add": {"area": area}},
        {"questions": []},
        {"collection": {"type": "FeatureCollection", "features": []}},
        {"stage": "refused", "days": 30, "service": service},
        {"triage_days": 9},
        {"name": "Nome", "line": f"fila-{world.agency.slug}", "key": "outra"},
        {"lines": [f"fila-{world.agency.slug}"], "capacity": 2},
        {"definition": {"title": "Nova", "steps": []}},
        {"given": []},
        {"name": "Nome", "scopes": ["case.read"]},
        {"name": "Nome", "url": "https://203.0.113.9/", "kinds": ["CaseOpened"]},
        {"kind": "webhook"},
        {"reference": "77"},
        {**letter, "service": service},
        told,
    ]


def tries(path: str, found: Rich) -> Iterator[tuple[str, dict[str, Any] | None]]:
    """Every way to ask an address: each method that it knows with every body that fits, and one that it does not."""
    yield "GET", None
    one = known(path)
    if one is None or "post" not in one.methods:
        yield "POST", {}
    for method in sorted(one.methods if one else ()):
        if method != "get":
            yield from ((method.upper(), body) for body in one.fitting(method, found))


def test_the_walk_knows_every_address_of_the_description(a):
    walked = {address.name for address in addresses(a, "/api/")}
    assert len(walked) > 90 and len(operations()) > 90
    assert not [address.path for address in addresses(a, "/api/") if address.names_object and not known(address.path)]
    idle = [(one.path.pattern, m) for one in operations() for m in one.methods if not one.fitting(m, a)]
    assert not idle, "no body of the walk fits"


def test_every_address_opens_for_its_own_agencys_key(a):
    headers = caller(a.world)
    wrong = []
    for address in addresses(a, "/api/"):
        status, _text = call("GET", address.path, headers, A_HOST)
        if address.name == "api:api-root":
            continue  # ninja's own, which has no page
        if status not in (200, 302, 405) and not (address.name == "api:read_file" and status in (403, 404)):
            wrong.append(f"{address.path}: {status}")
    assert not wrong, "\n".join(wrong)


def test_no_key_of_another_agency_sees_or_changes_anything(a, b):
    """By the host name of the one whose things they are; a key counts the same on any."""
    headers, wrong, before = caller(b), [], everything_of(a.agency_id)
    for address in addresses(a, "/api/"):
        for method, body in tries(address.path, a):
            status, text = call(method, address.path, headers, A_HOST, body)
            said = json.dumps(body).lower()  # what it said itself may come back in a sentence
            shown = [w for w in leaks(text, PEOPLE + SETTINGS) if w not in said]
            wrong += [f"{method} {address.path}: shows {w}" for w in shown]
            if status >= 500 or (address.names_object and status not in {403, 404, 405, 422}):
                wrong.append(f"{method} {address.path} {body}: {status}")
    wrong += changed(before, a.agency_id)
    assert not wrong, "\n".join(wrong)


def test_a_key_of_another_area_sees_no_foreign_case(a):
    headers, wrong, before = caller(a.world, areas=(a.world.roads.pk,)), [], everything_of(a.agency_id)
    for address in addresses(a, "/api/"):
        if address.name in ("api:read_service", "api:read_place"):
            continue  # the catalogue is the whole agency's
        for method, body in [*tries(address.path, a), ("POST", body_with(a))]:
            status, text = call(method, address.path, headers, A_HOST, body)
            wrong += [f"{method} {address.path}: shows {w}" for w in leaks(text, PEOPLE)]
            if status >= 500 or (address.names_object and status not in {403, 404, 405, 422}):
                wrong.append(f"{method} {address.path} {body}: {status}")
    wrong += [line for line in changed(before, a.agency_id) if "ApiKey" not in line]  # the walker was seen
    assert not wrong, "\n".join(wrong)


def test_the_sealed_author_is_told_to_no_key_without_that_scope(a):
    headers = caller(a.world, *(scope for scope in SCOPES if scope != "person.sealed"))
    wrong = []
    for address in addresses(a, "/api/", pairs=True):
        status, text = call("GET", address.path, headers, A_HOST)
        wrong += [f"{address.path}: {status} shows {w}" for w in leaks(text, AUTHOR)]
    assert not wrong, "\n".join(wrong)
