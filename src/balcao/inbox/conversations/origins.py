"""Which other sites may show a web chat: their origins (RFC 6454), as a browser says them."""

from __future__ import annotations

import re
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

MOST = 50
# A host's letters are ASCII here: a browser sends the punycode of any other.
_ORIGIN = re.compile(r"https?://[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::[0-9]{1,5})?")


def check_origins(value: Any) -> None:
    """ValidationError unless `value` is a list of at most fifty origins, lower case and without a path."""
    right = isinstance(value, list) and len(value) <= MOST
    if not right or not all(isinstance(one, str) and _ORIGIN.fullmatch(one) for one in value):
        raise ValidationError(_("Write each site as https://www.example.gov.br, without anything behind the name."))
