"""The real installation for tests in a browser: `balcao up` with its demonstration city, and a real mail server.

`python -m tests.house FOLDER OWNER` keeps both running until the process OWNER has ended, however it ended, and writes
FOLDER/house.json as soon as people may come in. pytest-xdist's workers share one house: whoever comes first opens it.
"""

from __future__ import annotations

import contextlib
import email
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

PROJECT = Path(__file__).parent.parent
READY = "Balcão is ready"
PATIENCE = 300.0  # seconds until it must be ready; a cold machine creates the database and plays sixty demands
NOT_OURS = ("DATABASE_URL", "BALCAO_DATA", "BALCAO_URL", "BALCAO_SMTP_HOST", "BALCAO_SMTP_PORT", "BALCAO_DEBUG")


@dataclass(frozen=True)
class House:
    """A running installation. `folder` is shared by all who visit it."""

    url: str
    folder: Path
    data: Path

    def letters(self, to: str) -> list[EmailMessage]:
        """What the mail server has taken for this address, oldest first."""
        found = []
        for path in sorted((self.folder / "mail").glob("*.eml")):
            message = email.message_from_bytes(path.read_bytes(), policy=default)
            if to.lower() in str(message["To"]).lower():
                found.append(message)
        return found

    def letter(self, to: str, says: str, *, patience: float = 20.0) -> str:
        """The words of the newest letter to this address that says this; AssertionError when none comes."""
        end, seen = time.monotonic() + patience, [""]
        while time.monotonic() < end:
            seen = [f"{m['Subject']}\n{m.get_content()}" for m in self.letters(to)]
            for text in reversed(seen):
                if says in text:
                    return text
            time.sleep(0.1)
        raise AssertionError(f"no letter to {to} says {says!r}; there are {len(seen)}: {seen[-1:]}")

    def sample(self) -> tuple[str, str]:
        """The protocol and the access code of the demand that it prints for whoever wants to follow one."""
        found = re.search(r"A demand to follow: (\S+), code (\S+)", (self.folder / "up.log").read_text())
        assert found, _said(self.folder)
        return found[1], found[2]

    @contextlib.contextmanager
    def one_at_a_time(self, what: str) -> Iterator[None]:
        """Nobody else does `what` meanwhile, in whichever process of the test run."""
        with (self.folder / f"{what}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def enter(folder: Path, owner: int) -> tuple[House, Callable[[], None]]:
    """The house of this test run, opened if it is not open yet, and how to close it."""
    note, keeper = folder / "house.json", None
    with (folder / "house.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not note.exists():
            keeper = subprocess.Popen(
                [sys.executable, "-m", "tests.house", str(folder), str(owner)], cwd=PROJECT, start_new_session=True
            )
            end = time.monotonic() + PATIENCE + 5
            while not note.exists():
                if keeper.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the house did not open:\n{_said(folder)}")
                time.sleep(0.05)
    plan = json.loads(note.read_text())

    def leave() -> None:
        if keeper is not None and owner == os.getpid():  # else the keeper sees by itself when the run is over
            keeper.terminate()
            keeper.wait(50)

    return House(plan["url"], folder, Path(plan["data"])), leave


def _said(folder: Path) -> str:
    log = folder / "up.log"
    return log.read_text(errors="replace")[-4000:] if log.exists() else "(it said nothing)"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Postbox:
    """aiosmtpd's handler: every message becomes a file that is whole as soon as it has its name."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.count = folder, 0
        folder.mkdir(exist_ok=True)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.count += 1
        path = self.folder / f"{self.count:06d}.eml"
        path.with_suffix(".part").write_bytes(envelope.content)  # type: ignore[attr-defined]
        path.with_suffix(".part").rename(path)
        return "250 taken"


def keep(folder: Path, owner: int) -> None:
    """Run the house until `owner` has ended or we are asked to stop."""
    from aiosmtpd.controller import Controller

    from balcao.platform.processes import die_with_parent

    wanted = [True]
    for sig in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(sig, lambda *_: wanted.clear())
    base = Path(tempfile.mkdtemp(prefix="balcao-journeys-"))
    base.chmod(0o711)  # the account that runs PostgreSQL for root must pass through
    post, port = Controller(Postbox(folder / "mail"), hostname="127.0.0.1", port=free_port()), free_port()
    post.start()
    environment = {k: v for k, v in os.environ.items() if k not in NOT_OURS and not k.startswith("PYTEST")}
    environment |= {"BALCAO_SMTP_HOST": "127.0.0.1", "BALCAO_SMTP_PORT": str(post.port)}
    with (folder / "up.log").open("wb") as log:
        house = subprocess.Popen(
            [sys.executable, "-u", "-m", "balcao.config.cli", "up", "--port", str(port), "--data", str(base / "data")],
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
            preexec_fn=die_with_parent(signal.SIGTERM),
        )
    try:
        end = time.monotonic() + PATIENCE
        while wanted and READY not in _said(folder) and time.monotonic() < end and house.poll() is None:
            time.sleep(0.1)
        if READY not in _said(folder):
            return
        plan = json.dumps({"url": f"http://localhost:{port}", "data": str(base / "data")})
        (folder / "house.part").write_text(plan)
        (folder / "house.part").rename(folder / "house.json")
        while wanted and house.poll() is None and _lives(owner):
            time.sleep(0.2)
    finally:
        house.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            house.wait(40)
        house.kill()
        post.stop()
        shutil.rmtree(base, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or not re.search(r"\) Z ", status.read_text())


if __name__ == "__main__":
    keep(Path(sys.argv[1]), int(sys.argv[2]))
