"""Rows that repeat: which keys a run has met, in memory that a million rows do not feel."""

from __future__ import annotations

from array import array

SMALLEST = 1 << 16  # places; a power of two


class Seen:
    """Eight bytes of each key in one flat table (open addressing): 12 to 24 bytes a key, where a set takes a hundred.

    Two keys of a million agree in their first eight bytes once in thirty million files."""

    def __init__(self) -> None:
        self._table, self._count = array("Q", bytes(8 * SMALLEST)), 0

    def __len__(self) -> int:
        return self._count

    def add(self, key: str) -> bool:
        """Whether `key`, at least 16 hexadecimal digits, is met for the first time."""
        mark = int(key[:16], 16) or 1  # 0 is a free place
        table = self._table
        mask = len(table) - 1
        place = mark & mask
        while found := table[place]:
            if found == mark:
                return False
            place = (place + 1) & mask
        table[place] = mark
        self._count += 1
        if self._count * 3 > len(table) * 2:
            self._grow()
        return True

    def _grow(self) -> None:
        old, self._table = self._table, array("Q", bytes(16 * len(self._table)))
        mask = len(self._table) - 1
        for mark in filter(None, old):
            place = mark & mask
            while self._table[place]:
                place = (place + 1) & mask
            self._table[place] = mark
