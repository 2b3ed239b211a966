"""A line with its number, people who write to it, attendants who serve it, and their browsers."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from balcao.inbox.conversations.tests.conftest import Desk
from balcao.inbox.models import Account, Line
from balcao.organization.models import Staff
from balcao.platform.actors import Actor
from tests.world import World, make_world


@pytest.fixture
def world(db: None, settings: object) -> World:
    settings.LANGUAGE_CODE = "en"
    settings.LANGUAGES = [("pt-br", "Português"), ("en", "English")]
    return make_world()


@pytest.fixture
def desk(world: World) -> Desk:
    line = Line.objects.create(agency=world.agency, slug="geral", name="Atendimento geral", automatic=False)
    account = Account.objects.create(agency=world.agency, channel="whatsapp", key="1000", name="CAC", line=line)
    return Desk(world, line, account)


def browser(actor: Actor) -> Client:
    staff = Staff.objects.get(pk=actor.id)
    Staff.objects.filter(pk=staff.pk).update(locale="en")
    client = Client()
    client.force_login(staff)
    return client


@pytest.fixture
def ana(desk: Desk) -> Actor:
    return desk.attendant("ana", 3, at=timezone.now())
