"""What the ids in the figures are called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from balcao.catalog.models import Service
from balcao.organization.models import Area, Place

from .models import NONE


@dataclass(frozen=True)
class Name:
    """A group's key in the figures, its label, and the slug of its own page ("" without one)."""

    key: Any
    label: Any
    slug: str


def channels() -> dict[str, str]:
    return {
        "portal": _("Portal"),
        "email": _("E-mail"),
        "counter": _("Counter"),
        "phone": _("Phone"),
        "app": _("App"),
        "integration": _("Other systems"),
        "open311": _("Open311"),
        "whatsapp": "WhatsApp",
        "webchat": _("Chat on the web"),
        "unstated": _("Not stated"),
    }


def names(agency_id: int, by: str) -> dict[Any, Name]:
    """By key: services that are public, areas, districts, or channels."""
    if by == "channel":
        return {code: Name(code, label, "") for code, label in channels().items()}
    if by == "service":
        found = Service.objects.filter(agency_id=agency_id, is_public=True)
    elif by == "area":
        found = Area.objects.filter(agency_id=agency_id)  # type: ignore[assignment]
    else:
        found = Place.objects.filter(agency_id=agency_id, kind=Place.Kind.DISTRICT)  # type: ignore[assignment]
    known = {pk: Name(pk, name, slug) for pk, name, slug in found.values_list("pk", "name", "slug")}
    none = _("No area yet") if by == "area" else _("Place not stated")
    return known | {NONE: Name(NONE, none, "")}
