"""Child processes that never outlive us, and the parent-death signal that makes it so."""

import contextlib
import ctypes
import fcntl
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from .trouble import Trouble, explain

PR_SET_PDEATHSIG = 1
T = TypeVar("T")


def die_with_parent(sig: int = signal.SIGTERM, parent: int | None = None) -> Callable[[], None]:
    """A `preexec_fn` that asks Linux to send `sig` when our parent's *main thread* ends; elsewhere it does nothing.

    Start such children from the main thread only: the kernel watches the thread that forked.
    """
    parent = parent or os.getpid()
    libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None

    def ask() -> None:
        if libc is not None:
            libc.prctl(PR_SET_PDEATHSIG, sig)
            if os.getppid() != parent:  # it died between fork and here
                os.kill(os.getpid(), signal.SIGKILL)

    return ask


class Watcher:
    """Where Linux's parent-death signal is missing (macOS): a shell that waits for our end of a pipe to close."""

    def __init__(self, pid: int, sig: str = "INT") -> None:
        reader, self._writer = os.pipe()
        self._shell = subprocess.Popen(
            ["/bin/sh", "-c", 'cat >/dev/null; kill -s "$1" "$2" 2>/dev/null', "watcher", sig, str(pid)],
            stdin=reader,
            start_new_session=True,
        )
        os.close(reader)

    def close(self) -> None:
        """Call the watcher off: the child has ended by itself."""
        with contextlib.suppress(ProcessLookupError):
            self._shell.kill()
        self._shell.wait()
        with contextlib.suppress(OSError):
            os.close(self._writer)


@contextlib.contextmanager
def gate() -> Iterator[str]:
    """A path behind which other processes wait (`wait_behind`) until we leave the block, or die in it."""
    with tempfile.NamedTemporaryFile(prefix="balcao-gate-") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file.name


def wait_behind(path: str) -> None:
    """Wait until the gate at `path` is open; one that has gone is open."""
    with contextlib.suppress(FileNotFoundError), open(path) as file:
        fcntl.flock(file, fcntl.LOCK_SH)


@contextlib.contextmanager
def mortal() -> Iterator[None]:
    """In the block SIGTERM ends this process at once, whoever handles it outside. In the main thread only."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)
    signal.siginterrupt(signal.SIGTERM, False)  # as asyncio had it


def in_a_child(work: Callable[[], T]) -> T:
    """What `work` returns, or the Trouble that it met, from a process of its own: a process that only watches others,
    or forks them, stays as small as it was. Call it before there are threads. Ends `work` when we are interrupted."""
    fork = multiprocessing.get_context("fork")
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_child, args=(work, theirs, os.getpid()), daemon=True)
    child.start()
    theirs.close()
    try:
        done, found = ours.recv()
    except EOFError:
        raise SystemExit(1) from None  # it said why
    except BaseException:
        child.terminate()
        raise
    finally:
        child.join()
    if not done:
        raise Trouble(found)
    return found


def _child(work: Callable[[], Any], answer: Connection, parent: int) -> None:
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sig, signal.SIG_DFL)
    die_with_parent(signal.SIGTERM, parent)()
    try:
        answer.send((True, work()))
    except Exception as error:
        if (sentence := explain(error)) is None or os.environ.get("BALCAO_DEBUG"):
            raise
        answer.send((False, sentence))
