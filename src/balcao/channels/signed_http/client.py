"""Any system that takes JSON over HTTP and checks a signature: the small protocol of README.md."""

from __future__ import annotations

import hmac
import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from balcao.platform import outside
from balcao.platform.text import clean_text
from balcao.workorders.models import RemoteSystem
from balcao.workorders.remote import Errand, News, NotForwarded, NothingSent, NotTaken, NoWay, Perhaps

SECONDS = 15.0


def signature(secret: str, moment: str, method: str, target: str, body: bytes) -> str:
    """`sha256=` and the hexadecimal HMAC-SHA256, by the shared secret, of moment, method, path with query, and body,
    joined by line ends."""
    text = "\n".join([moment, method, target, ""]).encode() + body
    return "sha256=" + hmac.digest(secret.encode(), text, "sha256").hex()


class SignedHttp:
    """See `workorders.remote.Connector`. The protocol demands that a repeat with the same Idempotency-Key opens
    nothing, so a doubt is settled by sending once more."""

    def send(self, system: RemoteSystem, errand: Errand) -> str:
        body = {
            "key": str(errand.key),
            "mark": errand.mark,
            "service": {"code": errand.service_code, "name": errand.service_name},
            "description": errand.description,
            "address": errand.address,
            "lat": errand.lat,
            "lon": errand.lon,
            "opened_at": errand.opened_at.isoformat(),
            "due_at": errand.due_at.isoformat() if errand.due_at else None,
            "media_urls": list(errand.media),
            "files_kept_back": errand.kept_back,
        }
        try:
            answer = _ask(system, "POST", system.url, json.dumps(body).encode(), {"Idempotency-Key": str(errand.key)})
        except (outside.Unreached, outside.NotOutside) as error:
            raise NothingSent(error.log) from error
        except outside.OutsideError as error:
            raise Perhaps(error.log) from error
        if answer.status == 429:
            raise NothingSent("it answered 429: too much at once")
        if 400 <= answer.status < 500 and answer.status not in (408, 409, 425):
            raise NotTaken(f"it answered {answer.status}")
        if not answer.ok:
            raise Perhaps(f"it answered {answer.status}")
        found = _read(answer.body, Perhaps)
        reference = _said(found, "reference") if isinstance(found, dict) else ""
        if not reference:
            raise Perhaps("it answered without a reference")
        return reference

    def find(self, system: RemoteSystem, errand: Errand) -> str:
        """By our key: the protocol's own question."""
        for one in self._list(system, {"key": str(errand.key)}):
            return _said(one, "reference")
        return ""

    def call_off(self, system: RemoteSystem, errand: Errand, reference: str, words: str, key: UUID) -> None:
        """A DELETE, which a system that does not know it cannot take for another order."""
        wanted = {"reference": reference, "key": str(errand.key), "mark": errand.mark, "words": words}
        try:
            answer = _ask(system, "DELETE", _asking(system, wanted), b"", {"Idempotency-Key": str(key)})
        except outside.OutsideError as error:
            raise NothingSent(error.log) from error
        if answer.status in (400, 404, 405, 501):
            raise NoWay(f"it knows no cancelling (it answered {answer.status})")
        if not answer.ok and answer.status != 410:  # gone already
            raise NothingSent(f"it answered {answer.status}")

    def news(self, system: RemoteSystem, references: Sequence[str], since: datetime, until: datetime) -> Sequence[News]:
        return [
            News(
                reference=_said(one, "reference"),
                status=_said(one, "status"),
                closed=one.get("closed") is True,
                outcome=_said(one, "outcome"),
                words=_said(one, "words"),
                update_id=_said(one, "update_id"),
            )
            for one in self._list(system, {"reference": ",".join(references), "since": since.isoformat()})
        ]

    def _list(self, system: RemoteSystem, wanted: dict[str, str]) -> list[dict[str, Any]]:
        try:
            answer = _ask(system, "GET", _asking(system, wanted), b"", {})
        except outside.OutsideError as error:
            raise NothingSent(error.log) from error
        if answer.status == 404:
            return []
        if not answer.ok:
            raise NothingSent(f"it answered {answer.status}")
        found = _read(answer.body, NothingSent)
        if not isinstance(found, list):
            raise NothingSent("its answer is no list")
        return [one for one in found if isinstance(one, dict)]


def _asking(system: RemoteSystem, wanted: dict[str, str]) -> str:
    return f"{system.url}{'&' if urlsplit(system.url).query else '?'}{urlencode(wanted)}"


def _ask(system: RemoteSystem, method: str, url: str, body: bytes, headers: dict[str, str]) -> outside.Answer:
    moment, parts = str(int(time.time())), urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    signed = {
        "X-Balcao-Timestamp": moment,
        "X-Balcao-Signature": signature(system.secret, moment, method, target, body),
        **({"Content-Type": "application/json"} if body else {}),
        **headers,
    }
    # A redirect would carry the signature of another address.
    given: dict[str, Any] = {"content": body} if body else {}
    return outside.fetch(method, url, headers=signed, seconds=SECONDS, redirects=0, **given)


def _read(body: bytes, wrong: type[NotForwarded]) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise wrong("its answer is no JSON") from error


def _said(found: dict[str, Any], name: str) -> str:
    """As a database keeps it: JSON can say NUL, and half a pair of characters."""
    return clean_text(str(found.get(name) or ""))
