"""Meta's way in. 200 means that every item of the batch is durable; whatever is not signed learns nothing.

A batch may have 3 MB ("Webhooks: payloads can be up to 3 MB", Meta's Cloud API), and one that is refused comes again as
it was, until Meta gives it up: so the cap leaves room above that, and what it refuses stands on the operator's page."""

from __future__ import annotations

import hmac
from datetime import datetime
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from balcao.platform import faults
from balcao.platform.action import action

from . import wire
from .jobs import take_in_soon
from .models import Arrival, MetaApp

CAP = 4_000_000  # bytes of a body
log = structlog.get_logger()


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """GET: Meta asks whether we know the token. POST: a batch."""
    app = MetaApp.objects.filter(hook=uuid).first()
    return _challenge(request, app) if request.method == "GET" else _batch(request, app)


def _challenge(request: HttpRequest, app: MetaApp | None) -> HttpResponse:
    asked = request.GET
    right = hmac.compare_digest(
        asked.get("hub.verify_token", "").encode("utf-8", "replace"), (app.verify_token if app else "-").encode()
    )
    if app is None or not right or asked.get("hub.mode") != "subscribe":
        return _plain("", 403)
    return _plain(asked.get("hub.challenge", "")[:200], 200)


def _batch(request: HttpRequest, app: MetaApp | None) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > CAP:
        return _too_large(app)
    body = request.read(CAP + 1)
    if len(body) > CAP:
        return _too_large(app)
    # An unknown address is answered as late as a known one.
    right = signed(app.secret if app else "-", body, request.headers.get("X-Hub-Signature-256", ""))
    if app is None or not right:
        log.info("whatsapp_not_signed", known=app is not None)
        return _plain("", 403)
    keep(app, body, timezone.now())
    return _plain("", 200)


def _too_large(app: MetaApp | None) -> HttpResponse:
    """Nobody has checked its signature, but only Meta and we know the address: one fault an app, however often."""
    log.warning("whatsapp_batch_too_large", known=app is not None)
    if app is not None:
        reason = f"A delivery for the app {app.name} was over {CAP // 1_000_000} MB and was not taken."
        faults.record("whatsapp", f"large:{app.pk}", reason, data={"why": reason})
    return _plain("", 413)


def signed(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` is "sha256=" and the HMAC-SHA256 of the raw body by the app's secret, compared in constant
    time (Meta, "Webhooks: validate payloads")."""
    right = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


@action
def keep(app: MetaApp, body: bytes, now: datetime) -> None:
    """Every item of the batch, in one transaction with the job that takes them in. What is here already stays."""
    rows = [
        Arrival(
            app=app,
            phone_number_id=item.phone_number_id[:40],
            kind=item.kind,
            key=item.key,
            packed=wire.pack(item),
            arrived_at=now,
            next_try_at=now,
        )
        for item in wire.split(body)
    ]
    if rows:
        Arrival.objects.bulk_create(rows, ignore_conflicts=True)
        take_in_soon()


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
