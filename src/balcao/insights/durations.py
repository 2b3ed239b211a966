"""Mergeable histograms of durations, in buckets that grow by a constant factor.

Bucket 0 holds up to one minute and stands for one; bucket n holds (G^(n-1), G^n] minutes. The value that stands for a
bucket lies within 1 % of every value in it, and so does a percentile read from the histogram (nearest rank): one minute
to ten years fit in 775 buckets. After Masson, Rim, Lee: DDSketch, VLDB 2019."""

from __future__ import annotations

from math import ceil, log

ERROR = 0.01
G = (1 + ERROR) / (1 - ERROR)
MINUTES_A_DAY = 1440
BIGGEST = 1200

SQL = f"least({BIGGEST}, ceil(ln(greatest(1, extract(epoch FROM %s) / 60)) / {log(G)!r} - 1e-9))::smallint"
"""The bucket of a PostgreSQL interval."""


def bucket(minutes: float) -> int:
    """The bucket that holds a duration."""
    return min(BIGGEST, ceil(log(max(1.0, minutes)) / log(G) - 1e-9))


def days(number: int | None) -> float | None:
    """The days that stand for a bucket; None stays None: not measured."""
    if number is None:
        return None
    return (1 if number == 0 else 2 * G**number / (G + 1)) / MINUTES_A_DAY
