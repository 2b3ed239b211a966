"""How a receiver knows that it was us: Standard Webhooks 1.0, symmetric signatures (`v1`)."""

from __future__ import annotations

import base64
import hmac
import secrets

PREFIX = "whsec_"


def new_secret() -> str:
    """192 bits or more, as the specification asks: 256."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: str) -> str:
    """`v1,` and the HMAC-SHA256 of "id.timestamp.body" in base64."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, f"{message_id}.{timestamp}.{body}".encode(), "sha256")).decode()


def headers(keys: list[str], message_id: str, timestamp: int, body: str) -> dict[str, str]:
    """The three headers; one signature for each key, the newest first."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signature(key, message_id, timestamp, body) for key in keys),
        "content-type": "application/json",
    }
