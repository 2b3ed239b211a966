"""What a published table keeps to itself, so that no small group can be told from it.

A group under `LEAST` is never shown, nor is a share of which either side is one. In a table whose total is published,
whatever is hidden must not follow from the total: further rows, the smallest first, are hidden until it does not, and
until all that is hidden is together no small group either. Tables of two dimensions at once would have to be protected
in both directions and against each other: their figures are rounded as well, so that no difference is exact."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence

LEAST = 5
ROUND = 5
SLOWEST = 10
"""Of fewer answers the 90th percentile is the slowest one: the story of one person."""
COARSE, TENS = 20, 10
"""Rounded tables give shares of so many (rounded) or more, to the nearest ten per cent: else a share would tell the
exact number that it is of."""


def small(value: int) -> bool:
    """A group that may not be shown. None at all (0) may."""
    return 0 < value < LEAST


Blocks = Sequence[Collection[int]]
"""Rows (by place) that have to do with each other only, so that their sum stands in another table too: services and
their areas. See `joined`."""


def hidden(values: Sequence[int], blocks: Blocks = ()) -> tuple[frozenset[int], bool]:
    """Which of these (by place) to hide, and whether to hide their total too: when that is small itself.

    Blocks first, as if each were one row, and a hidden block with all its rows: the other table, whose blocks have the
    same sums, hides the same ones. Then the rows of each other block, whose sum is known."""
    if len(blocks) < 2:
        return _hidden(values)
    whole, total = hidden_blocks(values, blocks)
    back = {place for number in whole for place in blocks[number]}
    for number, block in enumerate(blocks):
        places = sorted(block)
        if number not in whole:
            back |= {places[i] for i in _hidden([values[place] for place in places])[0]}
    return frozenset(back), total


def hidden_blocks(values: Sequence[int], blocks: Blocks) -> tuple[frozenset[int], bool]:
    """Which blocks (by number) are hidden with all their rows."""
    return _hidden([sum(values[place] for place in block) for block in blocks])


def _hidden(values: Sequence[int]) -> tuple[frozenset[int], bool]:
    total, everything = sum(values), frozenset(range(len(values)))
    if small(total):
        return everything, True
    kept_back = {place for place, value in enumerate(values) if small(value)}
    if not kept_back:
        return frozenset(), False
    others = _smallest_first(values)
    while others and _follows([values[place] for place in kept_back]):
        kept_back.add(others.pop(0))
    # Whoever knows this rule must not see from the picture alone that nothing but small groups is there.
    if _follows([values[place] for place in kept_back]) or (len(others) < 2 and total <= 2 * LEAST * len(values)):
        return everything, False
    return frozenset(kept_back), False


def _smallest_first(values: Sequence[int]) -> list[int]:
    return sorted((place for place, value in enumerate(values) if value >= LEAST), key=lambda p: (values[p], p))


def _follows(group: Sequence[int]) -> bool:
    """Whether somebody who knows the sum of the hidden cells, and these rules, knows one of them or a small sum."""
    if len(group) == 1 or sum(group) < LEAST:
        return True
    all_small = max(group) < LEAST
    return all_small and sum(group) in (len(group), (LEAST - 1) * len(group))


def hidden_shares(
    shares: Sequence[tuple[int, int]],
    kept_back: Collection[int],
    blocks: Blocks = (),
    kept_blocks: Collection[int] = (),
) -> frozenset[int]:
    """Which shares (how many, of how many) to hide beside those whose whole is `kept_back`.

    A share tells its part, and what it leaves out, as exactly as its whole is known. Where the total's own share is
    kept back nothing follows from it. Blocks as in `hidden`."""
    if len(blocks) < 2:
        return _hidden_shares(shares, kept_back)
    sums = [(sum(shares[p][0] for p in block), sum(shares[p][1] for p in block)) for block in blocks]
    whole = _hidden_shares(sums, kept_blocks)
    back = {place for number in whole for place in blocks[number]}
    for number, block in enumerate(blocks):
        places = sorted(block)
        if number not in whole:
            kept = {i for i, place in enumerate(places) if place in kept_back}
            back |= {places[i] for i in _hidden_shares([shares[place] for place in places], kept)}
    return frozenset(back | set(kept_back))


def _hidden_shares(shares: Sequence[tuple[int, int]], kept_back: Collection[int]) -> frozenset[int]:
    back = set(kept_back) | {place for place, share in enumerate(shares) if small_share(*share)}
    if small_share(sum(part for part, _whole in shares), sum(whole for _part, whole in shares)):
        return frozenset(back)
    others = [place for place in _smallest_first([whole for _part, whole in shares]) if place not in back]
    while others and back and any(small(n) for n in _sides(shares[place] for place in back)):
        back.add(others.pop(0))
    return frozenset(back)


def joined(pairs: Iterable[tuple[Hashable, Hashable]]) -> list[tuple[set[Hashable], set[Hashable]]]:
    """Of what is counted both ways (by service, by area): which services and areas hang together. The demands of such
    services are those of their areas."""
    found: dict[int, tuple[set[Hashable], set[Hashable]]] = {}
    where: dict[tuple[int, Hashable], int] = {}
    for number, pair in enumerate(pairs):
        lefts, rights = {pair[0]}, {pair[1]}
        for old in {where[key] for key in enumerate(pair) if key in where}:
            more = found.pop(old)
            lefts |= more[0]
            rights |= more[1]
        found[number] = (lefts, rights)
        where |= {(0, left): number for left in lefts} | {(1, right): number for right in rights}
    return list(found.values())


def small_share(part: int, whole: int) -> bool:
    """Whether a share is of a small group, or tells of one: that part, or the rest."""
    return small(whole) or small(part) or small(whole - part)


def _sides(shares: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """How many all of them are together, and how many they leave out."""
    found = list(shares)
    part = sum(part for part, _whole in found)
    return part, sum(whole for _part, whole in found) - part


def rounded(value: int, to: int = ROUND) -> int:
    """For a table of two dimensions: to the nearest `to`."""
    return to * ((value + to // 2) // to)
