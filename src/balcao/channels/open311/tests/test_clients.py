"""Other people's clients over real HTTP, and the same POST by several at once."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from django.db import connections
from georeport import GeoReport

from balcao.cases.models import Case

from .conftest import filed

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_client_of_pypi_reads_everything(world, live_server, form):
    case, other = world.open(), world.open()
    client = GeoReport(f"{live_server.url}/open311/v2", output_format=form)
    services = client.get_service_list()
    assert (services if form == "json" else [services])[0]["service_code"] == "poda"
    assert client.get_service_definition("poda")["service_code"] == "poda"
    many = client.get_service_requests(status="open")
    assert {one["service_request_id"] for one in many} == {case.protocol, other.protocol}
    one = client.get_service_request(case.protocol)
    assert (one["service_request_id"], one["status"]) == (case.protocol, "open")


def test_the_same_post_at_once_opens_one_case(world, key, live_server):
    """Eight threads, one Idempotency-Key: one case, and each is told the same number."""

    def send(_n: int) -> str:
        headers = {"Idempotency-Key": "order-4711"}
        with httpx.Client(timeout=30) as client:
            response = client.post(f"{live_server.url}/open311/v2/requests.json", data=filed(key), headers=headers)
        assert response.status_code == 200, response.text
        return response.json()[0]["service_request_id"]

    with ThreadPoolExecutor(8) as pool:
        numbers = set(pool.map(send, range(16)))
    connections.close_all()
    assert numbers == {Case.objects.get().protocol}
    assert Case.objects.get().orders.count() == 1


def test_updates_at_once_are_added_once(world, key, live_server):
    case = world.open()
    said = {"api_key": key, "service_request_id": case.protocol, "update_id": "9", "description": "It fell"}

    def send(_n: int) -> str:
        with httpx.Client(timeout=30) as client:
            response = client.post(f"{live_server.url}/open311/v2/servicerequestupdates.json", data=said)
        assert response.status_code == 200, response.text
        return response.json()[0]["update_id"]

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(send, range(8)))) == 1
    connections.close_all()
    assert case.remarks.count() == 1
