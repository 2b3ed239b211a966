"""Whatever is asked: never a 500, always a document that a client can read."""

import json
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .conftest import filed

pytestmark = pytest.mark.django_db
V2 = "/open311/v2"
NAMES = [
    "service_request_id", "service_code", "start_date", "end_date", "status", "page", "page_size", "updated_after",
    "updated_before", "bbox", "jurisdiction_id", "extensions",
]  # fmt: skip
LIKELY = st.sampled_from(
    [
        "", " ", "poda", "open", "closed,open", "0", "1", "-1", "999999999999", "2026-11-22T10:00:00Z",
        "0001-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-13-45T99:99:99Z",
        "2026-11-22", "nan", "1e400",
        "-46.7,-23.6,-46.5,-23.4", "1,2,3", "\x00", "\ud800", "\ufffe", "a,b,,c", "%", "'--", "５", "vila-serena",
        "balcao_" + "x" * 43, "https://example.org/a.png", "http://[", "🌳",
    ]
)  # fmt: skip
VALUES = st.one_of(LIKELY, st.text(max_size=30))
POSTED = [
    "api_key", "service_code", "description", "lat", "long", "lon", "address_string", "address_id", "email", "phone",
    "first_name", "last_name", "media_url", "attribute[risk]", "attribute[seen][]", "attribute[", "account_id",
    "jurisdiction_id", "device_id", "idempotency_key",
]  # fmt: skip
MANY = settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def sound(response, form: str) -> None:
    """Well-formed, of the status that it says, and one of those that the specification knows."""
    assert response.status_code in (200, 400, 403, 404), response.content
    if form == "json":
        found = json.loads(response.content.decode("utf-8"))
        codes = {one["code"] for one in found} if response.status_code != 200 else None
    else:
        root = ElementTree.fromstring(response.content)
        codes = {int(one.findtext("code")) for one in root} if response.status_code != 200 else None
        assert response.status_code == 200 or root.tag == "errors"
    assert codes is None or codes == {response.status_code}


def bytes_of(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@MANY
@given(
    params=st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=5),
    path=st.sampled_from(["requests", "servicerequestupdates", "services", "services/poda", "requests/1", "tokens/x"]),
    form=st.sampled_from(["xml", "json"]),
)
def test_any_question_is_answered(world, params, path, form):
    from urllib.parse import urlencode

    query = urlencode([(name, bytes_of(value)) for name, value in params])
    sound(Client().get(f"{V2}/{path}.{form}?{query}"), form)


@MANY
@given(
    changes=st.dictionaries(st.sampled_from(POSTED), VALUES, max_size=4),
    path=st.sampled_from(["requests", "servicerequestupdates"]),
    form=st.sampled_from(["xml", "json"]),
)
def test_any_demand_is_opened_or_refused_with_a_reason(world, key, changes, path, form):
    from urllib.parse import urlencode

    fields = filed(key, **changes)
    body = urlencode([(name, bytes_of(str(value))) for name, value in fields.items()])
    response = Client().post(f"{V2}/{path}.{form}", body, content_type="application/x-www-form-urlencoded")
    sound(response, form)


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "application/json", "text/plain", "a;charset=zz"])
def test_any_body_is_answered(world, kind):
    sound(Client().post(f"{V2}/requests.json", b"\xff\x00--x", content_type=kind), "json")


@pytest.mark.parametrize("path", ["requests/..%2f.json", "services/%00.json", "tokens/%ff.xml", "%F0%9F%8C%B3.json"])
def test_any_address_is_answered(world, path):
    sound(Client().get(f"{V2}/{path}"), path[-4:].strip("."))
