"""What the whole house costs while nobody comes: `balcao up` with its demonstration, as `make run` starts it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from . import cpu
from .harness import Figure, Goal, Run, console
from .house import House, end, free_port, wait

SETTLE, WATCHED, RUNS = 20.0, 10.0, 3  # seconds; a periodic job runs each minute, and is part of it
MEMORY, PROCESSOR = Goal(350, at_most=True), Goal(1, at_most=True)


def figures(house: House) -> Iterable[Figure]:
    """In a data folder of its own: all of its processes together."""
    home = Path(tempfile.mkdtemp(prefix="balcao-idle-"))
    home.chmod(0o711)
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BALCAO_DATA", "BALCAO_URL")}
    port, log = free_port(), home / "up.log"
    with log.open("wb") as said:
        command = [sys.executable, "-m", "balcao.config.cli", "up", "--port", str(port), "--data", str(home / "data")]
        up = subprocess.Popen(command, env=kept, stdin=subprocess.DEVNULL, stdout=said, stderr=said)
    try:
        wait("127.0.0.1", port, up, log, patience=180)
        console.print(f"`balcao up` stands; its first jobs take {SETTLE:.0f} s", style="dim")
        time.sleep(SETTLE)
        memory = Figure("idle: memory", "balcao up, proportional set size of all its processes", goal=MEMORY, unit="MB")
        processor = Figure("idle: processor", f"balcao up, {RUNS} × {WATCHED:.0f} s", goal=PROCESSOR, unit="%")

        def watched() -> Run:
            before = cpu.seconds(up.pid)
            time.sleep(WATCHED)
            return Run(100 * (cpu.seconds(up.pid) - before) / WATCHED)

        processor.measure(watched, pairs=RUNS)
        memory.measure(lambda: Run(cpu.megabytes(up.pid)), pairs=RUNS)
        memory.notes["each"] = cpu.named(up.pid)
        yield memory
        yield processor
    finally:
        end(up)
        shutil.rmtree(home, ignore_errors=True)
