"""Protocol numbers: year, sequence, two check digits (ISO 7064 MOD 97-10). Digits only, so that they survive a phone
call.

Kept as "YYYYNNNNNNNCC" (the sequence has seven digits, more when a year needs them), read out as "2026.0001.234-57".
MOD 97-10 finds every single wrong digit and every swap of two neighbours. A number identifies; it never authorises.
"""

from __future__ import annotations

import re
import unicodedata

from django.db import connection
from django.utils.translation import gettext_lazy as _
from stdnum.iso7064 import mod_97_10

from balcao.platform import rows
from balcao.platform.errors import Refusal

_FORM = re.compile(r"(20\d\d|21\d\d)(\d{7}|[1-9]\d{7,9})(\d\d)", re.ASCII)
_WITHOUT_CHECK = re.compile(r"(20\d\d|21\d\d)(\d{1,7}|[1-9]\d{7})", re.ASCII)
_SEPARATORS = re.compile(r"[\s.\-/‐-―_#:]+")
#: "balcao" on a telephone keypad; with the year it names the advisory lock.
_LOCK_SPACE = 225226


class UnknownProtocol(Refusal):
    """What was typed is no protocol number: a digit is wrong, missing, swapped or too many."""

    status = 400
    default = _(
        "This protocol number does not add up: a digit may be missing or swapped. "
        "Please check it against your receipt. It looks like 2026.0001.234-57."
    )


def next_protocol(year: int) -> str:
    """The next number of `year`, in the kept form. Never the same twice: a number whose transaction fails is skipped.

    One statement, except for the first number of a year, which makes the year's sequence.
    """
    name = f"protocol_{_checked(year)}"
    number = _next_value(name)
    if number is None:
        _make_sequence(name, year)
        number = _next_value(name)
    if number is None:
        raise RuntimeError(f"the sequence {name} was made and is not there: look at the search_path")
    return build_protocol(year, number)


def next_protocols(year: int, count: int) -> list[str]:
    """The next `count` numbers of `year`, rising. One statement, as `next_protocol`."""
    if count < 1:
        return []
    first = next_protocol(year)
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(2, %s)", [f"protocol_{year}", count])
        return [first, *(build_protocol(year, number) for (number,) in sorted(cursor.fetchall()))]


def continue_after(year: int, sequence: int) -> None:
    """The year's numbers go on behind `sequence`: cases have come in with numbers of their own."""
    name = f"protocol_{_checked(year)}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NULL", [name])
        if cursor.fetchone()[0]:
            _make_sequence(name, year)
        behind = f"SELECT setval(%s::regclass, greatest(%s, (SELECT last_value FROM {name})))"  # noqa: S608
        cursor.execute(behind, [name, sequence])


def build_protocol(year: int, sequence: int) -> str:
    """The kept form of a number that is known by its parts."""
    if sequence < 1:
        raise ValueError("a protocol's sequence starts at 1")
    body = f"{_checked(year)}{sequence:07d}"
    return f"{body}{98 - int(body) * 100 % 97:02d}"  # MOD 97-10; digits alone need none of its letters


def parse_protocol(text: str) -> str:
    """The kept form of what a person typed (spaces, dots, hyphens, full-width digits), or UnknownProtocol."""
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    found = _FORM.fullmatch(bare)
    # Compared, not only verified: MOD 97 alone would let 01 stand for 98.
    if not found and completed(text):
        raise UnknownProtocol(
            _(
                "The end of this protocol number is missing: two more digits stand after the dash, as in "
                "2026.0001.234-57. Please look at your receipt again."
            ),
            log="protocol number without its check digits",
        )
    if not found or mod_97_10.calc_check_digits(bare[:-2]) != found[3] or int(found[2]) == 0:
        raise UnknownProtocol(log="protocol number that does not add up")
    return bare


def completed(text: str) -> str:
    """The kept form of a number that was typed without its check digits: year and sequence, its leading zeros written
    or not ("2026.0001.234", "2026 1234", "2026/1234"). "" when it is nothing like that.

    For staff, who see what they find; a citizen is told what is missing."""
    bare = _SEPARATORS.sub("", unicodedata.normalize("NFKC", text))
    found = _WITHOUT_CHECK.fullmatch(bare)
    if not found or int(found[2]) == 0:
        return ""
    return build_protocol(int(found[1]), int(found[2]))


def format_protocol(protocol: str) -> str:
    """The grouped form, for eyes and voices: "2026.0001.234-57"."""
    year, sequence, check = protocol[:4], protocol[4:-2], protocol[-2:]
    count = -(-len(sequence) // 4)
    sizes = [len(sequence) // count + (1 if place < len(sequence) % count else 0) for place in range(count)]
    groups, start = [], 0
    for size in sizes:
        groups.append(sequence[start : start + size])
        start += size
    return ".".join([year, *groups]) + f"-{check}"


def _checked(year: int) -> int:
    if not 2000 <= year <= 2199:
        raise ValueError(f"no protocol numbers for the year {year}")
    return year


def _next_value(name: str) -> int | None:
    """The sequence's next value, or None when it does not exist: an error would break the transaction."""
    return rows.number(name, f"CASE WHEN to_regclass('{name}') IS NOT NULL THEN nextval(to_regclass('{name}')) END")


def _make_sequence(name: str, year: int) -> None:
    """On a connection of its own, so that the sequence outlives the caller's transaction: were it rolled back with
    it, the year would start again and repeat its first numbers."""
    own = connection.copy()
    own.settings_dict["OPTIONS"].pop("pool", None)  # the first minute of January must not wait for its own pool
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [_LOCK_SPACE, year])
            cursor.execute(f"CREATE SEQUENCE IF NOT EXISTS {name}")
    finally:
        own.close()  # and the lock goes with it
    with connection.cursor() as cursor:
        # Our transaction remembers that there was no such name, until it reads a table by it.
        cursor.execute(f"SELECT 1 FROM {name} LIMIT 0")  # noqa: S608
