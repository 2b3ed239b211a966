"""Meta's way in. 200 means that every item of the batch is durable; whatever is not signed learns nothing.

A batch may have 3 MB ("Webhooks: payloads can be up to 3 MB", Meta's Cloud API), and one that is refused comes again as
it was, until Meta gives it up: so the cap leaves room above that, and what it refuses stands on the operator's page."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from balcao.platform import faults, rows
from balcao.platform.crypto import encrypt

from . import wire
from .jobs import take_in
from .models import MetaApp

SIGNATURE = "X-Hub-Signature-256"
CAP = 4_000_000  # bytes of a body
REMEMBERED = 10.0  # seconds that a process knows an app's secret: so long an old one still holds after a change
KEEP = """
INSERT INTO whatsapp_arrival
    (app_id, phone_number_id, kind, key, packed, arrived_at, attempts, next_try_at, reason)
SELECT %s::bigint, number, kind, decode(key, 'hex'), packed, %s::timestamptz, 0, %s::timestamptz, ''
FROM json_to_recordset(%s::json) AS item (number text, kind text, key text, packed text)
ON CONFLICT DO NOTHING
"""  # all of a batch in one statement, whatever its size: one plan, and nothing of the ORM for each item
log = structlog.get_logger()


@dataclass(frozen=True)
class Known:
    """What a delivery needs of its app."""

    pk: int
    secret: str
    until: float


_known: dict[UUID, Known] = {}


@csrf_exempt
@require_http_methods(["GET", "POST"])
def hook(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """GET: Meta asks whether we know the token. POST: a batch."""
    return _challenge(request, uuid) if request.method == "GET" else _batch(request, uuid)


def _challenge(request: HttpRequest, hook: UUID) -> HttpResponse:
    app, asked = MetaApp.objects.filter(hook=hook).first(), request.GET
    right = hmac.compare_digest(
        asked.get("hub.verify_token", "").encode("utf-8", "replace"), (app.verify_token if app else "-").encode()
    )
    if app is None or not right or asked.get("hub.mode") != "subscribe":
        return _plain("", 403)
    return _plain(asked.get("hub.challenge", "")[:200], 200)


def _batch(request: HttpRequest, hook: UUID) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > CAP:
        return _too_large(_app(hook))
    body = request.read(CAP + 1)
    if len(body) > CAP:
        return _too_large(_app(hook))
    return _plain("", taken(hook, body, request.headers.get(SIGNATURE, "")))


def delivered(rest: str, body: bytes, headers: Mapping[str, str]) -> int:
    """A POST to "<rest of the path>", on the short way (`config.hooks`): the status."""
    try:
        hook = UUID(rest.removesuffix("/"))
    except ValueError:
        return 404
    return taken(hook, body, headers.get(SIGNATURE.lower(), ""))


def taken(hook: UUID, body: bytes, signature: str) -> int:
    """200: it was signed by the app that has this address, and each of its items is durable. 403 otherwise."""
    app = _app(hook)
    # An unknown address is answered as late as a known one.
    right = signed(app.secret if app else "-", body, signature)
    if app is None or not right:
        log.info("whatsapp_not_signed", known=app is not None)
        return 403
    keep(app.pk, body, timezone.now())
    return 200


def _app(hook: UUID) -> Known | None:
    """As it was within the last ten seconds."""
    found = _known.get(hook)
    if found is None or found.until < time.monotonic():
        _known.pop(hook, None)
        app = MetaApp.objects.filter(hook=hook).first()
        if app is None:
            return None
        found = _known[hook] = Known(app.pk, app.secret, time.monotonic() + REMEMBERED)
    return found


def _too_large(app: Known | None) -> HttpResponse:
    """Nobody has checked its signature, but only Meta and we know the address: one fault an app, however often."""
    log.warning("whatsapp_batch_too_large", known=app is not None)
    if app is not None:
        name = MetaApp.objects.values_list("name", flat=True).get(pk=app.pk)
        reason = f"A delivery for the app {name} was over {CAP // 1_000_000} MB and was not taken."
        faults.record("whatsapp", f"large:{app.pk}", reason, data={"why": reason})
    return _plain("", 413)


def signed(secret: str, body: bytes, given: str) -> bool:
    """Whether `given` is "sha256=" and the HMAC-SHA256 of the raw body by the app's secret, compared in constant
    time (Meta, "Webhooks: validate payloads")."""
    right = "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex()
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


def keep(app_id: int, body: bytes, now: datetime) -> None:
    """Every item of the batch and the job that takes them in, all or nothing. What is here already stays."""
    items = [
        {
            "number": item.phone_number_id[:40],
            "kind": item.kind,
            "key": item.key.hex(),
            "packed": encrypt(wire.pack(item)),
        }
        for item in wire.split(body)
    ]
    if items:
        moment = now.isoformat()
        rows.once(KEEP, [str(app_id), moment, moment, json.dumps(items)], (take_in.queue, take_in.name, "{}"))


def _plain(text: str, status: int) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
