"""Which interview a line asks: an agency's own, or a service's questions as the portal asks them."""

from __future__ import annotations

from balcao.catalog.models import Service, ServiceVersion
from balcao.inbox.intake import script
from balcao.platform.settled import settled

from .definitions import Definition, Outcome
from .models import Interview

SERVICE = "service:"  # before a service's slug: the interview is its own


def script_in_force(agency_id: int, slug: str) -> Definition | None:
    """The newest published version of the agency's interview `slug`; of `service:SLUG`, the published service's own
    questions with those that every demand has in a conversation, which open a demand for it. None: there is none (yet,
    or any more).

    Remembered by the process until a setting changes: what it returns is shared, and never changes."""
    return settled(("interview", agency_id, slug), lambda: _load(agency_id, slug, None))


def version(agency_id: int, slug: str, number: int) -> Definition | None:
    """One published version, in force or not; None when there is no such. For those who began with it."""
    return settled(("interview", agency_id, slug, number), lambda: _load(agency_id, slug, number))


def _load(agency_id: int, slug: str, number: int | None) -> Definition | None:
    if slug.startswith(SERVICE):
        return _of_service(agency_id, slug.removeprefix(SERVICE), number)
    found = Interview.objects.filter(agency_id=agency_id, slug=slug, published_at__isnull=False)
    if number is not None:
        found = found.filter(version=number)
    newest = found.order_by("-version").first()
    return newest.load() if newest else None


def _of_service(agency_id: int, slug: str, number: int | None) -> Definition | None:
    service = Service.objects.filter(agency_id=agency_id, slug=slug).select_related("current").first()
    if service is None:
        return None
    if number is None:
        kept = service.current if service.is_published else None
    else:
        kept = ServiceVersion.objects.filter(service=service, number=number).first()
    if kept is None:
        return None
    kept.service = service
    return Definition(script(kept, talk=True), (Outcome(open=service.slug, description="description", kind="kind"),))
