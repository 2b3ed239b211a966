"""Numbers as WhatsApp writes them, brought to one form."""

from __future__ import annotations

import re

# Anatel, Resolução 553/2010: mobile numbers got a 9 in front, area by area until 2016. WhatsApp still names many
# accounts without it. Eight digits that begin with 6 to 9 were mobile; land lines begin with 2 to 5 and stay.
_WITHOUT_NINTH = re.compile(r"(55[1-9][1-9])([6-9][0-9]{7})")


def canonical(wa_id: str) -> str:
    """The same digits for both ways of writing one Brazilian mobile number; others as they are."""
    found = _WITHOUT_NINTH.fullmatch(wa_id)
    return f"{found[1]}9{found[2]}" if found else wa_id
