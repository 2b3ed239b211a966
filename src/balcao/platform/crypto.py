"""Two secrets at rest: fields that only we can read, and hashes that only we can make.

Keys come from the settings by HKDF-SHA256 with a label each, so that no two purposes share one.
"""

from __future__ import annotations

import base64
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models


class Unreadable(Exception):
    """A field was encrypted with a key that is no longer in BALCAO_FIELD_KEYS."""


@lru_cache(maxsize=64)
def derived_key(secret: str, purpose: str) -> bytes:
    """32 bytes for one purpose (RFC 5869). The same secret and purpose give the same key on every node."""
    return HKDF(SHA256(), 32, salt=b"balcao", info=purpose.encode()).derive(secret.encode())


def keyed_hash(value: str | bytes, purpose: str, secret: str | None = None) -> bytes:
    """HMAC-SHA256 of `value`, 32 bytes: equal values can be found, and nobody without the key can try them all.

    The caller normalises first. Depends on SECRET_KEY, or on the older `secret` that is given: after a
    change earlier hashes are found only when they are made anew (`balcao keys rotate`).
    """
    data = value.encode() if isinstance(value, str) else value
    return hmac.digest(derived_key(secret or settings.SECRET_KEY, f"hash:{purpose}"), data, "sha256")


def encrypt(text: str) -> str:
    """Encrypted with the first of BALCAO_FIELD_KEYS (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return _box(tuple(settings.BALCAO_FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """The text again, with any of BALCAO_FIELD_KEYS; Unreadable when none fits."""
    try:
        return _box(tuple(settings.BALCAO_FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("an encrypted field does not open with any key of BALCAO_FIELD_KEYS") from None


def encrypted_with_first_key(token: str) -> str:
    """The same text under the newest key: what a rotation writes back. Unreadable when no key fits."""
    try:
        return _box(tuple(settings.BALCAO_FIELD_KEYS)).rotate(token.encode()).decode()
    except InvalidToken:
        raise Unreadable("an encrypted field does not open with any key of BALCAO_FIELD_KEYS") from None


def is_under_first_key(token: str) -> bool:
    """Whether the newest key alone opens it."""
    try:
        _box((settings.BALCAO_FIELD_KEYS[0],)).decrypt(token.encode())
    except InvalidToken:
        return False
    return True


@lru_cache(maxsize=8)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(derived_key(key, "field"))) for key in keys])


class EncryptedTextField(models.TextField):
    """Text that is encrypted in the database and plain in Python. Empty stays empty; NULL stays NULL.

    It cannot be searched or compared: keep a `keyed_hash` beside it. Only `isnull` is a lookup.
    """

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return encrypt(value) if value else value

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return decrypt(value) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name != "isnull":
            raise TypeError(f"{self.name} is encrypted and knows no '{lookup_name}': search by a keyed hash")
        return super().get_lookup(lookup_name)
