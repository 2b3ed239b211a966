"""What an agency has of the services, areas and districts that a file names; and what is made of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from balcao.cases.actions import Location
from balcao.cases.actions.opening import check_opening
from balcao.cases.offering import begin_with_the_law, offer_service
from balcao.catalog.actions import change_group
from balcao.catalog.models import Service, ServiceGroup
from balcao.config.replay.columns import Unfit
from balcao.organization.actions import change_place
from balcao.organization.models import Agency, Area, Place
from balcao.organization.places import polygons
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.trouble import Trouble
from balcao.workorders.actions import change_area

from .mapping import CaseMapping, fold
from .reading import Past, Understanding

M = TypeVar("M", Service, ServiceGroup, Area, Place)


@dataclass(frozen=True)
class Found:
    """Where a demand lands. `area`: who acted, or acts; None: whom the matrix says. `elsewhere`: another district is
    told than the one that holds the point."""

    service: Service
    area: Area | None
    location: Location
    elsewhere: bool


class Ground:
    """Where demands of a file land. What the mapping lets it make stands in `new` (in the order of the file) and is
    made by `make`; until then it is there without a key, so that a dry run goes the same way."""

    def __init__(self, agency: Agency, mapping: CaseMapping, understanding: Understanding) -> None:
        self.agency, self.mapping, self.understanding = agency, mapping, understanding
        self.services = _by_name(Service.objects.filter(agency=agency).select_related("group"))
        self.groups = _by_name(ServiceGroup.objects.filter(agency=agency))
        self.areas = _by_name(Area.objects.filter(agency=agency))
        self.places = _by_name(Place.objects.filter(agency=agency, kind=Place.Kind.DISTRICT).defer("boundary"))
        self.polygons, self._drawn = polygons(agency.pk), {place.slug: place for place in self.places.values()}
        self._undo: list[Callable[[], object]] = []
        self.new: dict[str, list[Service | ServiceGroup | Area | Place]] = {
            "groups": [], "services": [], "areas": [], "districts": [],
        }  # fmt: skip
        for what, known in (("service", self.services), ("area", self.areas)):
            word = mapping.unknown[what]
            if word not in ("refuse", "create", "matrix") and fold(word) not in known:
                raise Trouble(f"{mapping.name}: “unknown.{what}” names “{word}”, which {agency.slug} does not have.")

    def find(self, past: Past) -> Found:
        """Where it lands. Unfit or a Refusal when it cannot be opened: nothing is then made for it."""
        self._undo.clear()
        try:
            place, located, elsewhere = self._place(past)
            service, area = self._service(past), self._area(past)
            if past.kind not in service.kinds:
                raise Unfit(f"the service does not take this kind: {past.kind}")
            lat, lon = (past.lat, past.lon) if located else (None, None)
            location = Location(past.address, lat, lon, place)
            check_opening(service, past.kind, location, anonymous=past.anonymous)
        except (Unfit, Refusal):
            for undo in self._undo:
                undo()
            raise
        return Found(service, area, location, elsewhere)

    def _place(self, past: Past) -> tuple[Place | None, bool, bool]:
        """The district that holds the point, else the one that is told; whether the point is kept; and whether another
        district is told than holds it."""
        told = self._district(past)
        if past.lat is None or past.lon is None or not len(self.polygons):
            return told, True, False
        slug = self.polygons.locate(past.lat, past.lon)
        if slug is None:
            error = self.understanding.unknown("point", "outside every district")
            if self.mapping.unknown["point"] == "refuse":
                raise Unfit("the point lies outside every district") from error
            return told, False, False
        return self._drawn[slug], True, told is not None and told.slug != slug

    def _service(self, past: Past) -> Service:
        found = self.services.get(fold(past.service))
        if found is not None:
            return found
        choice = self.mapping.unknown["service"]
        if choice == "refuse" or (choice == "create" and not past.service):
            raise self.understanding.unknown("service", past.service)
        if choice != "create":
            return self.services[fold(choice)]
        group = self.groups.get(fold(past.group))
        if group is None:
            if not past.group:
                raise self.understanding.unknown("group", "")
            group = self._add("groups", self.groups, ServiceGroup(agency=self.agency, name=past.group))
        service = Service(agency=self.agency, group=group, name=past.service)
        begin_with_the_law(service)
        return self._add("services", self.services, service)

    def _area(self, past: Past) -> Area | None:
        if not past.area:
            return None
        found = self.areas.get(fold(past.area))
        if found is None:
            choice = self.mapping.unknown["area"]
            if choice == "refuse":
                raise self.understanding.unknown("area", past.area)
            if choice == "matrix":
                return None
            if choice == "create":
                return self._add("areas", self.areas, Area(agency=self.agency, name=past.area))
            found = self.areas[fold(choice)]
        if not found.is_active:
            raise Unfit("the area is switched off")
        return found

    def _district(self, past: Past) -> Place | None:
        if not past.district:
            return None
        found = self.places.get(fold(past.district))
        if found is not None:
            return found
        choice = self.mapping.unknown["district"]
        if choice != "create":
            error = self.understanding.unknown("district", past.district)
            if choice == "refuse":
                raise error
            return None
        place = Place(agency=self.agency, kind=Place.Kind.DISTRICT, name=past.district)
        return self._add("districts", self.places, place)

    def _add(self, what: str, known: dict[str, M], new: M) -> M:
        key = fold(new.name)
        known[key] = new
        self.new[what].append(new)
        self._undo += [self.new[what].pop, lambda: known.pop(key)]
        return new

    def names(self) -> dict[str, list[str]]:
        """Of what is new."""
        return {what: [one.name for one in several] for what, several in self.new.items() if several}

    def make(self) -> Iterator[int]:
        """Make what is new through the settings' own actions, each in a transaction of its own: the live stream waits
        for long ones, and a second run finds what the first one made. Yields how many are made; Trouble when one
        cannot be."""
        actor = Actor.system(self.agency.pk)
        makers: dict[str, Callable[..., object]] = {
            "groups": lambda one: change_group(actor=actor, group=one),
            "services": lambda one: offer_service(actor=actor, service=_with_group(one)),
            "areas": lambda one: change_area(actor=actor, area=one),
            "districts": lambda one: change_place(actor=actor, place=one),
        }
        every = ((what, one) for what, several in self.new.items() for one in several)
        for number, (what, one) in enumerate(every, 1):
            try:
                makers[what](one)
            except Invalid as error:
                raise Trouble(f"“{one.name}” cannot be made ({what}): {error.sentence}") from None
            yield number


def _with_group(service: Service) -> Service:
    service.group = service.group  # its group has its key only now
    return service


def _by_name(found: Iterable[M]) -> dict[str, M]:
    """By name and by slug; a name goes before a slug, and the first before others of the same name."""
    objects = list(found)
    return {fold(one.slug): one for one in objects} | {fold(one.name): one for one in reversed(objects)}
