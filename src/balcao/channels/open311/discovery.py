"""GeoReport's service discovery: which APIs stand where."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import ServiceVersion

from .calls import Call
from .params import w3c

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"


def document(call: Call) -> tuple[str, Any]:
    """What `discovery.xml` says. The changeset is the moment of the last change of a service's questions."""
    versions = ServiceVersion.objects.filter(service__agency=call.agency)
    changed = w3c(versions.aggregate(at=Max("created_at"))["at"] or timezone.now())
    return "discovery", {
        "changeset": changed,
        "contact": call.agency.contact or call.agency.mail_from or call.agency.name,
        "key_service": _("Ask %(agency)s for a key.") % {"agency": call.agency.name},
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": call.request.build_absolute_uri("/open311/v2"),
                "changeset": changed,
                "type": "test" if settings.DEMO else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }
