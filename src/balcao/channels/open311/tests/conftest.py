from typing import Any

import pytest

from balcao.organization.actions.keys import make_key
from balcao.organization.models import ApiKey
from tests.world import World


def key_for(world: World, *scopes: str) -> str:
    """The secret of a fresh key."""
    key = ApiKey(
        agency=world.agency, name="App", scopes=list(scopes or ["open311.write"]), per_minute=10_000, per_day=100_000
    )
    return make_key(actor=world.actor("administrator"), key=key)[1]


@pytest.fixture
def key(world: World) -> str:
    return key_for(world)


def filed(key: str, **changes: Any) -> dict[str, Any]:
    """The parameters of a good POST."""
    good = {
        "api_key": key, "service_code": "poda", "description": "Árvore seca na calçada", "lat": "-23.55",
        "long": "-46.63", "address_string": "Rua das Flores, 12",
    }  # fmt: skip
    return {name: value for name, value in (good | changes).items() if value is not None}
