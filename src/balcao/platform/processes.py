"""Child processes that never outlive us, and the parent-death signal that makes it so."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable

PR_SET_PDEATHSIG = 1


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
