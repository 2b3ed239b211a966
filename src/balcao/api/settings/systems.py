"""The other system of an area: where its orders go, and those of which nobody knows whether they arrived."""

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404
from django.utils.translation import gettext as _
from ninja import Router, Schema, Status
from pydantic import Field

from balcao.organization.models import Area
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.workorders.actions import change_system, settle_doubt
from balcao.workorders.models import RemoteOrder, RemoteSystem

from ..door import ERRORS, KeyRequest, scoped
from ..own import outside_address
from ..words import Change, In, one_of
from .kinds import AREAS

router = Router(tags=["settings"])
MOST = 50  # doubts that one call tells of


class SystemIn(In):
    """An area's other system. Its orders go there; who asked, and reports of wrongdoing, are never told."""

    connector: Annotated[RemoteSystem.Connector, one_of(RemoteSystem.Connector)]
    url: Annotated[str, Field(min_length=8, max_length=500, description="at a public address: https:// or http://")]
    secret: Annotated[
        str, Field(min_length=1, max_length=300, description="its key or the shared secret: kept, and never told again")
    ]
    jurisdiction: Annotated[str, Field(max_length=100, description="where the other system serves several")] = ""
    service_code: Annotated[str, Field(max_length=100, description="its code for services that `codes` lacks")] = ""
    codes: Annotated[
        dict[str, Annotated[str, Field(min_length=1, max_length=100)]],
        Field(max_length=1000, description="the slug of our service: its code"),
    ] = {}
    repeats_safely: Annotated[bool, Field(strict=True, description="it knows a repeat by its Idempotency-Key")] = False
    is_active: Annotated[bool, Field(strict=True, description="off: new orders stay here, nothing is asked there")] = (
        True
    )


class SystemChange(Change, SystemIn):
    """What is left out stays as it is; an area without a system gets one, and then it needs the first three."""


class SystemOut(Schema):
    version: int
    connector: str
    url: str
    jurisdiction: str
    service_code: str
    codes: dict[str, str]
    repeats_safely: bool
    is_active: bool


class DoubtOut(Schema):
    id: int
    case: str = Field(description="the protocol")
    order: int
    why: str
    made_at: datetime


class Settled(In):
    """A person has looked there: it has this number, or (`again`) it is not there and may be sent once more."""

    reference: str = Field("", max_length=120, description="its number there")
    again: bool = Field(False, strict=True)


@router.get("/areas/{area}/system", response={200: SystemOut, **ERRORS}, summary="The other system of an area")
@scoped("settings.edit")
def read_system(request: KeyRequest, area: str) -> Any:
    system = _system(AREAS.find(request.auth, area))
    if system is None:
        raise Http404
    return _told(system)


@router.patch("/areas/{area}/system", response={200: SystemOut, **ERRORS}, summary="Set or change an area's system")
@scoped("settings.edit")
def change_area_system(request: KeyRequest, area: str, body: SystemChange) -> Any:
    """Orders that were issued before go there too, as long as they are at work."""
    found = AREAS.find(request.auth, area)
    if "url" in body.given():
        outside_address(body.url, resolves=False)  # it may be down just now
    return _told(_change(request.auth, found, body))


@action
def _change(actor: Actor, area: Area, body: SystemChange) -> RemoteSystem:
    Area.objects.select_for_update(of=("self",)).get(pk=area.pk)
    system = _system(area) or RemoteSystem(agency_id=area.agency_id, area=area)
    if system.pk:
        history.unchanged_since(system, body.version)
    for name, value in body.given().items():
        setattr(system, name, value)
    return change_system(actor=actor, system=system)


@router.get(
    "/areas/{area}/system/doubts", response={200: list[DoubtOut], **ERRORS}, summary="Orders that perhaps arrived there"
)
@scoped("settings.edit")
def list_doubts(request: KeyRequest, area: str) -> Any:
    """Up to fifty: look for each there, and settle it."""
    doubts = _doubts(AREAS.find(request.auth, area)).select_related("order__case").order_by("pk")[:MOST]
    return [
        {
            "id": one.pk,
            "case": one.order.case.protocol,
            "order": one.order_id,
            "why": one.last_error,
            "made_at": one.made_at,
        }
        for one in doubts
    ]


@router.post("/areas/{area}/system/doubts/{doubt}/settle", response={204: None, **ERRORS}, summary="Settle a doubt")
@scoped("settings.edit")
def settle(request: KeyRequest, area: str, doubt: int, body: Settled) -> Any:
    found = (
        _doubts(AREAS.find(request.auth, area)).select_related("system").filter(pk=doubt if 0 < doubt < 2**63 else 0)
    )
    remote, reference = found.first(), body.reference.strip()
    if remote is None:
        raise Http404
    if bool(reference) == body.again:
        raise Invalid(
            _("Give its number there, or say that it is to be sent again: one of the two."), field="reference"
        )
    settle_doubt(actor=request.auth, remote=remote, reference=reference)
    return Status(204, None)


def _system(area: Area) -> RemoteSystem | None:
    return RemoteSystem.objects.filter(area=area).select_related("area").first()


def _doubts(area: Area) -> Any:
    return RemoteOrder.objects.filter(system__area=area, state=RemoteOrder.State.UNKNOWN)


def _told(system: RemoteSystem) -> dict[str, Any]:
    plain = ("connector", "url", "jurisdiction", "service_code", "codes", "repeats_safely", "is_active")
    return {"version": history.last_change(system), **{name: getattr(system, name) for name in plain}}
