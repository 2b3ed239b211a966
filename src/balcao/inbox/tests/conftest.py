"""An agency, and a case whose answer has just been sent."""

import pytest

from balcao.cases.actions import refuse_case
from balcao.inbox.models import Delivery
from tests.world import make_world


def send_an_answer(world):
    """A refused case with a contact point, and the delivery of its answer."""
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    case.refresh_from_db()
    return case, Delivery.objects.get(message__case=case)


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def answered(world):
    return send_an_answer(world)
