"""How much room is left on the disks that we write to. Needs neither Django nor a database."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

ENOUGH = 1_000_000_000  # bytes, or a twentieth of a disk that is small altogether


@dataclass(frozen=True)
class Room:
    """What is free, in bytes, where `what` ("files", "database") is kept."""

    what: str
    folder: Path
    free: int
    total: int

    @property
    def enough(self) -> int:
        return min(ENOUGH, self.total // 20)

    @property
    def little(self) -> bool:
        return self.free < self.enough


def rooms(home: Path) -> list[Room]:
    """Of the data folder, and of its private database where that lies on another disk. A database elsewhere is looked
    after where it runs; it says itself when its disk is full."""
    found = [_room("files", home / "files")]
    if (home / "postgres").exists():
        database = _room("database", home / "postgres")
        if os.stat(_there(database.folder)).st_dev != os.stat(_there(found[0].folder)).st_dev:
            found.append(database)
    return found


def _there(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _room(what: str, folder: Path) -> Room:
    folder = Path(os.path.realpath(folder))
    usage = shutil.disk_usage(_there(folder))
    return Room(what, folder, usage.free, usage.total)
