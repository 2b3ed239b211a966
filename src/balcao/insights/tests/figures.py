"""The cells as plain values, so that two ways of making them can be compared."""

from __future__ import annotations

from typing import Any

from balcao.insights.models import Cell, Duration, Follower
from balcao.insights.rollup import KEY, MEASURES


def figures() -> dict[tuple[Any, ...], dict[str, Any]]:
    """Everything that the current generation says: sums, grades, percentiles, histograms, by their group and time."""
    generation = Follower.objects.get().generation
    histograms: dict[int, dict[int, int]] = {}
    for cell, bucket, count in Duration.objects.values_list("cell_id", "bucket", "count"):
        histograms.setdefault(cell, {})[bucket] = count
    assert not Cell.objects.filter(stale=True, generation=generation).exists()
    return {
        tuple(row[k] for k in ("agency_id", *KEY)): {k: row[k] for k in (*MEASURES, "grades", "median", "p90")}
        | {"durations": histograms.get(row["id"], {})}
        for row in Cell.objects.filter(generation=generation).values()
    }
