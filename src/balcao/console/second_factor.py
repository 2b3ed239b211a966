"""The secrets of second factors are encrypted like every other: a copy of the database signs nobody in."""

from __future__ import annotations

from collections.abc import Iterator

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from balcao.platform import crypto


class Adapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return crypto.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        """What does not look encrypted was kept in the clear, before it was encrypted here."""
        return crypto.decrypt(encrypted_text) if crypto.is_encrypted(encrypted_text) else encrypted_text


def encrypt_anew() -> Iterator[int]:
    """Secrets under an older key, or in the clear, under the first key. Yields 1 or 0 for each authenticator."""
    for pk in list(Authenticator.objects.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            found = Authenticator.objects.select_for_update().filter(pk=pk).first()
            fresh = _renewed(found.data) if found else None
            if found and fresh != found.data:
                found.data = fresh
                found.save(update_fields=["data"])
                yield 1
                continue
        yield 0


def _renewed(data: dict[str, object]) -> dict[str, object]:
    fresh = dict(data)
    for name in ("secret", "seed"):
        if isinstance(kept := data.get(name), str):
            fresh[name] = _one(kept)
    if isinstance(codes := data.get("migrated_codes"), list):
        fresh["migrated_codes"] = [_one(code) for code in codes]
    return fresh


def _one(kept: str) -> str:
    if not crypto.is_encrypted(kept):
        return crypto.encrypt(kept)
    return kept if crypto.is_under_first_key(kept) else crypto.encrypt(crypto.decrypt(kept))
