"""Colleagues and their roles. No key gives a role that allows more than it holds itself, or touches a colleague who may
do more: what the actions ask of people, they ask of keys."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.inbox.inviting import invite_staff, send_invitation
from balcao.organization.actions import change_staff, give_role, reset_second_factor, take_role
from balcao.organization.models import Agency, Area, Role, Staff
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .acts import Acts
from .door import ERRORS, KeyRequest, agency_of, scoped, seen
from .own import own
from .settings.keeping import serve
from .settings.kinds import ROLES
from .words import Change, In, Named, Slug, named

router, roles = Router(tags=["staff"]), Router(tags=["staff"])
PAGE = 50
Locale = Literal["pt-br", "pt-pt", "en"]
Mail = Annotated[str, Field(min_length=3, max_length=254, description="they sign in with it")]


class Given(In):
    """A role, and where it holds: in one area, or, said in so many words, everywhere."""

    role: Annotated[Slug, Field(description="a slug: see `/roles`")]
    area: str = Field("", max_length=80, description="a slug")
    everywhere: bool = Field(False, strict=True)


class Invitation(Given):
    name: str = Field(min_length=1, max_length=120)
    email: Mail
    locale: Locale | None = None


class PersonIn(In):
    name: Annotated[str, Field(min_length=1, max_length=120)]
    email: Mail
    locale: Locale
    is_active: Annotated[bool, Field(strict=True, description="off: they cannot sign in; what they did stays")]


class PersonChange(Change, PersonIn):
    """What is left out stays as it is."""


class Held(Schema):
    id: int
    role: Named
    area: Named | None = Field(description="empty: in the whole agency")


class PersonOut(Schema):
    id: int
    version: int
    name: str
    email: str
    locale: str
    is_active: bool
    roles: list[Held]
    invited: bool = Field(description="they have not set a password yet")
    created_at: datetime


class PeoplePage(Schema):
    staff: list[PersonOut]
    next: int | None = Field(description="give it as `after` for the next page; empty on the last one")


class Wanted(In):
    q: str = Field("", max_length=100, description="a part of a name or an e-mail")
    active: bool | None = None
    after: int = Field(0, ge=0, le=2**63 - 1, description="`next` of the page before")


class Taken(In):
    id: int = Field(strict=True, ge=1, le=2**63 - 1, description="of the role that they hold")


def _staff(actor: Actor) -> QuerySet[Staff]:
    mine = Staff.objects.filter(agency_id=agency_of(actor)).select_related("agency")
    return mine.prefetch_related("memberships__role", "memberships__area")


def person_of(actor: Actor, pk: int) -> Staff:
    found = _staff(actor).filter(pk=pk if 0 < pk < 2**63 else 0).first()
    if found is None:
        raise Http404
    return found


def again(actor: Actor, person: Staff) -> dict[str, Any]:
    return _told(person_of(actor, person.pk), history.last_change(person))


acts = Acts(router, "person", int, person_of, again, PersonOut)


@router.get("", response={200: PeoplePage, **ERRORS}, summary="Who works here")
@scoped("staff.edit")
def list_staff(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    found = _staff(request.auth).filter(pk__gt=wanted.after)
    if wanted.q:
        found = found.filter(Q(name__icontains=wanted.q) | Q(email__icontains=wanted.q))
    if wanted.active is not None:
        found = found.filter(is_active=wanted.active)
    rows = list(found.order_by("pk")[: PAGE + 1])
    seen(request, "staff", [person.pk for person in rows[:PAGE]], "staff")
    versions = history.last_changes(Staff, [person.pk for person in rows])
    told = [_told(person, versions.get(person.pk, 0)) for person in rows[:PAGE]]
    return {"staff": told, "next": rows[PAGE - 1].pk if len(rows) > PAGE else None}


@router.post("", response={201: PersonOut, **ERRORS}, summary="Invite a colleague")
@scoped("staff.edit")
def invite(request: KeyRequest, body: Invitation) -> Any:
    """They get a letter with a link and choose their own password."""
    actor = request.auth
    agency = Agency.objects.get(pk=agency_of(actor))
    made = invite_staff(
        actor=actor, agency=agency, name=body.name, email=body.email, locale=body.locale or "", **_given(actor, body)
    )
    return Status(201, again(actor, made))


@router.get("/{person}", response={200: PersonOut, **ERRORS}, summary="One colleague")
@scoped("staff.edit")
def read_person(request: KeyRequest, person: int) -> Any:
    found = person_of(request.auth, person)
    seen(request, "staff", [found.pk], "staff")
    return again(request.auth, found)


@router.patch("/{person}", response={200: PersonOut, **ERRORS}, summary="Change a colleague, or switch them off")
@scoped("staff.edit")
def change_person(request: KeyRequest, person: int, body: PersonChange) -> Any:
    return again(request.auth, _change(request.auth, person_of(request.auth, person), body))


@action
def _change(actor: Actor, person: Staff, body: PersonChange) -> Staff:
    fresh = Staff.objects.select_for_update(of=("self",)).get(pk=person.pk)
    history.unchanged_since(fresh, body.version)
    for name, value in body.given().items():
        setattr(fresh, name, value)
    return change_staff(actor=actor, staff=fresh)


@acts.on("roles", "staff.edit", summary="Give a role", status=201)
def give(actor: Actor, person: Staff, body: Given) -> None:
    """Twice is once."""
    give_role(actor=actor, staff=person, **_given(actor, body))


@acts.on("take-role", "staff.edit", summary="Take a role away")
def take(actor: Actor, person: Staff, body: Taken) -> None:
    """Not from the last administrator."""
    membership = person.memberships.select_related("staff", "role").filter(pk=body.id).first()
    if membership is None:
        raise Invalid(_("They hold no such role."), field="id")
    take_role(actor=actor, membership=membership)


@acts.on("invite", "staff.edit", summary="Send the invitation again")
def invite_again(actor: Actor, person: Staff) -> None:
    send_invitation(actor=actor, staff=person)


@acts.on("reset-second-factor", "staff.edit", summary="Forget a lost second factor")
def forget_factor(actor: Actor, person: Staff) -> None:
    """They set up a new one when they next sign in."""
    reset_second_factor(actor=actor, staff=person)


serve(roles, ROLES)


def _given(actor: Actor, body: Given) -> dict[str, Any]:
    area = own(actor, Area, body.area) if body.area else None
    return {"role": own(actor, Role, body.role), "area": area, "everywhere": body.everywhere}


def _told(person: Staff, version: int) -> dict[str, Any]:
    held = sorted(person.memberships.all(), key=lambda one: one.pk)
    return {
        "id": person.pk,
        "version": version,
        **{name: getattr(person, name) for name in ("name", "email", "locale", "is_active", "created_at")},
        "roles": [{"id": one.pk, "role": named(one.role), "area": named(one.area)} for one in held],
        "invited": not person.has_usable_password(),
    }
