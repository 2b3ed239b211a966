"""What another system read and did stands in the case's history under its own name."""

import pytest
from django.test import Client

from balcao.cases.actions import write_note
from balcao.organization.actions import make_key
from balcao.organization.keys import actor_of_key
from balcao.organization.models import ApiKey
from balcao.platform.audit import log_read
from balcao.workorders.actions import accept_order
from balcao.workorders.models import WorkOrder
from tests.world import make_world

pytestmark = pytest.mark.django_db


def test_the_history_the_order_and_the_readers_name_the_key():
    world = make_world()
    case = world.open()
    key = ApiKey(agency=world.agency, name="Zeladoria", scopes=["case.note", "order.work", "order.read"])
    key, _raw = make_key(actor=world.actor("administrator"), key=key)
    actor = actor_of_key(key)
    write_note(actor=actor, case=case, text="Vistoria marcada.")
    accept_order(actor=actor, order=(order := WorkOrder.objects.get(case=case)))
    log_read(actor=actor, subject="case", ids=[case.pk], purpose="api: case", agency_id=world.agency.pk)
    client = Client(headers={"accept-language": "en"})
    supervisor = world.staff["supervisor"]
    supervisor.locale = "en"
    supervisor.save()
    client.force_login(supervisor)
    page = client.get(f"/console/cases/{case.pk}/").content.decode()
    assert page.count("“Zeladoria”, by its key") >= 3
    assert "“Zeladoria”, by its key" in client.get(f"/console/orders/{order.pk}/").content.decode()
