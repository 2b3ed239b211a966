"""What every page may show: the agency, the actor and the switches of the installation."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from balcao.inbox.conversations.queries import has_web_chat


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "agency": lambda: request.agency,  # type: ignore[attr-defined]
        "actor": lambda: request.actor,  # type: ignore[attr-defined]
        "web_chat": lambda: (agency := getattr(request, "agency", None)) is not None and has_web_chat(agency.pk),
        "VLIBRAS": settings.VLIBRAS,
        "DEMO": settings.DEMO,
        "PMTILES": settings.PMTILES,
    }
