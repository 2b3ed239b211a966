"""A small city with a signed-in attendant."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.world import World, make_world


@pytest.fixture
def world(db: None, settings: object) -> World:
    settings.LANGUAGE_CODE = "en"
    settings.LANGUAGES = [("pt-br", "Português"), ("en", "English")]
    world = make_world()
    for person in world.staff.values():
        person.locale = "en"
        person.save()
    return world


def signed_in(world: World, role: str) -> Client:
    """A browser in which `role` has signed in."""
    client = Client()
    client.force_login(world.staff[role])
    return client


@pytest.fixture
def attendant(world: World) -> Client:
    return signed_in(world, "attendant")


@pytest.fixture
def supervisor(world: World) -> Client:
    return signed_in(world, "supervisor")
