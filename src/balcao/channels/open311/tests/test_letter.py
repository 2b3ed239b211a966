"""GeoReport v2 to its letter: formats, ids, dates, defaults, errors."""

import json
import re
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from balcao.cases.models import Case
from balcao.catalog.models import ServiceVersion
from balcao.organization.models import Agency
from tests.world import World, make_world

from .conftest import filed

pytestmark = pytest.mark.django_db
V2 = "/open311/v2"
W3C = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")


def get(path: str, **params: str):
    return Client().get(path if path.startswith("/") else f"{V2}/{path}", params)


def post(key: str, **changes):
    return Client().post(f"{V2}/requests.json", filed(key, **changes))


def error(response) -> tuple[int, str]:
    """The one error of a JSON answer; its code is also the status."""
    found = json.loads(response.content)
    assert [set(one) for one in found] == [{"code", "description"}] * len(found)
    assert {one["code"] for one in found} == {response.status_code}
    return response.status_code, found[0]["description"]


def questions(world: World, *asked: dict) -> None:
    service = world.service
    service.current = ServiceVersion.objects.create(service=service, number=2, script={"questions": list(asked)})
    service.save()


RISK = {
    "code": "risk", "type": "singlevaluelist", "prompt": "Is it a danger?", "required": True,
    "options": [{"value": "wires", "label": "On wires"}, {"value": "none", "label": "No"}],
}  # fmt: skip
SEEN = {
    "code": "seen", "type": "multivaluelist", "prompt": "What is there?",
    "options": [{"value": v, "label": v.title()} for v in ("ants", "rot", "crack")],
}  # fmt: skip
FELL = {"code": "fell", "type": "datetime", "prompt": "When did it fall?"}
CARE = {"code": "care", "type": "statement", "prompt": "Keep away."}


def test_services_are_a_bare_array_in_json_and_a_list_in_xml(world):
    response = get("services.json")
    assert response["Content-Type"] == "application/json; charset=utf-8"
    assert response.json() == [
        {
            "service_code": "poda", "service_name": "Poda ou remoção de árvore", "description": "", "metadata": False,
            "type": "realtime", "keywords": "galho,tronco", "group": "Verde",
        }
    ]  # fmt: skip
    response = get("services.xml")
    assert response["Content-Type"] == "text/xml; charset=utf-8"
    assert response.content.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    root = ElementTree.fromstring(response.content)
    assert root.tag == "services" and [one.tag for one in root] == ["service"]
    assert root.findtext("service/service_code") == "poda" and root.findtext("service/metadata") == "false"


def test_a_definition_lists_the_services_own_questions(world):
    questions(world, RISK, SEEN, FELL, CARE)
    assert get("services.json").json()[0]["metadata"] is True
    definition = get("services/poda.json").json()
    assert definition["service_code"] == "poda"
    risk, seen, fell, care = definition["attributes"]
    assert risk == {
        "variable": True, "code": "risk", "datatype": "singlevaluelist", "required": True,
        "datatype_description": None, "order": 1, "description": "Is it a danger?",
        "values": [{"key": "wires", "name": "On wires"}, {"key": "none", "name": "No"}],
    }  # fmt: skip
    assert (seen["datatype"], seen["required"], fell["datatype"]) == ("multivaluelist", False, "datetime")
    assert care["variable"] is False
    root = ElementTree.fromstring(get("services/poda.xml").content)
    assert root.tag == "service_definition"
    assert [one.text for one in root.iterfind("attributes/attribute/values/value/key")][:2] == ["wires", "none"]


