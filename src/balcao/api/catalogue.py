"""What can be asked, who acts, and where: what another system must know before it opens a case."""

from typing import Any

from django.http import Http404
from ninja import Query, Router, Schema
from pydantic import Field

from balcao.catalog.models import Service
from balcao.catalog.queries import published_services, search_services
from balcao.catalog.questions import questions_of
from balcao.organization.models import Area, Place
from balcao.platform.search import SortKey

from .door import ERRORS, KeyRequest, agency_of, scoped
from .words import Named, named

router = Router(tags=["catalogue"])
ANY = ("case.read", "case.open", "order.read", "open311.write")


class ServiceLine(Schema):
    slug: str
    name: str
    summary: str
    group: Named
    kinds: list[str]
    location: str = Field(description="whether a place is required, optional or none")
    allows_anonymous: bool
    is_public: bool = Field(description="whether its cases may be shown to everybody, after a review")


class ServiceOut(ServiceLine):
    """With its charter (in light Markdown) and its own questions, in the words of every language."""

    keywords: str
    who_may_ask: str
    what_is_needed: str
    steps: str
    how_long: str
    channels: str
    where: str
    cost: str
    legal_basis: str
    version: int = Field(description="of its questions")
    questions: list[dict[str, Any]]


class AreaOut(Schema):
    slug: str
    name: str
    parent: str = Field(description="the slug of the area above it; empty at the top")
    is_active: bool


class PlaceOut(Schema):
    slug: str
    name: str
    kind: str = Field(description="region, district or post")
    parent: str
    address: str
    opening: str


class PlaceShape(PlaceOut):
    boundary: dict[str, Any] | None = Field(description="GeoJSON Polygon or MultiPolygon (RFC 7946), where it is known")


@router.get("/services", response={200: list[ServiceLine], **ERRORS}, summary="The published services")
@scoped(*ANY)
def list_services(
    request: KeyRequest, q: str = Query("", max_length=200, description="what people say they need")
) -> Any:
    """Shelf by shelf; with `q` the twenty that fit best, best first."""
    agency_id = agency_of(request.auth)
    found = search_services(agency_id, q) if q else published_services(agency_id)
    return [_line(service) for service in found]


@router.get("/services/{slug}", response={200: ServiceOut, **ERRORS}, summary="One service, with its questions")
@scoped(*ANY)
def read_service(request: KeyRequest, slug: str) -> Any:
    service = published_services(agency_of(request.auth)).select_related("current").filter(slug=slug).first()
    if service is None or service.current is None:
        raise Http404
    charter = ("keywords", "who_may_ask", "what_is_needed", "steps", "how_long", "channels", "where", "cost")
    return {
        **_line(service),
        **{name: getattr(service, name) for name in (*charter, "legal_basis")},
        "version": service.current.number,
        "questions": questions_of(service.current),
    }


@router.get("/areas", response={200: list[AreaOut], **ERRORS}, summary="The areas that act")
@scoped(*ANY)
def list_areas(request: KeyRequest) -> Any:
    areas = Area.objects.filter(agency_id=agency_of(request.auth)).select_related("parent").order_by(SortKey("name"))
    return [
        {"slug": a.slug, "name": a.name, "parent": a.parent.slug if a.parent else "", "is_active": a.is_active}
        for a in areas
    ]


@router.get("/places", response={200: list[PlaceOut], **ERRORS}, summary="Regions, districts and service posts")
@scoped(*ANY)
def list_places(request: KeyRequest) -> Any:
    places = Place.objects.filter(agency_id=agency_of(request.auth)).defer("boundary").select_related("parent")
    return [_place(place) for place in places.order_by(SortKey("name"))]


@router.get("/places/{slug}", response={200: PlaceShape, **ERRORS}, summary="One place with its boundary")
@scoped(*ANY)
def read_place(request: KeyRequest, slug: str) -> Any:
    place = Place.objects.filter(agency_id=agency_of(request.auth), slug=slug).select_related("parent").first()
    if place is None:
        raise Http404
    return {**_place(place), "boundary": place.boundary}


def _line(service: Service) -> dict[str, Any]:
    return {
        "slug": service.slug,
        "name": service.name,
        "summary": service.summary,
        "group": named(service.group),
        "kinds": service.kinds,
        "location": service.location,
        "allows_anonymous": service.allows_anonymous,
        "is_public": service.is_public,
    }


def _place(place: Place) -> dict[str, Any]:
    told = {"slug": place.slug, "name": place.name, "kind": place.kind, "address": place.address}
    return {**told, "opening": place.opening, "parent": place.parent.slug if place.parent else ""}
