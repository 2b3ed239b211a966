"""People and programs who ask one thing after the other over HTTP, from many addresses."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count

from .harness import Run

ASKS_AN_ADDRESS = 20  # the portal takes 30 sendings a minute from one address, here too
BUSY = (429, 503)  # "busy, try again"


class Browser:
    """One visitor: a connection that stays open, and another address after every twenty jobs."""

    def __init__(self, host: str, port: int, seed: int) -> None:
        self.host, self.port, self.random = host, port, random.Random(seed)
        self.times: list[float] = []
        """Milliseconds of each answer."""
        self._link: HTTPConnection | None = None
        self._jobs = 0

    def ask(
        self, method: str, path: str, body: str | bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, str, bytes]:
        """(status, Location, body)."""
        if self._link is None:
            self._link = HTTPConnection(self.host, self.port, timeout=60, source_address=(self._address(), 0))
        started = time.perf_counter()
        self._link.request(method, path, body, {"Host": f"localhost:{self.port}", **(headers or {})})
        answer = self._link.getresponse()
        read = answer.read()
        self.times.append((time.perf_counter() - started) * 1000)
        return answer.status, answer.getheader("Location") or "", read

    def next_job(self) -> None:
        self._jobs += 1
        if self._jobs % ASKS_AN_ADDRESS == 0:
            self.close()

    def close(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _address(self) -> str:
        """Loopback has sixteen million addresses: as many people as we need."""
        return f"127.{self.random.randint(1, 250)}.{self.random.randint(1, 250)}.{self.random.randint(1, 250)}"


class Busy(Exception):
    """The house asked for patience."""


Job = Callable[[Browser], bool]
"""Does one thing; False when there is nothing left to do. Raises Busy, or SystemExit with what went wrong."""


@dataclass
class Tally:
    """What a crowd did. `times`: (when it ended, milliseconds of each answer)."""

    done: int = 0
    busy: int = 0
    wrong: list[str] = field(default_factory=list)
    times: list[tuple[float, float]] = field(default_factory=list)
    seconds: float = 0.0

    def run(self) -> Run:
        """SystemExit when anything went wrong."""
        if self.wrong:
            raise SystemExit(f"{len(self.wrong)} went wrong: {self.wrong[0]}")
        return Run(self.done / self.seconds, sorted(taken for _, taken in self.times))


_seeds = count(16_000)


def crowd(host: str, port: int, job: Job, *, clients: int, seconds: float) -> Tally:
    """`clients` at once, each doing `job` again and again for `seconds`. Errors are counted, and end their client's
    connection; a busy one waits a moment, as it is told."""
    tally, lock = Tally(), threading.Lock()
    ends = time.monotonic() + seconds

    def visitor() -> None:
        browser = Browser(host, port, next(_seeds))
        while time.monotonic() < ends and len(tally.wrong) < 100:
            done = busy = False
            try:
                done = job(browser)
                if not done:
                    break
            except Busy:
                busy = True
            except (SystemExit, OSError, HTTPException) as error:
                browser.close()
                with lock:
                    tally.wrong.append(f"{type(error).__name__}: {error}"[:300])
            now, taken, browser.times = time.monotonic(), browser.times, []
            with lock:
                tally.done += done
                tally.busy += busy
                tally.times += [(now, one) for one in taken]
            if busy:
                time.sleep(browser.random.uniform(0.1, 0.5))
            browser.next_job()
        browser.close()

    threads = [threading.Thread(target=visitor) for _ in range(clients)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tally.seconds = time.monotonic() - started
    return tally
