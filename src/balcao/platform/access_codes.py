"""The code that opens a case's page to whoever has its receipt: eleven letters and digits, easy to read out, hard to
guess.

Crockford's base 32 (no I, L, O, U): 55 random bits. Only its keyed hash is kept; whoever loses the code proves a
contact point instead.
"""

from __future__ import annotations

import hmac
import re
import secrets
import unicodedata

from django.conf import settings

from balcao.platform.crypto import keyed_hash

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 11
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_PURPOSE = "access-code"
_SHOWN = re.compile(rf"\b[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{4}}-[{_ALPHABET}]{{3}}\b")


def new_code() -> str:
    """A fresh code, in bare form ("7K3M9QXA2BC"). Show it with `format_code`, keep `code_hash`."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))


def code_from(name: str) -> str:
    """The same code for the same name, as hard to guess as a fresh one for whoever lacks the installation's secret: a
    caller that repeats its call can be shown it again, and nobody has to keep it."""
    bits = int.from_bytes(keyed_hash(name, "access-code-of"), "big")
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(_LENGTH))


def format_code(code: str) -> str:
    """Grouped for reading: "7K3M-9QXA-2BC"."""
    return "-".join(code[start : start + 4] for start in range(0, len(code), 4))


def hide_codes(text: str) -> str:
    """A receipt's text for whoever is not the person that it was written to: with the code nobody else may see their
    page, and the receipt says so."""
    return _SHOWN.sub("••••-••••-•••", text)


def normalise_code(text: str) -> str:
    """What a person typed as it was issued: any case, spaces and hyphens, O for 0, I and L for 1. "" when it cannot
    be one.
    """
    folded = unicodedata.normalize("NFKC", text).upper().translate(_LOOK_ALIKES)
    bare = "".join(c for c in folded if c.isalnum())
    return bare if len(bare) == _LENGTH and all(c in _ALPHABET for c in bare) else ""


def code_hash(code: str) -> bytes:
    """32 bytes to keep instead of the code."""
    return keyed_hash(code, _PURPOSE)


def _older_hashes(code: str) -> list[bytes]:
    """As the code was kept under the secrets before this one: it was given on paper, and cannot be made anew."""
    return [keyed_hash(code, _PURPOSE, secret) for secret in settings.OLD_SECRET_KEYS]


def code_matches(text: str, kept: bytes | memoryview | None) -> bool:
    """Whether what was typed is the code behind `kept`, in constant time. No kept hash never matches, and takes as
    long.
    """
    code = normalise_code(text)
    there = bytes(kept or b"\0" * 32)
    equal = sum([hmac.compare_digest(one, there) for one in (code_hash(code), *_older_hashes(code))])
    return bool(equal) and bool(code) and bool(kept)
