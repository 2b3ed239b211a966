import pytest

from balcao.inbox.models import Account, Line
from tests.world import make_world


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def line(world):
    return Line.objects.create(agency=world.agency, slug="geral", name="Atendimento geral")


@pytest.fixture
def account(world, line):
    return Account.objects.create(agency=world.agency, channel="whatsapp", key="1000", name="CAC", line=line)


@pytest.fixture
def other_account(world, line):
    return Account.objects.create(agency=world.agency, channel="whatsapp", key="2000", name="PROCON", line=line)
