"""Keep the data of a release as a fixture: `python -m tests.upgrade.keep ARCHIVE NAME`.

ARCHIVE is what that release's own `balcao backup` wrote of its demonstration city (docs/guides/extend.md says how).
What stays of it is `releases/NAME.tar.xz`: the database as SQL text, which packs five times smaller, and one file."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from balcao.platform.postgres_user import binaries

RELEASES = Path(__file__).parent / "releases"
SECRET = "the data of a past release, made up from beginning to end"
MOST = 300_000  # bytes: every clone of the project carries each of them for ever


def keep(archive: Path, name: str) -> Path:
    target = RELEASES / f"{name}.tar.xz"
    with tempfile.TemporaryDirectory() as folder:
        with tarfile.open(archive) as whole:
            files = [entry for entry in whole.getmembers() if entry.isfile() and entry.name.startswith("files/")]
            smallest = min(files, key=lambda entry: (entry.size, entry.name)).name
            for kept in ("database.dump", smallest):
                whole.extract(kept, folder, filter="data")
        dump, text = Path(folder, "database.dump"), Path(folder, "database.sql")
        command = [str(binaries() / "pg_restore"), "--no-owner", "--no-acl", "-f", str(text), str(dump)]
        subprocess.run(command, check=True)
        RELEASES.mkdir(exist_ok=True)
        with tarfile.open(target, "w:xz", preset=9) as small:
            small.add(text, text.name)
            small.add(Path(folder, smallest), smallest)
    assert target.stat().st_size <= MOST, f"{target} has {target.stat().st_size} bytes"
    return target


if __name__ == "__main__":
    kept = keep(Path(sys.argv[1]), sys.argv[2])
    print(f"{kept}: {kept.stat().st_size:,} bytes")
