"""The house under test: embedded PostgreSQL as `balcao up` runs it (durable), the demonstration, a `balcao web`."""

from __future__ import annotations

import logging
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import psycopg

from . import cpu


@dataclass(frozen=True)
class House:
    url: str
    """Of the database, for libpq."""
    host: str
    port: int
    workers: int
    home: Path
    """Its data folder."""
    web: int
    database: int
    """Their main processes' ids."""
    cases: int
    """Demands to be there when pages and whole lives are measured."""
    clocks: int
    """Open clocks to be there when the sweep is measured."""
    spike: float
    """Seconds of a spike, and of the time after it."""
    lines: frozenset[str]

    def wants(self, line: str) -> bool:
        return line in self.lines


@contextmanager
def house(*, cases: int, clocks: int, spike: float, lines: Iterable[str], kept: Path | None = None) -> Iterator[House]:
    """Start it in a folder of its own, with Django ready in this process too; leave nothing behind. `kept`: in this
    folder, which stays as it is for the next time, so that a million demands are filled once."""
    home = kept or Path(tempfile.mkdtemp(prefix="balcao-bench-"))
    home.mkdir(exist_ok=True)
    home.chmod(0o711)  # the account that runs PostgreSQL for root must pass through
    os.environ |= {"BALCAO_DATA": str(home), "DJANGO_SETTINGS_MODULE": "balcao.config.settings", "BALCAO_LOG": "json"}
    from balcao.platform.postgres import Server

    server = Server(home)
    web: subprocess.Popen[bytes] | None = None
    try:
        os.environ["DATABASE_URL"] = url = server.start()
        from balcao.config.cli.environment import bring_up_to_date, setup_django

        setup_django()
        logging.getLogger("balcao.requests").setLevel(logging.WARNING)
        bring_up_to_date()
        from balcao.config import demo
        from balcao.config.cli.up import collect_static

        collect_static()
        demo.load()
        port, workers = free_port(), os.cpu_count() or 1
        web = start(home, "web", "--port", str(port), "--workers", str(workers))
        wait("127.0.0.1", port, web, home / "web.log")
        assert server.process is not None
        yield House(
            url, "127.0.0.1", port, workers, home, web.pid, server.process.pid, cases, clocks, spike, frozenset(lines)
        )
    finally:
        if web is not None:
            end(web)
        _let_go()
        server.stop()
        if kept is None:
            shutil.rmtree(home, ignore_errors=True)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()


def rest(house: House, patience: float = 180) -> None:
    """Until PostgreSQL has vacuumed, has written its checkpoint and does nothing: the next line does not pay for what
    the last one left to it."""
    with psycopg.connect(house.url, autocommit=True) as link:
        link.execute("VACUUM (ANALYZE)")
        link.execute("CHECKPOINT")
    ends = time.monotonic() + patience
    while time.monotonic() < ends:
        before = cpu.seconds(house.database)
        time.sleep(2)
        if cpu.seconds(house.database) - before < 0.05:
            return


def start(home: Path, *arguments: str) -> subprocess.Popen[bytes]:
    """`balcao` with these arguments, in this house; what it says goes to `home/<first argument>.log`."""
    with (home / f"{arguments[0]}.log").open("ab") as log:
        command = [sys.executable, "-m", "balcao.config.cli", *arguments]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(
    host: str, port: int, web: subprocess.Popen[bytes], log: Path, *, path: str = "/readyz", patience: float = 60
) -> None:
    """Until it answers; SystemExit with what it said when it ends before."""
    ends = time.monotonic() + patience
    while time.monotonic() < ends and web.poll() is None:
        try:
            link = HTTPConnection(host, port, timeout=5)
            link.request("GET", path)
            if link.getresponse().status < 500:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server did not start:\n" + log.read_text(errors="replace")[-2000:])
