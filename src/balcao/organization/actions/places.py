"""Places: regions, districts with their boundaries, and posts where people are received."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext as _

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from ..editing import allow, check, new_slug, no_circle, same_agency, take_out
from ..models import Agency, Place

MOST_FEATURES = 2000
_NAMES = ("name", "nome", "NAME", "NOME", "ds_nome", "NM_DIST", "NM_BAIRRO", "bairro", "distrito", "label")


@action
def change_place(*, actor: Actor, place: Place) -> Place:
    """Save a new or changed place. Invalid when its boundary is no polygon of longitudes and latitudes."""
    allow(actor, place.agency_id)
    place.slug = place.slug or new_slug(Place, place.agency_id, place.name)
    place.boundary = place.boundary or None
    check(place)
    same_agency(place, parent=place.parent)
    no_circle(place)
    if place.boundary is not None:
        check_boundary(place.boundary)
    return history.keep(actor=actor, obj=place)


@action
def remove_place(*, actor: Actor, place: Place) -> None:
    """Delete a place that no case, rule or other place uses."""
    allow(actor, place.agency_id)
    take_out(actor, place)


def check_boundary(geometry: Any) -> None:
    """Raise Invalid unless `geometry` is a GeoJSON Polygon or MultiPolygon in WGS 84 (RFC 7946: longitude first)."""
    from shapely.errors import ShapelyError
    from shapely.geometry import shape

    wrong = Invalid(_("The boundary must be a GeoJSON polygon in longitude and latitude (WGS 84)."), field="boundary")
    if not isinstance(geometry, Mapping) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise wrong
    try:
        west, south, east, north = shape(dict(geometry)).bounds
    except (ShapelyError, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise wrong from None
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise wrong


@dataclass(frozen=True)
class Imported:
    """What an import of districts did."""

    added: int
    changed: int
    same: int


def read_features(collection: Any, name_key: str = "") -> list[tuple[str, Mapping[str, Any]]]:
    """(name, geometry) of each polygon of a GeoJSON FeatureCollection. Invalid, with the feature's number, when one has
    no name or no polygon. `name_key` names the property; without it the usual ones are tried."""
    features = collection.get("features") if isinstance(collection, Mapping) else None
    if not isinstance(features, list) or not features:
        raise Invalid(_("This is not a GeoJSON file with a list of features (FeatureCollection)."), field="file")
    if len(features) > MOST_FEATURES:
        raise Invalid(_("A file may hold %(n)s districts at most.") % {"n": MOST_FEATURES}, field="file")
    found: list[tuple[str, Mapping[str, Any]]] = []
    for number, feature in enumerate(features, 1):
        properties = (feature.get("properties") if isinstance(feature, Mapping) else None) or {}
        keys = [name_key] if name_key else _NAMES
        name = next((str(properties[k]).strip() for k in keys if properties.get(k)), "")
        if not name:
            raise Invalid(
                _("District number %(n)s has no name. Tell us which property holds it; this one has: %(keys)s.")
                % {"n": number, "keys": ", ".join(map(str, properties)) or "—"},
                field="name_key",
            )
        try:
            check_boundary(feature.get("geometry"))
        except Invalid as error:
            raise Invalid(
                _("District number %(n)s (%(name)s): %(why)s") % {"n": number, "name": name, "why": error.sentence},
                field="file",
            ) from None
        found.append((name, feature["geometry"]))
    return found


@action
def import_places(
    *, actor: Actor, agency: Agency, collection: Any, name_key: str = "", parent: Place | None = None
) -> Imported:
    """Take districts from GeoJSON: the same name changes the boundary, a new one is added, none is removed."""
    allow(actor, agency.pk)
    known = {place.slug: place for place in Place.objects.filter(agency=agency)}
    added = changed = same = 0
    for name, geometry in read_features(collection, name_key):
        place = known.get(slugify(name)[:80])
        if place is None:
            place = Place(agency=agency, kind=Place.Kind.DISTRICT, name=name[:200], parent=parent)
            added += 1
        elif place.boundary == geometry:
            same += 1
            continue
        else:
            changed += 1
        place.boundary = geometry
        place = change_place(actor=actor, place=place)
        known[place.slug] = place
    return Imported(added, changed, same)
