"""An agency, its staff, and a browser of Django's own."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from django.test import Client
from PIL import Image

from balcao.cases.models import Case
from balcao.workorders.models import WorkOrder
from tests.world import World, make_world


@pytest.fixture
def world(db: None, settings: object, tmp_path: object) -> World:
    settings.MEDIA_ROOT = str(tmp_path)
    settings.LANGUAGE_CODE = "en"
    made = make_world()
    for colleague in made.staff.values():
        colleague.locale = "en"
        colleague.save()
    return made


@pytest.fixture
def sign_in() -> Callable[..., Client]:
    """A client in which this member of staff has signed in."""

    def signed_in(colleague: object) -> Client:
        client = Client()
        client.force_login(colleague)
        return client

    return signed_in


@pytest.fixture
def order(world: World) -> WorkOrder:
    return order_of(world.open(description="Galho caído sobre a calçada"))


def order_of(case: Case) -> WorkOrder:
    return case.orders.latest("number")


def photo(name: str = "antes.jpg", color: str = "green") -> io.BytesIO:
    made = io.BytesIO()
    Image.new("RGB", (640, 480), color).save(made, "JPEG")
    made.seek(0)
    made.name = name
    return made
