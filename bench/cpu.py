"""What processes cost: processor time and memory, whoever else runs on the machine. Linux only."""

from __future__ import annotations

import os
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(*roots: int) -> list[int]:
    """These processes and all that descend from them."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        if fields := _fields(int(stat.parent.name)):
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, waiting = [], list(roots)
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def seconds(*roots: int) -> float:
    """Processor seconds that these processes and their descendants have taken so far, those that ended included."""
    return sum(sum(map(int, fields[11:15])) for pid in tree(*roots) if (fields := _fields(pid))) / TICK


def megabytes(*roots: int) -> float:
    """Proportional set size: memory that several share is divided among them."""
    return sum(_pss(pid) for pid in tree(*roots))


def _fields(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, …; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return []


def named(*roots: int) -> list[tuple[str, float]]:
    """(command, its own megabytes) of these processes and their descendants."""
    found = []
    for pid in tree(*roots):
        try:
            command = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        found.append((command.strip()[-60:], round(_pss(pid), 1)))
    return found


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
