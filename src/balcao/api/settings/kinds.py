"""The kinds of settings: what each is made of, and which actions keep it and take it out."""

from typing import Annotated, Any

from pydantic import Field

from balcao.cases.offering import offer_service
from balcao.catalog import actions as catalog
from balcao.catalog.models import Kind, Service, ServiceGroup
from balcao.inbox.models import CannedReply, Line
from balcao.inbox.replies.actions import change_reply, remove_reply
from balcao.inbox.replies.models import Afterwards
from balcao.organization import actions as organization
from balcao.organization.models import Area, Place, Role, WorkingCalendar
from balcao.organization.places import POLYGONS
from balcao.platform.actors import Actor
from balcao.workorders.actions import change_area, change_rule, remove_rule
from balcao.workorders.models import ResponsibilityRule

from ..words import BIGGEST, DemandKind, In, Slug, one_of
from .keeping import Setting

Name = Annotated[str, Field(min_length=1, max_length=200)]
Pointer = Annotated[str, Field(max_length=100, description="a slug; empty: none")]
Text = Annotated[str, Field(max_length=20_000, description="light Markdown")]
Position = Annotated[int, Field(strict=True, ge=0, le=BIGGEST, description="smaller ones stand first")]
Amount = Annotated[int | None, Field(strict=True, ge=1, le=BIGGEST, description="in the rule's unit; empty: all of it")]
Flag = Annotated[bool, Field(strict=True)]
Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Hours = Annotated[
    list[Annotated[list[Clock], Field(min_length=2, max_length=2)]],
    Field(max_length=12, description="[from, to], in order; none: closed"),
]


class GroupIn(In):
    """A shelf of the catalogue."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    summary: Annotated[str, Field(max_length=300)] = ""
    icon: Annotated[str, Field(max_length=30)] = ""
    position: Position = 0


class ServiceIn(In):
    """A service: its charter, its kinds, its deadline. It begins unpublished where its charter is not whole."""

    name: Name
    group: Slug
    rule: Annotated[Slug, Field(max_length=40, description="of the answer's deadline: see `deadline-rules`")]
    area_rule: Annotated[Slug, Field(max_length=40, description="of the area's own deadline")]
    amount: Amount = None
    area_amount: Amount = None
    calendar: Annotated[str, Field(max_length=40, description="a slug; empty: the usual one")] = ""
    summary: Annotated[str, Field(max_length=400)] = ""
    keywords: Annotated[str, Field(max_length=500, description="other words that people use")] = ""
    kinds: Annotated[list[DemandKind], Field(min_length=1, max_length=6)] = Field(
        default_factory=lambda: [Kind.SOLICITACAO, Kind.RECLAMACAO]
    )
    location: Annotated[Service.Where, one_of(Service.Where)] = Service.Where.OPTIONAL
    allows_anonymous: Flag = True
    is_published: Flag = False
    is_public: Annotated[bool, Field(strict=True, description="its cases may be shown to everybody, reviewed")] = False
    coarse_location: Annotated[bool, Field(strict=True, description="only roughly where")] = False
    is_catch_all: Flag = False
    position: Position = 0
    who_may_ask: Text = ""
    what_is_needed: Text = ""
    steps: Text = ""
    how_long: Annotated[str, Field(max_length=300)] = ""
    channels: Text = ""
    where: Text = ""
    waiting_time: Annotated[str, Field(max_length=300)] = ""
    cost: Annotated[str, Field(max_length=200)] = ""
    legal_basis: Text = ""


class AreaIn(In):
    """A department that acts. Whoever is in charge of its parent hears when it is late."""

    name: Name
    parent: Pointer = ""
    email: Annotated[str, Field(max_length=254, description="where its alarms go, besides its managers")] = ""
    is_active: Flag = True


class PlaceIn(In):
    """A region, a district or a post where people are received."""

    name: Name
    kind: Annotated[Place.Kind, one_of(Place.Kind)]
    parent: Pointer = ""
    address: Annotated[str, Field(max_length=300)] = ""
    opening: Annotated[str, Field(max_length=200)] = ""
    boundary: Annotated[
        dict[str, Any] | None, Field(description="GeoJSON Polygon or MultiPolygon, longitude first (RFC 7946)")
    ] = None


class CalendarIn(In):
    """When the agency works. A deadline that runs keeps the calendar that it began with."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    timezone: Annotated[str, Field(max_length=40, description="IANA, America/Sao_Paulo")]
    country: Annotated[str, Field(min_length=2, max_length=2)]
    subdivision: Annotated[str, Field(max_length=5, description="SP, RJ…: its holidays count too")] = ""
    optional_holidays: Annotated[bool, Field(strict=True, description="carnival, Corpus Christi")] = True
    weekly: Annotated[list[Hours], Field(min_length=7, max_length=7, description="Monday first")]
    is_default: Annotated[bool, Field(strict=True, description="the usual one; it takes that from the other")] = False


