"""Keeps the children of `balcao up` running, and ends them all when it ends, however it ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from types import FrameType

import click

from balcao.platform.postgres import Server
from balcao.platform.processes import Watcher, die_with_parent
from balcao.platform.trouble import Trouble, explain

LOOK = 0.2  # seconds
GRACE = 12.0  # seconds that a child may take to finish what runs
MOST_PAUSE = 30.0  # seconds between two tries
CALM = 30.0  # a child that lived as long as this is restarted at once, others after a growing pause


def _begin(tie: Callable[[], None]) -> Callable[[], None]:
    """A terminal's Ctrl-C reaches children too. It is ours to end them: one that is still reading its modules would
    show its traceback."""

    def begin() -> None:
        tie()
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    return begin


class Child:
    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name, self.arguments = name, arguments
        self.process: subprocess.Popen[bytes] | None = None
        self.watcher: Watcher | None = None
        self.falls = 0
        self.start()

    def start(self) -> None:
        self.since, self.again_at = time.monotonic(), 0.0
        self.process = subprocess.Popen(
            [sys.executable, "-m", "balcao.config.cli", *self.arguments],
            stdin=subprocess.DEVNULL,
            preexec_fn=_begin(die_with_parent(signal.SIGTERM)),
        )
        if sys.platform != "linux":
            self.watcher = Watcher(self.process.pid, "TERM")


class Supervisor:
    """`with supervisor.signals(): start(…); wait_until_ready(…); watch()`."""

    def __init__(self) -> None:
        self.children: list[Child] = []
        self.server: Server | None = None
        self.stopping = self.serving = False

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """SIGINT, SIGTERM and a closed terminal ask for an orderly end; a second one changes nothing."""

        def ask(sig: int, frame: FrameType | None) -> None:
            if not self.stopping:
                self.stopping = True
                click.echo("\nStopping…")
                if not self.serving:  # leave the set-up where it is
                    raise SystemExit(130)

        before = {sig: signal.signal(sig, ask) for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            yield
        finally:
            self.stop()
            for sig, handler in before.items():
                signal.signal(sig, handler)

    @contextlib.contextmanager
    def database(self, server: Server) -> Iterator[None]:
        """The private server, ended after the children."""
        self.server = server
        os.environ["DATABASE_URL"] = server.start()
        try:
            yield
        finally:
            self.stop()
            os.environ.pop("DATABASE_URL", None)
            server.stop()

    def start(self, name: str, arguments: list[str]) -> None:
        if not self.stopping:
            self.children.append(Child(name, arguments))

    def wait_until_ready(self, url: str) -> None:
        """Until /readyz answers; Trouble when the web child ends before."""
        self.serving = True
        # No proxy of the environment lies between us and ourselves.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while not self.stopping:
            web = next(child for child in self.children if child.name == "web")
            if web.process and web.process.poll() is not None:
                raise Trouble("The web server ended as soon as it started: what it said stands above.")
            try:
                opener.open(f"{url}/readyz", timeout=2)
                return
            except urllib.error.HTTPError as error:
                if error.code == 400:  # the host is not in BALCAO_HOSTS; it serves, and `doctor` tells
                    return
                time.sleep(0.05)
            except OSError:
                time.sleep(0.05)

    def watch(self) -> None:
        """Restart whatever ends by itself, with a sentence, until somebody asks us to stop."""
        while not self.stopping:
            time.sleep(LOOK)
            if self.server and self.server.process and self.server.process.poll() is not None and not self.stopping:
                self._restart_database(self.server)
            for child in self.children:
                self._look_after(child)

    def _look_after(self, child: Child) -> None:
        if self.stopping or child.process is None or child.process.poll() is None:
            return
        if not child.again_at:
            now = time.monotonic()
            child.falls = 0 if now - child.since > CALM else child.falls + 1
            pause = min(MOST_PAUSE, 2.0 ** (child.falls - 1)) if child.falls else 0.0
            child.again_at = now + pause
            click.echo(
                f"The {child.name} process ended ({_how(child.process.returncode)}); it is started again.", err=True
            )
        if time.monotonic() >= child.again_at:
            if child.watcher:
                child.watcher.close()
            child.start()

    def _restart_database(self, server: Server) -> None:
        """It recovers by itself, at the same address. Until it does (a full disk, say) the web goes on, and tells
        people so; each new sentence is said once, and whoever ended with the database waits for it."""
        click.echo("The database process ended; it is started again (what was confirmed is kept).", err=True)
        said, pause = "", LOOK
        while not self.stopping:
            try:
                server.restart()
                return
            except (Trouble, OSError) as error:
                if (sentence := explain(error)) is None:
                    raise
                if sentence != said:
                    said = sentence
                    click.echo(said, err=True)
            end, pause = time.monotonic() + pause, min(MOST_PAUSE, pause * 2)
            while time.monotonic() < end and not self.stopping:
                time.sleep(LOOK)

    def stop(self) -> None:
        self.stopping = True
        self._end_children()

    def _end_children(self) -> None:
        alive = [child for child in self.children if child.process and child.process.poll() is None]
        for child in alive:
            assert child.process is not None
            child.process.terminate()
        end = time.monotonic() + GRACE
        for child in alive:
            assert child.process is not None
            try:
                child.process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        for child in self.children:
            if child.watcher:
                child.watcher.close()
                child.watcher = None


def _how(code: int) -> str:
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
    return f"exit code {code}"