def test_a_post_is_the_portals_demand(world, key):
    questions(world, RISK, SEEN, FELL)
    response = post(
        key, email="ana@example.org", first_name="Ana", last_name="Souza", phone="11 3333-4444",
        **{"attribute[risk]": "wires", "attribute[seen][]": ["ants", "rot"], "attribute[fell]": "2026-11-20T12:30:00Z"},
    )  # fmt: skip
    (made,) = response.json()
    assert response.status_code == 200 and "token" not in made
    case = Case.objects.get()
    assert made["service_request_id"] == case.protocol and isinstance(made["service_request_id"], str)
    assert case.channel == "open311" and case.reporter.name == "Ana Souza" and case.contact.value == "ana@example.org"
    assert case.answers == {"risk": "wires", "seen": ["ants", "rot"], "fell": "2026-11-20T09:30"}  # São Paulo's clock
    assert (case.lat, case.lon, case.address) == (-23.55, -46.63, "Rua das Flores, 12")
    assert case.state == "working" and case.orders.count() == 1 and case.deadline.due_at
    root = ElementTree.fromstring(
        Client().post(f"{V2}/requests.xml", filed(key, **{"attribute[risk]": "none"})).content
    )
    assert root.tag == "service_requests" and root.findtext("request/service_request_id")


@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"api_key": None}, 403, "api_key"),
        ({"api_key": "balcao_" + "x" * 43}, 403, "api_key"),
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "outros"}, 404, "service_code"),  # published, and not public
        ({"service_code": "nothing"}, 404, "service_code"),
        ({"lat": None}, 400, "lat"),
        ({"lat": "91"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": None, "long": None, "address_string": None}, 400, "address_string"),
        ({"description": "🌳🌳"}, 400, "description"),
        ({"email": "nobody"}, 400, "email"),
        ({"media_url": "ftp://example.org/a.jpg"}, 400, "media_url"),
        ({"media_url": "http://[::1"}, 400, "media_url"),
        ({"jurisdiction_id": "elsewhere"}, 404, "jurisdiction_id"),
    ],
)
def test_what_is_wrong_is_said_by_its_code(world, key, changes, status, word):
    code, said = error(post(key, **changes))
    assert code == status and word in said
    assert not Case.objects.exists()


def test_a_required_attribute_that_is_missing_or_unknown_is_named(world, key):
    questions(world, RISK)
    assert error(post(key))[1].startswith("attribute[risk]:")
    assert error(post(key, **{"attribute[risk]": "fire"}))[1].startswith("attribute[risk]:")
    root = ElementTree.fromstring(Client().post(f"{V2}/requests.xml", filed(key)).content)
    assert root.tag == "errors" and root.findtext("error/code") == "400" and root.findtext("error/description")


def test_an_empty_parameter_is_an_absent_one(world, key):
    empty = {name: "" for name in ("email", "phone", "first_name", "media_url", "address_id", "jurisdiction_id")}
    assert post(key, description=" ", **empty).status_code == 200
    assert Case.objects.get().description == world.service.name  # it may be absent; something must be read
    assert len(get("requests.json", status="", service_code="", start_date="", page="", bbox="").json()) == 1


def test_a_request_says_what_the_specification_names(world):
    case = world.open()
    (shown,) = get(f"requests/{case.protocol}.json").json()
    assert list(shown) == [
        "service_request_id", "status", "status_notes", "service_name", "service_code", "description",
        "agency_responsible", "service_notice", "requested_datetime", "updated_datetime", "expected_datetime",
        "address", "address_id", "zipcode", "lat", "long", "media_url",
    ]  # fmt: skip
    assert (shown["service_request_id"], shown["status"]) == (case.protocol, "open")
    assert all(W3C.fullmatch(shown[f"{name}_datetime"]) for name in ("requested", "updated", "expected"))
    root = ElementTree.fromstring(get(f"requests/{case.protocol}.xml").content)
    assert root.findtext("request/service_request_id") == case.protocol and root.findtext("request/zipcode") == ""
    assert error(get("requests/20260000000.json"))[0] == 404


