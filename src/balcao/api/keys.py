"""Keys by a key: never more than it has itself, as `organization.actions.keys` says. A secret is told once."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import Field

from balcao.organization.actions import change_key, make_key, revoke_key
from balcao.organization.models import ApiKey, Area
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor

from .acts import Acts
from .door import ERRORS, KeyRequest, agency_of, scoped
from .own import own_many
from .words import Change, In, Moment, Slug

router = Router(tags=["keys"])


class KeyIn(In):
    """Everything of it within what the calling key has: its scopes, its areas, its quotas."""

    name: Annotated[str, Field(min_length=1, max_length=80, description="which system uses it, and who answers for it")]
    scopes: Annotated[list[Annotated[str, Field(max_length=40)]], Field(min_length=1, max_length=50)]
    areas: Annotated[list[Slug], Field(max_length=500, description="slugs; none: the whole agency")] = []
    per_minute: Annotated[int, Field(strict=True, ge=1, le=60_000, description="calls")] = 120
    per_day: Annotated[int, Field(strict=True, ge=1, le=50_000_000, description="calls")] = 20_000
    expires_at: Annotated[Moment | None, Field(description="empty: until somebody revokes it")] = None


class KeyChange(Change, KeyIn):
    """What is left out stays as it is."""


class KeyOut(Schema):
    id: int
    version: int
    name: str
    prefix: str = Field(description="with which it begins")
    scopes: list[str]
    areas: list[str] = Field(description="slugs; none: the whole agency")
    per_minute: int
    per_day: int
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None = Field(description="to the hour")
    created_at: datetime
    made_by: int | None = Field(description="the key that made it, with which it ends")
    works: bool = Field(description="neither revoked nor past its date, and its maker neither")


class KeyMade(KeyOut):
    secret: str = Field(description="the key itself: keep it now, nobody is told it again")


def _keys(actor: Actor) -> QuerySet[ApiKey]:
    return ApiKey.objects.filter(agency_id=agency_of(actor)).select_related("made_by")


def key_of(actor: Actor, pk: int) -> ApiKey:
    found = _keys(actor).filter(pk=pk if 0 < pk < 2**63 else 0).first()
    if found is None:
        raise Http404
    return found


def again(actor: Actor, key: ApiKey) -> dict[str, Any]:
    return _told(actor, [key_of(actor, key.pk)])[0]


acts = Acts(router, "key", int, key_of, again, KeyOut)


@router.get("", response={200: list[KeyOut], **ERRORS}, summary="The keys, without their secrets")
@scoped("staff.edit")
def list_keys(request: KeyRequest) -> Any:
    """The newest first, those that open nothing any more among them."""
    return _told(request.auth, list(_keys(request.auth).order_by("-pk")))


@router.post("", response={201: KeyMade, **ERRORS}, summary="Make a key")
@scoped("staff.edit")
def add_key(request: KeyRequest, body: KeyIn) -> Any:
    """It ends with the key that made it, counts against its quotas too, and makes none itself."""
    actor = request.auth
    made, secret = make_key(actor=actor, key=_with(actor, ApiKey(agency_id=agency_of(actor)), body.model_dump()))
    return Status(201, {**again(actor, made), "secret": secret})


@router.get("/{key}", response={200: KeyOut, **ERRORS}, summary="One key")
@scoped("staff.edit")
def read_key(request: KeyRequest, key: int) -> Any:
    return again(request.auth, key_of(request.auth, key))


@router.patch("/{key}", response={200: KeyOut, **ERRORS}, summary="Change a key")
@scoped("staff.edit")
def change_one_key(request: KeyRequest, key: int, body: KeyChange) -> Any:
    """It holds from that key's next call on. One that has more than the calling key is refused (403)."""
    return again(request.auth, _change(request.auth, key_of(request.auth, key), body))


@action
def _change(actor: Actor, key: ApiKey, body: KeyChange) -> ApiKey:
    fresh = ApiKey.objects.select_for_update(of=("self",)).get(pk=key.pk)
    history.unchanged_since(fresh, body.version)
    return change_key(actor=actor, key=_with(actor, fresh, body.given()))


@acts.on("revoke", "staff.edit", summary="It opens nothing from now on")
def revoke(actor: Actor, key: ApiKey) -> None:
    """For good, with every key that it made. A key may revoke itself."""
    revoke_key(actor=actor, key=key)


def _with(actor: Actor, key: ApiKey, given: dict[str, Any]) -> ApiKey:
    if "areas" in given:
        key.area_ids = [area.pk for area in own_many(actor, Area, given.pop("areas"), "areas")]
    for name, value in given.items():
        setattr(key, name, value)
    return key


def _told(actor: Actor, keys: list[ApiKey]) -> list[dict[str, Any]]:
    versions = history.last_changes(ApiKey, [key.pk for key in keys])
    slugs = dict(Area.objects.filter(agency_id=agency_of(actor)).values_list("pk", "slug"))
    plain = (
        "name", "prefix", "scopes", "per_minute", "per_day", "expires_at", "revoked_at", "last_used_at", "created_at",
    )  # fmt: skip
    return [
        {
            "id": key.pk,
            "version": versions.get(key.pk, 0),
            "areas": [slugs[pk] for pk in key.area_ids if pk in slugs],
            "made_by": key.made_by_id,
            "works": key.works(),
            **{name: getattr(key, name) for name in plain},
        }
        for key in keys
    ]
