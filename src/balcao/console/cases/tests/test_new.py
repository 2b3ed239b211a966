"""A case for somebody at the counter or on the phone."""

from __future__ import annotations

import re

import pytest

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.platform.access_codes import code_matches

from .conftest import signed_in

pytestmark = pytest.mark.django_db
URL = "/console/cases/new/"


def filled(client, world, **data):
    token = re.search(r'name="token" value="([^"]+)"', client.get(URL).content.decode())[1]
    demand = {"service": world.service.pk, "kind": "solicitacao", "description": "Galho caído", "channel": "phone"}
    return client.post(URL, {"token": token, **demand, **data}), token


def test_the_number_and_the_code_are_shown_to_be_read_out(world, attendant):
    response, _ = filled(attendant, world, name="João", document="529.982.247-25", email="joao@example.org")
    case = Case.objects.get()
    assert (case.channel, case.reporter.name, case.contact.kind) == ("phone", "João", "email")
    assert code_matches(response.context["code"], case.access_hash)
    assert case.messages.get(purpose="receipt")


def test_a_second_press_opens_nothing_and_shows_the_same_code(world, attendant):
    first, token = filled(attendant, world)
    again, _ = filled(attendant, world, token=token)
    assert Case.objects.count() == 1 and again.context["code"] == first.context["code"]


def test_what_was_typed_stays_when_something_is_wrong(world, attendant):
    response, _ = filled(attendant, world, name="João", document="111.111.111-11", description="Um galho enorme")
    text = response.content.decode()
    assert response.status_code == 422 and "Um galho enorme" in text and "CPF" in text
    assert not Case.objects.exists() and not Person.objects.exists()
    assert filled(attendant, world, description="🙃")[0].status_code == 422
    assert filled(attendant, world, service="")[0].status_code == 422


def test_only_who_may_open_does(world):
    assert signed_in(world, "area_manager").get(URL).status_code == 403
