"""FixMyStreet's extension: what happened since, and what a client's user adds."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client
from django.utils import timezone

from balcao.cases.models import Case, Remark

from .conftest import filed, key_for

pytestmark = pytest.mark.django_db
URL = "/open311/v2/servicerequestupdates"


def test_updates_tell_what_everybody_may_know(world):
    case = world.open()
    (update,) = Client().get(f"{URL}.json").json()
    assert update["service_request_id"] == case.protocol and update["status"] == "investigating"
    assert update["update_id"].isdigit() and update["media_url"] == ""
    root = ElementTree.fromstring(Client().get(f"{URL}.xml").content)
    assert root.tag == "service_request_updates" and root[0].tag == "request_update"
    later = {"start_date": (timezone.now() + timedelta(hours=1)).isoformat()}
    assert Client().get(f"{URL}.json", later).json() == []


def test_what_a_clients_user_adds_reaches_the_case_once(world, key):
    Client().post("/open311/v2/requests.json", filed(key))
    case = Case.objects.get()
    said = {
        "api_key": key, "service_request_id": case.protocol, "update_id": "77", "status": "OPEN",
        "updated_datetime": "2026-11-22T10:00:00Z", "description": "It fell", "first_name": "Ana",
    }  # fmt: skip
    first, again = (Client().post(f"{URL}.json", said) for _ in range(2))
    assert first.status_code == 200 and first.json() == again.json()
    assert Remark.objects.get(case=case).text == "Ana: It fell"
    other = Client().post(f"{URL}.json", said | {"api_key": key_for(world)})  # another client's own 77
    assert other.status_code == 200 and Remark.objects.filter(case=case).count() == 2


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"api_key": ""}, 403),
        ({"update_id": ""}, 400),
        ({"update_id": "7" * 121}, 400),
        ({"description": ""}, 400),
        ({"status": "HAPPY"}, 400),
        ({"updated_datetime": "yesterday"}, 400),
        ({"service_request_id": "20260000001"}, 404),
    ],
)
def test_a_wrong_update_is_said_by_its_code(world, key, changes, status):
    said = {"api_key": key, "service_request_id": world.open().protocol, "update_id": "1", "description": "x y"}
    response = Client().post(f"{URL}.json", said | changes)
    assert response.status_code == status and response.json()[0]["code"] == status
    assert not Remark.objects.exists()


def test_an_answered_demand_is_reopened_by_the_client_that_filed_it(world, key):
    Client().post("/open311/v2/requests.json", filed(key))
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(state="closed", next_actor="", closed_at=timezone.now(), outcome="solved")
    said = {"api_key": key, "service_request_id": case.protocol, "update_id": "1", "description": "Still there"}
    assert Client().post(f"{URL}.json", said | {"status": "OPEN"}).status_code == 400  # nobody would read it
    assert Client().post(f"{URL}.json", said | {"status": "REOPEN"}).status_code == 200
    case.refresh_from_db()
    assert case.reopened == 1 and case.closed_at is None
