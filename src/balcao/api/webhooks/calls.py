"""Webhooks by a key: as on their page in the console. A secret is told when it is made, and never again."""

from datetime import datetime
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import Http404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..acts import Acts
from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..own import outside_address
from ..words import Change, In, one_of
from .actions import change_subscription, remove_subscription, renew_secret, replay
from .kinds import KINDS
from .models import Outgoing, Subscription

router = Router(tags=["webhooks"])
PAGE = 50


class WebhookIn(In):
    """An address, and what it is told from now on."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    url: Annotated[str, Field(min_length=8, max_length=500, description="at a public address: https:// or http://")]
    kinds: Annotated[
        list[Annotated[str, Field(max_length=60)]],
        Field(min_length=1, max_length=100, description="see `/webhooks/kinds`"),
    ]
    is_active: Annotated[bool, Field(strict=True, description="off: what happens meanwhile is not told later")] = True


class WebhookChange(Change, WebhookIn):
    """What is left out stays as it is."""


class WebhookOut(Schema):
    id: int
    version: int
    name: str
    url: str
    kinds: list[str]
    is_active: bool
    created_at: datetime
    old_until: datetime | None = Field(description="until then the secret before signs too")


class WebhookMade(WebhookOut):
    secret: str = Field(description="whsec_…, what its messages are signed with: keep it now, it is told once")


class Wanted(In):
    state: Annotated[Outgoing.State, one_of(Outgoing.State)] | None = None
    before: int = Field(2**63 - 1, ge=1, le=2**63 - 1, description="`next` of the page before")


class TryOut(Schema):
    at: datetime
    status: int | None = Field(description="of HTTP; empty where nobody answered")
    error: str
    milliseconds: int


class MessageOut(Schema):
    id: int
    webhook_id: str = Field(description="the receiver's key against repeats: the same at every try")
    kind: str
    state: str = Field(description="queued, done or dead")
    body: str = Field(description="the very text that is sent: JSON")
    created_at: datetime
    next_try_at: datetime | None = Field(description="of one on its way")
    attempts: list[TryOut]


class MessagePage(Schema):
    messages: list[MessageOut]
    next: int | None = Field(description="give it as `before` for the next page; empty on the last one")


def _webhooks(actor: Actor) -> QuerySet[Subscription]:
    return Subscription.objects.filter(agency_id=agency_of(actor))


def webhook_of(actor: Actor, pk: int) -> Subscription:
    found = _webhooks(actor).filter(pk=pk if 0 < pk < 2**63 else 0).first()
    if found is None:
        raise Http404
    return found


def again(actor: Actor, webhook: Subscription) -> dict[str, Any]:
    return _told([webhook_of(actor, webhook.pk)])[0]


def with_secret(actor: Actor, webhook: Subscription) -> dict[str, Any]:
    return {**again(actor, webhook), "secret": webhook_of(actor, webhook.pk).secret}


acts = Acts(router, "webhook", int, webhook_of, with_secret, WebhookMade)


@router.get("", response={200: list[WebhookOut], **ERRORS}, summary="The webhooks, without their secrets")
@scoped("settings.edit")
def list_webhooks(request: KeyRequest) -> Any:
    return _told(list(_webhooks(request.auth).order_by("name", "pk")))


@router.get("/kinds", response={200: dict[str, str], **ERRORS}, summary="What a webhook can be told")
@scoped("settings.edit")
def list_kinds(request: KeyRequest) -> Any:
    return {kind: str(words) for kind, words in KINDS.items()}


@router.post("", response={201: WebhookMade, **ERRORS}, summary="Add a webhook")
@scoped("settings.edit")
def add_webhook(request: KeyRequest, body: WebhookIn) -> Any:
    actor = request.auth
    outside_address(body.url, resolves=True)
    fresh = Subscription(agency_id=agency_of(actor), **body.model_dump())
    return Status(201, with_secret(actor, change_subscription(actor=actor, subscription=fresh)))


@router.get("/{webhook}", response={200: WebhookOut, **ERRORS}, summary="One webhook")
@scoped("settings.edit")
def read_webhook(request: KeyRequest, webhook: int) -> Any:
    return again(request.auth, webhook_of(request.auth, webhook))


@router.patch("/{webhook}", response={200: WebhookOut, **ERRORS}, summary="Change a webhook, or switch it off")
@scoped("settings.edit")
def change_webhook(request: KeyRequest, webhook: int, body: WebhookChange) -> Any:
    found = webhook_of(request.auth, webhook)
    if "url" in body.given():
        outside_address(body.url, resolves=True)
    return again(request.auth, _change(request.auth, found, body))


@action
def _change(actor: Actor, webhook: Subscription, body: WebhookChange) -> Subscription:
    fresh = Subscription.objects.select_for_update().get(pk=webhook.pk)
    history.unchanged_since(fresh, body.version)
    for name, value in body.given().items():
        setattr(fresh, name, value)
    return change_subscription(actor=actor, subscription=fresh)


@router.delete("/{webhook}", response={204: None, **ERRORS}, summary="Remove a webhook")
@scoped("settings.edit")
def remove_webhook(request: KeyRequest, webhook: int) -> Any:
    """With what it was told and what still waited."""
    remove_subscription(actor=request.auth, subscription=webhook_of(request.auth, webhook))
    return Status(204, None)


@acts.on("renew-secret", "settings.edit", summary="Make a new secret")
def renew(actor: Actor, webhook: Subscription) -> None:
    """For a day the old one signs too."""
    renew_secret(actor=actor, subscription=webhook)


@router.get("/{webhook}/messages", response={200: MessagePage, **ERRORS}, summary="What it was told, with each try")
@scoped("settings.edit")
def list_messages(request: KeyRequest, webhook: int, wanted: Query[Wanted]) -> Any:
    """Up to fifty of the last thirty days, the newest first."""
    found = Outgoing.objects.filter(subscription=webhook_of(request.auth, webhook), pk__lt=wanted.before)
    if wanted.state:
        found = found.filter(state=wanted.state)
    rows = list(found.prefetch_related("attempts").order_by("-pk")[: PAGE + 1])
    return {
        "messages": [_message(one) for one in rows[:PAGE]],
        "next": rows[PAGE - 1].pk if len(rows) > PAGE else None,
    }


@router.post("/{webhook}/messages/{message}/replay", response={200: MessageOut, **ERRORS}, summary="Tell it again")
@scoped("settings.edit")
def tell_again(request: KeyRequest, webhook: int, message: int) -> Any:
    """At once, whatever became of it; the receiver sees the same `webhook-id`."""
    told = Outgoing.objects.filter(subscription=webhook_of(request.auth, webhook)).select_related("subscription")
    found = told.filter(pk=message if 0 < message < 2**63 else 0).first()
    if found is None:
        raise Http404
    return _message(replay(actor=request.auth, message=found))


def _told(webhooks: list[Subscription]) -> list[dict[str, Any]]:
    versions = history.last_changes(Subscription, [one.pk for one in webhooks])
    plain = ("name", "url", "kinds", "is_active", "created_at", "old_until")
    return [
        {"id": one.pk, "version": versions.get(one.pk, 0), **{name: getattr(one, name) for name in plain}}
        for one in webhooks
    ]


def _message(one: Outgoing) -> dict[str, Any]:
    plain = {name: getattr(one, name) for name in ("kind", "state", "body", "created_at")}
    tries = [{n: getattr(a, n) for n in ("at", "status", "error", "milliseconds")} for a in one.attempts.all()]
    waits = one.next_try_at if one.state == Outgoing.State.QUEUED else None
    return {"id": one.pk, "webhook_id": one.message_id, **plain, "next_try_at": waits, "attempts": tries}
