"""Two secrets at rest: fields that only we can read, and hashes that only we can make.

Keys come from the settings by HKDF-SHA256 with a label each, so that no two purposes share one.
"""

from __future__ import annotations

import base64
import hmac
from binascii import a2b_base64, b2a_base64
from functools import lru_cache
from os import urandom
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import models

_FORM = "2."  # how each text that is encrypted now begins; no Base32, no hexadecimal and no older token begins so
_FERNET = "gAAAA"  # how Fernet's tokens begin, which stood here before
_MARK = len(_FORM) + 8
_NONCE = 12  # bytes


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
    """Encrypted with the first of BALCAO_FIELD_KEYS (AES-256-GCM-SIV, RFC 8452; ADR 14).

    The mark of the form and of the key, then in base64 the nonce and what AES-GCM-SIV makes, its tag at the end."""
    mark, box = _keyring(tuple(settings.BALCAO_FIELD_KEYS)).first
    nonce = urandom(_NONCE)
    return mark + b2a_base64(nonce + box.encrypt(nonce, text.encode(), None), newline=False).decode()


def decrypt(token: str) -> str:
    """The text again, with any of BALCAO_FIELD_KEYS; Unreadable when none fits."""
    try:
        return _keyring(tuple(settings.BALCAO_FIELD_KEYS)).opened(token)
    except (InvalidTag, InvalidToken, ValueError):  # a ValueError: no base64, or too short for a nonce
        raise Unreadable("an encrypted field does not open with any key of BALCAO_FIELD_KEYS") from None


def is_under_first_key(token: str) -> bool:
    """Whether the newest key alone opens it."""
    try:
        _keyring((settings.BALCAO_FIELD_KEYS[0],)).opened(token)
    except (InvalidTag, InvalidToken, ValueError):
        return False
    return True


def is_encrypted(text: str) -> bool:
    """Whether it looks like what `encrypt` makes, or made before: for what may also be kept in the clear."""
    return text.startswith((_FORM, _FERNET))


class _Keyring:
    """The keys of the settings, made ready once a process."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        boxes = [(_mark(key), AESGCMSIV(derived_key(key, "field aes-256-gcm-siv"))) for key in keys]
        self.first = boxes[0]
        self._by_mark = dict(boxes)
        self._older = MultiFernet([Fernet(base64.urlsafe_b64encode(derived_key(key, "field"))) for key in keys])

    def opened(self, token: str) -> str:
        """Raises InvalidTag, InvalidToken or ValueError."""
        box = self._by_mark.get(token[:_MARK])
        if box is None:
            return self._older.decrypt(token.encode()).decode()
        data = a2b_base64(token[_MARK:], strict_mode=True)
        return box.decrypt(data[:_NONCE], data[_NONCE:], None).decode()


def _mark(key: str) -> str:
    """Which key it was: 48 bits that only who holds the key can compute, so no other key need be tried."""
    return _FORM + base64.b64encode(derived_key(key, "field mark")[:6]).decode()


_keyring = lru_cache(maxsize=8)(_Keyring)


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
