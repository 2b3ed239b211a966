"""A city of real processes that can be killed: our own durable PostgreSQL, several `balcao web` and `balcao worker`,
and a tender that starts again whatever ended, as an init system would."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any

import psycopg

from balcao.platform.postgres import Server
from balcao.platform.processes import die_with_parent
from tests.house import NOT_OURS, PROJECT, free_port

PATIENCE = 180.0  # seconds without any progress after which a test gives up: no machine is as slow as that
SET_UP = """
import json
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from balcao.organization.actions.keys import make_key
from balcao.organization.models import ApiKey
from balcao.platform.sessions import SessionStore
from tests.world import make_world
world = make_world()
def signed_in(role):
    who, session = world.staff[role], SessionStore()
    session[SESSION_KEY] = str(who.pk)
    session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
    session[HASH_SESSION_KEY] = who.get_session_auth_hash()
    session.save()
    return session.session_key
key = ApiKey(agency=world.agency, name="load", scopes=["open311.write"], per_minute=60_000, per_day=10**6)
plan = {"agency": world.agency.pk, "key": make_key(actor=world.actor("administrator"), key=key)[1]}
plan |= {role: signed_in(role) for role in ("area_manager", "supervisor")}
print("plan:" + json.dumps(plan))
"""


class City:
    """`with City(webs=2, workers=2, smtp_port=…) as city`. Call `start`, `kill` and `tend` from the main thread only:
    a child dies with the thread that made it."""

    def __init__(self, *, webs: int, workers: int, smtp_port: int) -> None:
        self.base = Path(tempfile.mkdtemp(prefix="balcao-faults-"))
        self.base.chmod(0o711)  # the account that runs PostgreSQL for root must pass through
        self.server = Server(self.base / "data")
        # A server that starts anew has another folder of sockets: this one name always leads to the living one.
        self.door = Path(tempfile.mkdtemp(prefix="bf-", dir="/tmp")) / "db"
        self.url = f"postgresql://balcao@/balcao?host={self.door}"
        self.ports = [free_port() for _ in range(webs)]
        self.commands = {f"web {n}": ["web", "--port", str(port)] for n, port in enumerate(self.ports)}
        self.commands |= {f"worker {n}": ["worker", "--concurrency", "3"] for n in range(workers)}
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self.restarts = 0
        kept = {k: v for k, v in os.environ.items() if k not in NOT_OURS and not k.startswith("PYTEST")}
        self.environment = kept | {
            "DATABASE_URL": self.url,
            "BALCAO_DATA": str(self.base / "data"),
            "BALCAO_SMTP_HOST": "127.0.0.1",
            "BALCAO_SMTP_PORT": str(smtp_port),
            "BALCAO_THREADS": "8",
            "PYTHONPATH": os.pathsep.join([str(PROJECT / "src"), str(PROJECT)]),
        }
        self.command = [sys.executable, "-m", "balcao.config.cli"]
        self.plan: dict[str, Any] = {}

    def __enter__(self) -> City:
        try:
            self.open_database()
            self.set_up()
            self.balcao("manage", "collectstatic", "--noinput", "-v0")
            self.tend()
            self.wait_until_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def set_up(self) -> None:
        """An agency with its people, and the sessions and the key that they use."""
        self.balcao("migrate")
        self.plan = json.loads(self.balcao("manage", "shell", "-c", SET_UP).rpartition("plan:")[2])

    def __exit__(self, *_: object) -> None:
        self.rest()
        self.server.stop()
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.rmtree(self.door.parent, ignore_errors=True)

    def balcao(self, *arguments: str) -> str:
        done = subprocess.run(
            [*self.command, *arguments],
            env=self.environment,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=600,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def open_database(self) -> None:
        self.server.start()
        fresh = self.door.with_name("db.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(str(self.server._sockets))
        fresh.replace(self.door)

    def close_database(self) -> None:
        """It ends in order, as for an upgrade of its machine."""
        self.server.stop()

    def tend(self) -> None:
        """Start whatever does not run."""
        for name, command in self.commands.items():
            process = self.running.get(name)
            if process is not None and process.poll() is None:
                continue
            self.restarts += process is not None
            with (self.base / f"{name}.log").open("ab") as log:
                self.running[name] = subprocess.Popen(
                    [*self.command, *command],
                    env=self.environment,
                    cwd=PROJECT,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=die_with_parent(signal.SIGTERM),
                )

    def rest(self) -> None:
        """End web and workers; the database stays."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(15)
        self.running = {}

    def tend_for(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.tend()
            time.sleep(0.1)

    def tend_until(
        self, reached: Callable[[], bool], moved: Callable[[], Hashable], patience: float = PATIENCE
    ) -> None:
        """Tend until `reached()`, however long it takes; AssertionError once nothing has `moved()` for so long."""
        place, end = moved(), time.monotonic() + patience
        while not reached():
            self.tend_for(0.1)
            if place != (place := moved()):
                end = time.monotonic() + patience
            assert time.monotonic() < end, f"nothing moves any more at {place}: {self.said()}"

    def kill(self, what: str, chance: random.Random) -> str:
        """kill -9 of one process, at once. `what` is web, worker, database, or backend (one of PostgreSQL's own: the
        others then restart in recovery). Returns who it was."""
        if what == "database":
            assert self.server.process is not None
            os.kill(self.server.process.pid, signal.SIGKILL)
            self.server.process.wait(30)
            self.server.stop()
            self.open_database()
            return "PostgreSQL"
        if what == "backend":
            mine = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
            while True:
                if rows := self.ask(mine):
                    with contextlib.suppress(ProcessLookupError):  # it had ended by itself
                        os.kill(chance.choice(rows)[0], signal.SIGKILL)
                        return "a backend"
                self.tend_for(0.3)
        while not (alive := [n for n, p in self.running.items() if n.startswith(what) and p.poll() is None]):
            self.tend_for(0.3)
        name = chance.choice(alive)
        self.running[name].kill()
        self.running[name].wait(30)
        return name

    def ask(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a query of the test's own; again and again while the database comes back."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as link:
                    return link.execute(sql, values or None).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)

    def wait_until_ready(self, patience: float = PATIENCE) -> None:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        end, waiting = time.monotonic() + patience, list(self.ports)
        while waiting:
            self.tend()
            try:
                opener.open(f"http://127.0.0.1:{waiting[0]}/readyz", timeout=5)
                waiting.pop(0)
            except OSError:
                assert time.monotonic() < end, f"not ready: {self.said()}"
                time.sleep(0.2)

    def said(self) -> str:
        return "\n".join(f"{p.name}: {p.read_text(errors='replace')[-1500:]}" for p in self.base.glob("*.log"))
