"""A key of one agency, with every scope there is, at every address of the API filled in with another agency's objects;
and a key of one area at another area's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

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


def operations() -> dict[str, dict[str, Any]]:
    from balcao.api.urls import api

    return api.get_openapi_schema()["paths"]


def bodies(found: Rich) -> list[dict[str, Any]]:
    """What the acts take, each field with `found`'s own things; each act picks its own."""
    world, case = found.world, found.cases["working"]
    return [
        {},
        {"text": "x"},
        {"reason": "x"},
        {"question": "x?"},
        {"area": world.trees.slug},
        {"area": world.trees.slug, "reason": "x"},
        {"service": world.service.slug, "kind": "elogio"},
        {"service": world.service.slug, "description": "x"},
        {"primary": case.protocol},
        {"outcome": "solved", "body": "x"},
        {"outcome": "solved", "text": "x"},
        {"staff": world.staff["field_agent"].email},
        {"planned_for": "2099-01-05"},
        {"verdict": "accept"},
    ]


def test_the_walk_knows_every_address_of_the_description(a):
    walked = {address.name for address in addresses(a, "/api/")}
    assert len(walked) > 35 and len(operations()) > 30


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
        tries = [("GET", None), *(("POST", body) for body in bodies(a))]
        for method, body in tries:
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
        for method, body in [("GET", None), ("POST", body_with(a)), *(("POST", body) for body in bodies(a)[:7])]:
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
