"""An agency from its files: calendar, areas, places, catalogue, matrix, staff. What the stories then play in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.db import transaction
from ruamel.yaml import YAML

from balcao.catalog.models import Service, ServiceGroup, ServiceVersion
from balcao.organization.actions.founding import make_roles
from balcao.organization.models import Agency, Area, Holiday, Membership, Place, Staff, WorkingCalendar
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from balcao.workorders.models import ResponsibilityRule

from .city import City, draw_city

HERE = Path(__file__).parent
PASSWORD = "vila-serena-2026"  # noqa: S105  printed for whoever tries the demonstration


def read(*path: str) -> Any:
    """A YAML file of the demonstration."""
    return YAML(typ="safe").load(HERE.joinpath(*path).read_text(encoding="utf-8"))


@dataclass
class Made:
    """The agency with what the stories need of it."""

    agency: Agency
    city: City
    areas: dict[str, Area] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    groups: dict[str, ServiceGroup] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    staff: dict[str, Staff] = field(default_factory=dict)
    posts: list[tuple[str, str, int | None]] = field(default_factory=list)
    """Who holds which role in which area (None: in the whole agency)."""
    actors: dict[str, Actor] = field(default_factory=dict)

    def actor(self, role: str, area_id: int | None = None) -> Actor:
        """Somebody with `role`, of this area where one is given; the supervisor where nobody is."""
        found = [email for email, has, area in self.posts if has == role and area_id in (None, area)]
        email = (found or [email for email, has, _ in self.posts if has == "supervisor"])[0]
        if email not in self.actors:
            self.actors[email] = actor_of(self.staff[email])
        return self.actors[email]


@transaction.atomic
def make_agency(folder: str) -> Made:
    """Make the agency of `folder` with everything but its cases."""
    plan, catalogue = read(folder, "agency.yaml"), read(folder, "services.yaml")
    agency = Agency.objects.create(**plan["agency"])
    calendar = WorkingCalendar.objects.create(agency=agency, is_default=True, **plan["calendar"])
    for day in plan["holidays"]:
        Holiday.objects.create(calendar=calendar, **day)
    made = Made(agency, draw_city(plan["city"]))
    _make_areas(made, plan["areas"], None)
    _make_places(made, plan)
    _make_catalogue(made, catalogue)
    for position, rule in enumerate(plan["rules"], 1):
        _make_rule(made, position, rule)
    _make_staff(made, plan["staff"])
    return made


def _make_areas(made: Made, areas: Iterable[Mapping[str, Any]], parent: Area | None) -> None:
    for plan in areas:
        area = Area.objects.create(
            agency=made.agency,
            parent=parent,
            slug=plan["slug"],
            name=plan["name"],
            email=f"{plan['slug']}@{made.agency.slug}.example",
        )
        made.areas[area.slug] = area
        _make_areas(made, plan.get("children", ()), area)


def _make_places(made: Made, plan: Mapping[str, Any]) -> None:
    for region in plan["city"]["regions"]:
        made.places[region["slug"]] = Place.objects.create(
            agency=made.agency,
            kind=Place.Kind.REGION,
            slug=region["slug"],
            name=region["name"],
            boundary=made.city.region(region["slug"]),
        )
    for district in made.city.districts:
        made.places[district.slug] = Place.objects.create(
            agency=made.agency,
            kind=Place.Kind.DISTRICT,
            slug=district.slug,
            name=district.name,
            parent=made.places[district.region],
            boundary=district.boundary,
        )
    for post in plan["posts"]:
        inside = made.places[post.pop("in")]
        Place.objects.create(agency=made.agency, kind=Place.Kind.POST, parent=inside, **post)


def _make_catalogue(made: Made, catalogue: Mapping[str, Any]) -> None:
    for position, group in enumerate(catalogue["groups"], 1):
        made.groups[group["slug"]] = ServiceGroup.objects.create(agency=made.agency, position=position, **group)
    for position, plan in enumerate(catalogue["services"], 1):
        charter = {**plan}
        questions = charter.pop("questions", [])
        group = made.groups[charter.pop("group")]
        service = Service.objects.create(
            agency=made.agency, group=group, position=position, is_published=True, **charter
        )
        service.current = ServiceVersion.objects.create(service=service, number=1, script={"questions": questions})
        service.save(update_fields=["current"])
        made.services[service.slug] = service


def _make_rule(made: Made, position: int, plan: Mapping[str, Any]) -> None:
    ResponsibilityRule.objects.create(
        agency=made.agency,
        position=position,
        service=made.services.get(plan.get("service", "")),
        group=made.groups.get(plan.get("group", "")),
        place=made.places.get(plan.get("place", "")),
        kind=plan.get("kind", ""),
        area=made.areas[plan["area"]],
        note=plan.get("note", ""),
    )


def _make_staff(made: Made, people: Iterable[Mapping[str, Any]]) -> None:
    roles = make_roles(made.agency)
    password = make_password(PASSWORD)  # hashed once: a good hash is slow
    for plan in people:
        staff = Staff.objects.create(
            agency=made.agency,
            email=f"{plan['email']}@{made.agency.slug}.example",
            name=plan["name"],
            locale=made.agency.locale,
            password=password,
        )
        for area in plan.get("areas", [None]):
            where = made.areas.get(area or "")
            Membership.objects.create(staff=staff, role=roles[plan["role"]], area=where)
            made.posts.append((plan["email"], plan["role"], where.pk if where else None))
        if plan.get("totp"):
            TOTP.activate(staff, plan["totp"])
        made.staff[plan["email"]] = staff
