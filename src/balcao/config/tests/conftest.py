"""What several files here begin with."""

import pytest

from balcao.inbox.conversations.tests.conftest import Desk
from balcao.inbox.models import Account, Line
from tests.world import make_world


@pytest.fixture
def desk():
    world = make_world()
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral", automatic=False)
    account = Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=line)
    return Desk(world, line, account)
