"""Who is it, of which agency, and what may they do."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Any

from django.db.models import Q, QuerySet

from balcao.platform.actors import Actor
from balcao.platform.settled import settled

from .models import Agency, Area, Membership, Place, Staff, WorkingCalendar
from .permissions import AGENCY_ONLY
from .worktime import Calendar


def agency_for_host(host: str) -> Agency | None:
    """The agency whose portal answers at `host`, else the default one. None while there is no agency."""
    name = host.rsplit(":", 1)[0].lower()
    by_name = Q(hostname=name) | Q(is_default=True)
    return settled(("agency of", name), lambda: Agency.objects.filter(by_name).order_by("is_default").first())


def agency_known_as(pk: int) -> Agency | None:
    """The agency with this id. Remembered: a copy for the caller, who may change it."""
    return copy(settled(("agency", pk), lambda: Agency.objects.filter(pk=pk).first()))


def place_named(agency_id: int, slug: str | None) -> Place | None:
    """The place of this agency with this slug, with the places above it and without their polygons."""
    if not slug:
        return None
    return settled(("place", agency_id, slug), lambda: _places().filter(agency_id=agency_id, slug=slug).first())


def place_with(pk: int | None) -> Place | None:
    """The place with this id, with the places above it and without their polygons. Remembered: do not change it."""
    return settled(("place", pk), lambda: _places().get(pk=pk)) if pk else None


def _places() -> QuerySet[Place]:
    whole = Place.objects.select_related("parent__parent")
    return whole.defer("boundary", "parent__boundary", "parent__parent__boundary")


def area_with(pk: int) -> Area:
    """The area with this id, with its agency. Remembered: do not change it."""
    return settled(("area", pk), lambda: Area.objects.select_related("agency").get(pk=pk))


def memberships_of(staff: Staff) -> QuerySet[Membership]:
    """Where somebody works, and in which roles."""
    return Membership.objects.filter(staff=staff).select_related("role")


def actor_of(staff: Staff, memberships: Sequence[Membership] | None = None) -> Actor:
    """A member of staff as an actor: what each role allows, where that role was given. One query, none for whoever
    brings their `memberships`.

    A membership without an area reaches the whole agency; one with an area reaches that area and no other."""
    memberships = list(memberships_of(staff)) if memberships is None else memberships
    wide = frozenset(p for m in memberships if m.area_id is None for p in m.role.permissions)
    local = frozenset(
        (p, m.area_id) for m in memberships if m.area_id for p in m.role.permissions if p not in wide | AGENCY_ONLY
    )
    return Actor(
        kind="staff",
        id=staff.pk,
        agency_id=staff.agency_id,
        permissions=wide | {permission for permission, _area in local},
        area_ids=frozenset(m.area_id for m in memberships if m.area_id),
        local=local,
    )


def managers_of(area: Area, level: int = 0) -> QuerySet[Staff]:
    """Who manages `area`, or the area `level` steps above it; past the top, the agency's supervisors."""
    for _ in range(level):
        if area.parent is None:
            return staff_with(area.agency_id, "report.review", memberships__area=None)
        area = area.parent
    return staff_with(area.agency_id, "order.assign", memberships__area=area)


def staff_with(agency_id: int, permission: str, **where: Any) -> QuerySet[Staff]:
    """Active staff of an agency who hold `permission` in some role; `where` narrows that very membership."""
    if permission in AGENCY_ONLY:
        where["memberships__area"] = None
    return Staff.objects.filter(
        agency_id=agency_id, is_active=True, memberships__role__permissions__contains=[permission], **where
    ).distinct()


def mfa_required(staff: Staff) -> bool:
    """Whether any role of `staff` demands a second factor."""
    return Membership.objects.filter(staff=staff, role__mfa_required=True).exists()


def calendar_for(agency_id: int, calendar_id: int | None = None) -> Calendar:
    """The working calendar with this id, else the agency's default one, else plain office hours. Remembered."""
    return settled(("calendar", agency_id, calendar_id), lambda: _calendar_for(agency_id, calendar_id))


def _calendar_for(agency_id: int, calendar_id: int | None) -> Calendar:
    wanted = Q(pk=calendar_id) if calendar_id else Q(is_default=True)
    calendar = WorkingCalendar.objects.filter(wanted, agency_id=agency_id).prefetch_related("holidays").first()
    if calendar is not None:
        return calendar.value()
    agency = Agency.objects.get(pk=agency_id)
    return Calendar.office(agency.timezone, agency.jurisdiction)