class RuleIn(In):
    """A line of the responsibility matrix: the first that matches decides. A new one stands last."""

    area: Annotated[Slug, Field(description="that must act")]
    service: Pointer = ""
    group: Pointer = ""
    place: Annotated[str, Field(max_length=80, description="a region covers what lies in it")] = ""
    kind: Annotated[str, Field(max_length=12, description="of demand; empty: any")] = ""
    note: Annotated[str, Field(max_length=200, description="for colleagues")] = ""
    is_active: Flag = True


class RoleIn(In):
    """A named set of permissions. No key gives a permission that it does not hold in the whole agency."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    permissions: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=100)] = []
    mfa_required: Annotated[bool, Field(strict=True, description="needs a second factor to sign in")] = False


class ReplyIn(In):
    """A ready-made reply; with a note or a step that follows it is a macro."""

    shortcut: Annotated[str, Field(pattern=r"^[\w-]+$", max_length=40, description="attendants type / and this")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    body: Annotated[str, Field(min_length=1, max_length=4000, description="{name}, {protocol}… are filled in")]
    line: Annotated[str, Field(max_length=40, description="a line's slug; empty: all lines")] = ""
    language: Annotated[str, Field(max_length=5, description="pt-br, pt-pt, en…; empty: any")] = ""
    note: Annotated[str, Field(max_length=4000, description="for colleagues; a macro keeps it")] = ""
    then: Annotated[Afterwards, one_of(Afterwards)] = Afterwards.NOTHING
    to_line: Annotated[str, Field(max_length=40, description="where a macro hands over to")] = ""
    hours: Annotated[int | None, Field(strict=True, ge=1, le=1440, description="a macro puts off for")] = None
    is_active: Flag = True


def _keep_place(actor: Actor, place: Place) -> Place:
    kept = organization.change_place(actor=actor, place=place)
    POLYGONS.forget(kept.agency_id)
    return kept


GROUPS = Setting(
    path="groups", one="a group of services", model=ServiceGroup, body=GroupIn,
    keep=lambda actor, group: catalog.change_group(actor=actor, group=group),
    remove=lambda actor, group: catalog.remove_group(actor=actor, group=group),
)  # fmt: skip
SERVICES = Setting(
    path="services", one="a service", model=Service, body=ServiceIn,
    keep=lambda actor, service: offer_service(actor=actor, service=service),
    remove=lambda actor, service: catalog.remove_service(actor=actor, service=service),
    points={"group": ServiceGroup, "calendar": WorkingCalendar},
    also={"version_of_questions": (int, lambda service: service.current.number if service.current else 0)},
    description="Open demands keep the deadline and the questions that they began with.",
)  # fmt: skip
AREAS = Setting(
    path="areas", one="an area", model=Area, body=AreaIn,
    keep=lambda actor, area: change_area(actor=actor, area=area),
    remove=lambda actor, area: organization.remove_area(actor=actor, area=area),
    points={"parent": Area},
    description="It is switched off only when it has nothing left to do.",
)  # fmt: skip
PLACES = Setting(
    path="places", one="a place", model=Place, body=PlaceIn,
    keep=_keep_place,
    remove=lambda actor, place: organization.remove_place(actor=actor, place=place),
    points={"parent": Place}, heavy=("boundary",),
)  # fmt: skip
CALENDARS = Setting(
    path="calendars", one="a working calendar", model=WorkingCalendar, body=CalendarIn,
    keep=lambda actor, calendar: organization.change_calendar(actor=actor, calendar=calendar),
    remove=lambda actor, calendar: organization.remove_calendar(actor=actor, calendar=calendar),
    description="Dates that were promised already stay as they are.",
)  # fmt: skip
RULES = Setting(
    path="rules", one="a rule of the matrix", model=ResponsibilityRule, body=RuleIn,
    keep=lambda actor, rule: change_rule(actor=actor, rule=rule),
    remove=lambda actor, rule: remove_rule(actor=actor, rule=rule),
    points={"area": Area, "service": Service, "group": ServiceGroup, "place": Place},
    also={"position": (int, lambda rule: rule.position)},
    description="It holds for every case from now on. Try it first: `rules/try`.",
)  # fmt: skip
ROLES = Setting(
    path="roles", one="a role", model=Role, body=RoleIn, scope="staff.edit",
    keep=lambda actor, role: organization.change_role(actor=actor, role=role),
    remove=lambda actor, role: organization.remove_role(actor=actor, role=role),
    description="It holds at once for everybody who has it.",
)  # fmt: skip
SHORTCUTS = Setting(
    path="shortcuts", one="a ready-made reply", model=CannedReply, body=ReplyIn,
    keep=lambda actor, reply: change_reply(actor=actor, reply=reply),
    remove=lambda actor, reply: remove_reply(actor=actor, reply=reply),
    points={"line": Line, "to_line": Line},
    description="A variable that does not exist is refused.",
)  # fmt: skip
ALL = (GROUPS, SERVICES, AREAS, PLACES, CALENDARS, RULES, SHORTCUTS)
