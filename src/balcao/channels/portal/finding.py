"""Pages on which a person finds what they need: home, the catalogue, one service, the city's districts."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from django.http import HttpResponse, HttpResponseNotModified
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from balcao.cases.public import most_asked
from balcao.catalog.models import Service
from balcao.catalog.queries import Shelf, published_services, search_services, shelves
from balcao.organization.places import geojson
from balcao.web.public import public_page

from .charter import charter, promise
from .problems import notices
from .shell import PortalRequest


@require_safe
@public_page
def home(request: PortalRequest) -> HttpResponse:
    """What do you need? Search, what people ask for most, and the shelves."""
    found = shelves(request.agency.pk)
    context = {"section": "home", "shelves": found, "popular": _popular(request, found), "notices": notices(request)}
    return render(request, "portal/home.html", context)


def _popular(request: PortalRequest, found: list[Shelf]) -> list[Service]:
    """By use; while nobody has asked for anything yet, the first of each shelf."""
    services = {service.pk: service for shelf in found for service in shelf.services}
    asked = most_asked(request.agency.pk, now=timezone.now())
    popular = [services[pk] for pk in asked if pk in services and not services[pk].is_catch_all]
    firsts = [next((one for one in shelf.services if not one.is_catch_all), None) for shelf in found]
    return (popular or [one for one in firsts if one])[:6]


@require_safe
@public_page
def services(request: PortalRequest) -> HttpResponse:
    """The results of `?q=`, or the whole catalogue by group. htmx gets the results alone."""
    text = request.GET.get("q", "").strip()[:200]
    found = search_services(request.agency.pk, text) if text else []
    context: dict[str, Any] = {"section": "services", "query": text, "found": found}
    if text and not found:
        context["fallback"] = _fallback(request)
    if request.htmx and request.htmx.target == "results":  # type: ignore[attr-defined]
        return render(request, "portal/_results.html", context)
    if not found:
        context["shelves"] = shelves(request.agency.pk)
    return render(request, "portal/services.html", context)


def _fallback(request: PortalRequest) -> Service | None:
    """The way to ask anyway: the service that takes what fits nowhere else."""
    return published_services(request.agency.pk).filter(is_catch_all=True).first()


def _complaints(request: PortalRequest, service: Service) -> Service | None:
    """Where a person says how they were served (Lei 13.460/2017, art. 7, § 2, VI): a service that takes complaints,
    praise and suggestions, the catch-all first."""
    every = ["reclamacao", "elogio", "sugestao"]
    found = published_services(request.agency.pk).filter(kinds__contains=every).exclude(pk=service.pk)
    return found.order_by("-is_catch_all", "position", "pk").first()


@require_safe
@public_page
def service(request: PortalRequest, slug: str) -> HttpResponse:
    """One service's charter, with the button to ask for it."""
    wanted = get_object_or_404(published_services(request.agency.pk), slug=slug)
    group = (wanted.group.name, f"{reverse('portal:services')}#g-{wanted.group.slug}")
    context = {
        "section": "services",
        "service": wanted,
        "notices": notices(request, wanted),
        "charter": charter(wanted),
        "promise": promise(wanted),
        "complain": _complaints(request, wanted),
        "trail": [(_("Home"), reverse("portal:home")), group, (wanted.name, "")],
    }
    return render(request, "portal/service.html", context)


@require_safe
@public_page
def districts(request: PortalRequest) -> HttpResponse:
    """The districts' polygons, for maps. Public, and the same for everybody for five minutes."""
    drawn = geojson(request.agency.pk)
    etag = f'"{sha256(drawn).hexdigest()[:32]}"'
    response: HttpResponse
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        response = HttpResponse(drawn, content_type="application/geo+json")
    response["ETag"] = etag
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
@public_page
def privacy(request: PortalRequest) -> HttpResponse:
    return render(request, "portal/privacy.html")


@require_safe
@public_page
def accessibility(request: PortalRequest) -> HttpResponse:
    return render(request, "portal/accessibility.html")
