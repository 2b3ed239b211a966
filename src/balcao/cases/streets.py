"""A street and a house number, out of an address as people write it."""

from __future__ import annotations

import re

from balcao.platform.text import sort_key

_SHORT = {
    "r": "rua", "av": "avenida", "ave": "avenida", "pca": "praca", "pc": "praca", "tv": "travessa", "trav": "travessa",
    "al": "alameda", "estr": "estrada", "est": "estrada", "rod": "rodovia", "lgo": "largo", "lg": "largo",
    "dr": "doutor", "dra": "doutora", "prof": "professor", "sta": "santa", "sto": "santo", "cel": "coronel",
}  # fmt: skip
_SMALL = frozenset({"a", "o", "as", "os", "da", "de", "do", "das", "dos", "e"})
_NO = frozenset({"n", "no", "num", "numero"})
_NUMBER = re.compile(r"\W*(?:n|no|num|numero)?\W*(\d{1,5})\b(?!-\d)")


def street_of(address: str) -> tuple[str, int | None]:
    """("rua flores", 10) of "R. das Flores, nº 10": the street as it compares, and the house number if there is one.

    The street is what stands before the first comma; a number at its end is the house's, unless it is all the name
    there is ("Rua 7"). ("", None) when there is no street's name to compare."""
    head, _comma, rest = sort_key(address).partition(",")
    words = re.findall(r"\w+", head)
    number = None
    if len(words) > 2 and words[-1].isdigit() and len(words[-1]) < 6:
        number = int(words.pop())
    elif found := _NUMBER.match(rest):
        number = int(found[1])
    while len(words) > 2 and words[-1] in _NO:
        words.pop()
    kept = [_SHORT.get(word, word) for word in words if word not in _SMALL]
    return (" ".join(kept), number) if len(kept) > 1 else ("", None)
