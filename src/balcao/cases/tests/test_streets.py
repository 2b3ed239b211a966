"""Neighbours that are known by their street alone."""

import pytest

from balcao.cases.actions import Location
from balcao.cases.public import on_the_street
from balcao.cases.streets import street_of
from balcao.catalog.models import Kind
from balcao.organization.models import Place
from tests.world import make_world


@pytest.mark.parametrize(
    ("address", "street", "number"),
    [
        ("Rua das Flores, 10", "rua flores", 10),
        ("R. DAS FLÔRES nº 10", "rua flores", 10),
        ("rua das flores, n. 10, 13000-000", "rua flores", 10),
        ("Rua das Flores, 13000-000", "rua flores", None),
        ("Rua das Flores, perto da escola", "rua flores", None),
        ("Rua 7, 120", "rua 7", 120),
        ("Rua 7", "rua 7", None),
        ("Av. Sete de Setembro 1500", "avenida sete setembro", 1500),
        ("Flores", "", None),
        ("", "", None),
        ("🌳", "", None),
    ],
)
def test_a_street_is_read_as_people_write_it(address, street, number):
    assert street_of(address) == (street, number)


@pytest.mark.django_db
def test_neighbours_without_a_pin_are_those_of_the_street():
    world = make_world()
    other = Place.objects.create(agency=world.agency, kind="district", slug="oeste", name="Oeste")

    def at(address, **more):
        return world.open(location=Location(address=address, **more)).pk

    close = at("R. das Flores, 40", place=world.district)
    closer = at("Rua das Flores 12")
    at("Rua das Flores, 900"), at("Rua das Florestas, 10"), at("Rua das Flores, 10", place=other)
    sealed = world.open(location=Location(address="Rua das Flores, 10"), kind=Kind.DENUNCIA)
    found = on_the_street(world.service, "Rua das Flores, 10", "centro")
    assert [one.case_id for one in found] == [closer, close] and sealed.pk not in {one.case_id for one in found}
    assert all(one.metres is None and one.same_street for one in found)
    assert on_the_street(world.service, "Flores", "centro") == []
    world.service.coarse_location = True
    assert on_the_street(world.service, "Rua das Flores, 10") == []