def test_by_default_the_last_90_days_and_at_most_a_thousand(world):
    now = timezone.now()
    world.open(now=now - timedelta(days=91))
    recent = world.open(now=now - timedelta(days=89))
    assert [one["service_request_id"] for one in get("requests.json").json()] == [recent.protocol]
    start = (now - timedelta(days=95)).isoformat()
    assert len(get("requests.json", start_date=start).json()) == 2  # and 90 days from there
    assert error(get("requests.json", start_date=start, end_date=now.isoformat()))[0] == 400
    assert error(get("requests.json", start_date="2026-11-22T10:00:00"))[0] == 400  # no zone
    assert error(get("requests.json", status="done"))[0] == 400
    assert error(get("requests.json", service_code="nothing"))[0] == 404


def test_ids_override_everything_else(world):
    first, second = world.open(now=timezone.now() - timedelta(days=400)), world.open()
    both = f"{first.protocol},{second.protocol},{first.protocol}"
    found = get("requests.json", service_request_id=both, status="nonsense", service_code="nothing").json()
    assert {one["service_request_id"] for one in found} == {first.protocol, second.protocol}
    assert error(get("requests.json", service_request_id="1,2"))[0] == 404


def test_pages_boxes_and_changes(world):
    now = timezone.now()
    cases = [world.open(now=now - timedelta(hours=n)) for n in range(5)]
    pages = [get("requests.json", page=str(n), page_size="2").json() for n in (1, 2, 3, 4)]
    assert [[one["service_request_id"] for one in page] for page in pages] == [
        [c.protocol for c in cases[n : n + 2]] for n in (0, 2, 4, 6)
    ]
    later = get("requests.json", updated_after=(now - timedelta(hours=1, minutes=30)).isoformat()).json()
    assert {one["service_request_id"] for one in later} == {c.protocol for c in cases[:2]}
    before = get("requests.json", updated_before=(now - timedelta(hours=2, minutes=30)).isoformat()).json()
    assert {one["service_request_id"] for one in before} == {c.protocol for c in cases[3:]}
    assert error(get("requests.json", updated_before="0001-01-01T00:00:00Z"))[0] == 400
    assert error(get("requests.json", bbox="1,2,3"))[0] == 400
    assert error(get("requests.json", page_size="1001"))[0] == 400


def test_jurisdiction_is_needed_only_where_several_are_served(world, key):
    made = make_world("outra", default=False)
    assert error(get("services.json"))[0] == 400
    assert len(get("services.json", jurisdiction_id="outra").json()) == 1
    assert error(get("services.json", jurisdiction_id="nowhere"))[0] == 404
    assert error(post(key, jurisdiction_id="outra"))[0] == 403  # another agency's key
    Agency.objects.filter(pk=made.agency.pk).update(hostname="outra.localhost")
    assert get("services.json").status_code == 200
    there = Client().get(f"{V2}/services.json", headers={"host": "outra.localhost"})
    assert there.status_code == 200
    there = Client().get(f"{V2}/services.json", {"jurisdiction_id": "vila-serena"}, headers={"host": "outra.localhost"})
    assert there.status_code == 404


def test_discovery_names_the_endpoint(world):
    found = get("/open311/discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == "http://testserver/open311/v2" and endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    root = ElementTree.fromstring(get("/open311/discovery.xml").content)
    assert root.tag == "discovery" and root.findtext("endpoints/endpoint/formats/format") == "text/xml"


def test_a_token_tells_what_became_of_a_post_whose_answer_was_lost(world, key):
    mine = "5A1E6C2E-7a43-4d0a-9c64-0d8f6b2b8a11"
    Client().post(f"{V2}/requests.json", filed(key), headers={"Idempotency-Key": mine})
    assert get(f"tokens/{mine}.json").json() == [
        {"service_request_id": Case.objects.get().protocol, "token": mine},
    ]
    assert error(get("tokens/nothing.json"))[0] == 404


def test_other_methods_and_addresses_are_errors_that_a_client_can_read(world):
    assert error(Client().delete(f"{V2}/requests.json"))[0] == 400
    assert error(get("nothing.json"))[0] == 404
    assert ElementTree.fromstring(get("services.yaml").content).findtext("error/code") == "400"
