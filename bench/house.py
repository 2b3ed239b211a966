"""The house under test: embedded PostgreSQL as `balcao up` runs it (durable), the demonstration, a `balcao web`."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path


@dataclass(frozen=True)
class House:
    url: str
    """Of the database, for libpq."""
    host: str
    port: int
    workers: int


@contextmanager
def house() -> Iterator[House]:
    """Start it in a folder of its own, with Django ready in this process too; leave nothing behind."""
    home = Path(tempfile.mkdtemp(prefix="balcao-bench-"))
    home.chmod(0o711)  # the account that runs PostgreSQL for root must pass through
    os.environ |= {"BALCAO_DATA": str(home), "DJANGO_SETTINGS_MODULE": "balcao.config.settings", "BALCAO_LOG": "json"}
    from balcao.platform.postgres import Server

    server = Server(home)
    web: subprocess.Popen[bytes] | None = None
    try:
        os.environ["DATABASE_URL"] = url = server.start()
        from balcao.config.cli.environment import bring_up_to_date, setup_django

        setup_django()
        bring_up_to_date()
        from balcao.config import demo
        from balcao.config.cli.up import collect_static

        collect_static()
        demo.load()
        port, workers = _free_port(), os.cpu_count() or 1
        command = [sys.executable, "-m", "balcao.config.cli", "web", "--port", str(port), "--workers", str(workers)]
        with (home / "web.log").open("wb") as log:
            web = subprocess.Popen(command, stdout=log, stderr=log)
        _wait("127.0.0.1", port, web, home / "web.log")
        yield House(url, "127.0.0.1", port, workers)
    finally:
        if web is not None:
            web.terminate()
            try:
                web.wait(15)
            except subprocess.TimeoutExpired:
                web.kill()
        _let_go()
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _let_go() -> None:
    from django.db import connections

    connections.close_all()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(host: str, port: int, web: subprocess.Popen[bytes], log: Path, patience: float = 40) -> None:
    ends = time.monotonic() + patience
    while time.monotonic() < ends and web.poll() is None:
        try:
            link = HTTPConnection(host, port, timeout=5)
            link.request("GET", "/readyz")
            if link.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the web server did not start:\n" + log.read_text(errors="replace")[-2000:])
