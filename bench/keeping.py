"""What was measured, kept as artifacts/bench.json. A run of one line leaves what the others last showed."""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .harness import Figure

TARGET = Path(__file__).resolve().parent.parent / "artifacts" / "bench.json"


def keep(figures: Sequence[Figure]) -> Path:
    """Each figure with its moment and how busy the machine was then."""
    TARGET.parent.mkdir(exist_ok=True)
    machine = {"cpus": os.cpu_count(), "system": platform.platform(), "python": sys.version.split()[0]}
    busy = round(os.getloadavg()[0], 2)
    fresh: dict[str, Any] = {figure.name: figure.summary() | {"load_at_end": busy} for figure in figures}
    kept = {said["name"]: said for said in _before() if said["name"] not in fresh}
    report = {"machine": machine, "figures": [*kept.values(), *fresh.values()]}
    TARGET.write_text(json.dumps(report, ensure_ascii=False, indent=2, default=str) + "\n", encoding="utf-8")
    return TARGET


def _before() -> list[dict[str, Any]]:
    try:
        found = json.loads(TARGET.read_text(encoding="utf-8"))["figures"]
    except (OSError, ValueError, KeyError):
        return []
    return [said for said in found if "verdict" in said]
