"""Where a pin falls, how far it is, and what the public may see of it."""

from math import cos, radians

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform import geography
from balcao.platform.geography import PolygonCache, Polygons, coarsened, distance_m, h3_cell

CITY = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": code, "name": name},
            "geometry": {"type": "Polygon", "coordinates": [[[w, -23], [e, -23], [e, -22], [w, -22], [w, -23]]]},
        }
        for code, name, w, e in [("1", "West", -47, -46), ("2", "East", -46, -45)]
    ]
    + [{"type": "Feature", "properties": {"code": "9"}, "geometry": None}],
}
places = st.tuples(st.floats(-60, 60), st.floats(-170, 170))


def test_a_pin_is_in_its_district_and_a_pin_in_the_sea_is_nowhere():
    city = Polygons.from_geojson(CITY, "code")
    assert len(city) == 2
    assert city.locate(-22.5, -46.5) == "1" and city.locate(-22.5, -45.5) == "2"
    assert city.locate(-22.5, -46.0) == "1"  # on the border, always the same one
    assert city.locate(-22.5, -30.0) is None and not city.inside(0, 0)
    assert city.locate(float("nan"), 0) is None and city.locate(999, 999) is None
    assert city.bounds() == (-23, -47, -22, -45)
    asked = [(-22.5, -45.5), (float("nan"), 0), (-22.5, -46.0), (0, 0), (-22.5, -46.5)]
    assert city.locate_all(asked) == ["2", None, "1", None, "1"] and city.locate_all([]) == []
    assert Polygons([]).locate(0, 0) is None and Polygons([]).bounds() is None


def test_the_code_may_be_made_from_several_properties():
    city = Polygons.from_geojson(CITY, lambda properties: f"{properties['code']}-{properties['name']}")
    assert city.locate(-22.5, -46.5) == "1-West"


def test_polygons_are_read_once_and_again_after_an_import():
    loads, version = [], {"now": 1}

    def load(agency_id):
        loads.append(agency_id)
        return Polygons.from_geojson(CITY, "code")

    cache = PolygonCache(load, lambda agency_id: version["now"])
    assert cache.of(1) is cache.of(1) and loads == [1]
    cache.of(2)
    version["now"] = 2
    cache.of(1)
    cache.forget(1)
    cache.of(1)
    assert loads == [1, 2, 1, 1]


def test_distances_are_metres():
    assert distance_m((-23.5505, -46.6333), (-22.9068, -43.1729)) == pytest.approx(360_750, rel=0.005)
    assert distance_m((38.7223, -9.1393), (38.7223, -9.1393)) == 0


@given(places)
def test_what_the_public_sees_is_the_block_and_not_the_house(place):
    shown = coarsened(*place)
    assert h3_cell(*shown) == h3_cell(*place)
    assert distance_m(place, shown) < 320
    assert coarsened(*shown) == shown


@given(places, st.floats(1, 2000), st.floats(0, 1), st.floats(0, 1))
def test_whatever_is_near_lies_in_the_cells_that_are_asked_for(place, metres, part, turn):
    there = h3_at(place, metres * part * 0.99, turn)
    assert h3_cell(*there) in geography.cells_within(*place, metres)


def h3_at(place, metres, turn):
    from math import pi, sin

    angle = 2 * pi * turn
    return (
        place[0] + metres * cos(angle) / 111_195,
        place[1] + metres * sin(angle) / (111_195 * cos(radians(place[0]))),
    )


def test_cells_nest_and_nonsense_is_refused():
    assert h3.get_resolution(h3_cell(-23.5, -46.6)) == 9
    with pytest.raises(ValueError, match="latitude"):
        h3_cell(91, 0)
    with pytest.raises(ValueError, match="far"):
        geography.cells_within(0, 0, 100_000)
