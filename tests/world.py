"""A small agency for tests, made through the normal models and actions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from balcao.cases.actions import open_case
from balcao.cases.models import Case
from balcao.catalog.models import Service, ServiceGroup, ServiceVersion
from balcao.citizens.actions import know_person
from balcao.organization.models import Agency, Area, Membership, Place, Role, Staff, WorkingCalendar
from balcao.organization.permissions import DEFAULT_ROLES
from balcao.organization.queries import actor_of
from balcao.platform.actors import Actor
from balcao.workorders.models import ResponsibilityRule

PASSWORD = "correct horse battery"


@dataclass
class World:
    """One agency: two areas under a parent, two districts, a service with a rule and one that no rule catches."""

    agency: Agency
    roles: dict[str, Role]
    parent: Area
    trees: Area
    roads: Area
    district: Place
    service: Service
    unrouted: Service
    staff: dict[str, Staff]

    def actor(self, role: str) -> Actor:
        return actor_of(self.staff[role])

    @property
    def citizen(self) -> Actor:
        return Actor.citizen(self.agency.pk)

    def person(self, name: str = "Maria das Dores", email: str = "maria@example.org", document: str = "529.982.247-25"):
        person, contacts = know_person(
            actor=self.citizen,
            agency_id=self.agency.pk,
            name=name,
            document=document,
            contacts={"email": email} if email else {},
        )
        return person, contacts.get("email")

    def open(self, **changes: Any) -> Case:
        """A case of the public service, by default anonymous and answered on its page."""
        demand: dict[str, Any] = {
            "actor": self.citizen,
            "service": self.service,
            "kind": "solicitacao",
            "channel": "portal",
            "description": "Árvore seca com risco de cair na calçada",
        }
        return open_case(**(demand | changes)).case


def add_service(agency: Agency, group: ServiceGroup, slug: str, name: str, **fields: Any) -> Service:
    service = Service.objects.create(agency=agency, group=group, slug=slug, name=name, is_published=True, **fields)
    service.current = ServiceVersion.objects.create(service=service, number=1, script={"questions": []})
    service.save()
    return service


def add_staff(world_agency: Agency, role: Role, area: Area | None = None, tag: str = "") -> Staff:
    staff = Staff(
        agency=world_agency, email=f"{role.slug}{tag}@{world_agency.slug}.gov.br", name=f"{role.slug.title()}"
    )
    staff.set_password(PASSWORD)
    staff.save()
    Membership.objects.create(staff=staff, role=role, area=area)
    return staff


def make_world(slug: str = "vila-serena", *, default: bool = True, hostname: str | None = None) -> World:
    """Make the agency `slug` with a member of staff in each default role."""
    agency = Agency.objects.create(
        slug=slug, name=f"Prefeitura de {slug}", is_default=default, hostname=hostname, timezone="America/Sao_Paulo"
    )
    WorkingCalendar.objects.create(agency=agency, slug="padrao", name="Expediente", subdivision="SP", is_default=True)
    roles = {
        key: Role.objects.create(agency=agency, slug=key, name=str(name), permissions=permissions, mfa_required=mfa)
        for key, (name, permissions, mfa) in DEFAULT_ROLES.items()
    }
    parent = Area.objects.create(agency=agency, slug="servicos", name="Secretaria de Serviços")
    trees = Area.objects.create(agency=agency, slug="arborizacao", name="Arborização", parent=parent)
    roads = Area.objects.create(agency=agency, slug="vias", name="Vias", parent=parent)
    district = Place.objects.create(agency=agency, kind="district", slug="centro", name="Centro")
    group = ServiceGroup.objects.create(agency=agency, slug="verde", name="Verde")
    service = add_service(agency, group, "poda", "Poda ou remoção de árvore", is_public=True, keywords="galho tronco")
    unrouted = add_service(agency, group, "outros", "Outros assuntos", is_catch_all=True)
    ResponsibilityRule.objects.create(agency=agency, position=1, service=service, area=trees)
    staff = {
        key: add_staff(agency, role, trees if key in ("area_manager", "field_agent") else None)
        for key, role in roles.items()
    }
    return World(agency, roles, parent, trees, roads, district, service, unrouted, staff)
