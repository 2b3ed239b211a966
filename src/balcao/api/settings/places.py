"""Many districts at once, from a map."""

from typing import Any

from ninja import Router, Schema
from pydantic import Field

from balcao.organization.actions import import_places
from balcao.organization.models import Agency
from balcao.organization.places import POLYGONS

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..words import In

router = Router(tags=["settings"])


class MapIn(In):
    collection: dict[str, Any] = Field(description="GeoJSON FeatureCollection of polygons, WGS 84 (RFC 7946)")
    name_key: str = Field("", max_length=60, description="the property that holds the name, where it is no usual one")


class MapOut(Schema):
    added: int
    changed: int
    same: int


@router.post("/places/import", response={200: MapOut, **ERRORS}, summary="Take districts from a map")
@scoped("settings.edit")
def take_districts(request: KeyRequest, body: MapIn) -> Any:
    """A district with the same name gets the new boundary, a new name is added, and none is removed."""
    agency = Agency.objects.get(pk=agency_of(request.auth))
    done = import_places(actor=request.auth, agency=agency, collection=body.collection, name_key=body.name_key.strip())
    POLYGONS.forget(agency.pk)
    return done
