"""An agency with its administrator signed in."""

import pytest
from django.test import Client

from balcao.organization.models import Role
from tests.world import World, make_world


@pytest.fixture
def world(db) -> World:
    made = make_world()
    Role.objects.update(mfa_required=False)  # a second factor has tests of its own
    return made


@pytest.fixture
def admin(world) -> Client:
    return signed_in(world, "administrator")


def signed_in(world: World, role: str) -> Client:
    client = Client(headers={"accept-language": "en"})
    staff = world.staff[role]
    staff.locale = "en"
    staff.save()
    client.force_login(staff)
    return client
