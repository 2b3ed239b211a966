"""What is open already and may be the same, before a demand is opened: for whoever hears it at the counter."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from balcao.catalog.models import Kind, Service
from balcao.citizens import identifiers
from balcao.citizens.actions import document_hash
from balcao.citizens.identifiers import InvalidIdentifier
from balcao.platform.actors import Actor
from balcao.platform.geography import cells_within, distance_m
from balcao.platform.search import matching

from .duplicates import MAY_LEAD, NEAR
from .models import Case
from .streets import street_of

HOUSES = 100  # how far two house numbers of one street may lie apart


def open_before(
    actor: Actor,
    service: Service,
    *,
    pin: tuple[float, float] | None = None,
    address: str = "",
    document: str = "",
    limit: int = 5,
) -> list[Case]:
    """Open cases of `service` that the reader may see, within 300 metres of the pin (latitude, longitude), on the same
    street, or of the holder of this document. The nearest first; each has `metres` (None: not known), `same_street` and
    `same_person`. Sealed ones and reports of wrongdoing are never among them."""
    seen = (
        Case.objects.visible_to(actor)
        .filter(service=service, state__in=MAY_LEAD, sealed=False)
        .exclude(kind=Kind.DENUNCIA)
        .select_related("area", "place")
        .order_by("-opened_at")
    )
    holder = _holder(actor, document)
    street, number = street_of(address)
    hints = Q(pk__in=[])
    if pin is not None:
        hints |= Q(h3__in=cells_within(*pin, NEAR))
    if street:
        hints |= Q(address__gt="", search=matching(street.partition(" ")[2] or street))
    if holder is not None:
        hints |= Q(reporter__document_hash=holder)
    return _nearest(seen.filter(hints).select_related("reporter")[:200], pin, street, number, holder)[:limit]


def _nearest(
    found: QuerySet[Case], pin: tuple[float, float] | None, street: str, number: int | None, holder: bytes | None
) -> list[Case]:
    kept = []
    for case in found:
        placed = pin is not None and case.lat is not None and case.lon is not None
        metres = round(distance_m(pin, (case.lat, case.lon))) if placed else None  # type: ignore[arg-type]
        there, its_number = street_of(case.address)
        apart = abs(number - its_number) if number is not None and its_number is not None else 0
        case.metres = metres if metres is not None and metres <= NEAR else None  # type: ignore[attr-defined]
        # a pin that is far away says more than a street of the same name
        case.same_street = bool(street) and there == street and apart <= HOUSES and metres is None  # type: ignore[attr-defined]
        known = case.reporter.document_hash if case.reporter else None
        case.same_person = holder is not None and known is not None and bytes(known) == holder  # type: ignore[attr-defined]
        if case.metres is not None or case.same_street or case.same_person:  # type: ignore[attr-defined]
            kept.append(case)
    kept.sort(key=lambda c: (c.metres is None, c.metres or 0, not c.same_street))  # type: ignore[attr-defined]
    return kept


def _holder(actor: Actor, document: str) -> bytes | None:
    """The hash of a document that is whole, for those who may know who asks."""
    if not document.strip() or not actor.can("person.read"):
        return None
    try:
        return document_hash(identifiers.document(document))
    except InvalidIdentifier:
        return None
