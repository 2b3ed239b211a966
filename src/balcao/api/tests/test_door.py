"""Nobody without a key; every failure is a problem in words; the page that explains it asks no other host."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest
from django.test import Client
from ninja import Schema

from balcao.organization.actions import revoke_key

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer balcao_x", "Basic YTpi", "Bearer balcao_" + "a" * 43])
def test_without_a_key_that_works_nobody_comes_in(header):
    answer = Client().get("/api/cases", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json" and answer.json()["status"] == 401


def test_a_session_of_staff_is_no_key(world):
    client = Client()
    client.force_login(world.staff["administrator"])
    assert client.get("/api/cases").status_code == 401


def test_a_revoked_key_is_over_at_once(world, key):
    call = key()
    assert call("GET", "cases")[0] == 200
    revoke_key(actor=world.actor("administrator"), key=call.key)
    assert call("GET", "cases")[0] == 401


def test_past_its_quota_a_key_is_told_how_long_to_wait(key):
    call = key(per_minute=2)
    call("GET", "areas")
    call("GET", "areas")
    status, problem = call("GET", "areas")
    assert status == 429 and 0 < problem["retry_after"] <= 60
    assert call.last["Retry-After"] == str(problem["retry_after"])


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff", b'{"text": "\\u0000"}', b'{"text": "\\ud800"}', b'{"text": NaN}', b"[" * 9999]
)
def test_a_body_that_cannot_be_kept_is_refused_and_breaks_nothing(world, key, body):
    call, case = key(), world.open()
    headers = {"Authorization": f"Bearer {call.raw}"}
    answer = call.client.generic(
        "POST", f"/api/cases/{case.protocol}/notes", body, content_type="application/json", headers=headers
    )
    assert answer.status_code in (400, 422) and answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(("method", "path"), [("PUT", "cases"), ("DELETE", "cases/1"), ("GET", "cases/1/send")])
def test_a_method_that_an_address_does_not_know_is_a_problem_too(key, method, path):
    call = key()
    status, problem = call(method, path)
    assert status == 405 and call.last["Content-Type"] == "application/problem+json"
    assert call.last["Allow"] and call.last["Allow"] in problem["detail"]


def test_the_description_names_what_each_operation_needs():
    described = Client().get("/api/openapi.json").json()
    operations = [op for methods in described["paths"].values() for op in methods.values()]
    assert len(operations) > 120
    assert {tag for op in operations for tag in op["tags"]} == {tag["name"] for tag in described["tags"]}
    assert len({op["operationId"] for op in operations}) == len(operations)
    assert all(op["x-scopes"] and op["summary"] and op["security"] for op in operations)
    assert all("application/problem+json" in op["responses"]["403"]["content"] for op in operations)


def test_no_two_bodies_or_answers_are_called_the_same():
    """Ninja keeps them by their bare names: the one would silently stand for the other."""

    def below(schema: type) -> Iterator[type]:
        for one in schema.__subclasses__():
            yield one
            yield from below(one)

    named = Counter(one.__name__ for one in set(below(Schema)) if one.__module__.startswith("balcao."))
    asked_in_addresses = {"Wanted", "Which"}  # their fields stand in place
    assert {name for name, times in named.items() if times > 1} <= asked_in_addresses


def test_its_page_takes_everything_from_here_and_runs_no_script_in_the_page():
    assert Client().get("/api/").headers["Location"] == "/api/docs", "whoever tries the bare address finds it, too"
    page = Client().get("/api/docs")
    text = page.content.decode()
    assert page.status_code == 200
    assert not re.search(r"https?://", text) and not re.search(r"<style|\sstyle=|\son\w+=", text)
    scripts = re.findall(r"<script([^>]*)>", text)
    assert scripts and all('src="/static/' in s or 'type="application/json"' in s for s in scripts)
    assert "script-src 'self'" in page["Content-Security-Policy"]
