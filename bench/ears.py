"""Two thousand listeners in one process of their own: they count what they hear, and remember its order."""

from __future__ import annotations

import re
import selectors
import socket
import time
from dataclasses import dataclass, field
from multiprocessing import Pipe, Process
from multiprocessing.connection import Connection
from typing import Any

TOLD = re.compile(rb"id: ([0-9]+\.[0-9]+\.([0-9]+))\nevent: (\w+)\n[^\n]*\n\n")
AN_ADDRESS = 100  # listeners: the product takes two hundred from one
AT_ONCE = 100  # connections that are being opened


@dataclass
class Ear:
    """One listener. `heard`: the numbers of the events that are counted, in the order of their coming."""

    number: int
    link: socket.socket | None = None
    rest: bytes = b""
    head: bool = False
    place: str = ""
    heard: list[int] = field(default_factory=list)

    def take(self, data: bytes) -> int:
        """How many events these bytes finish."""
        self.rest += data
        if not self.head:
            if b"\r\n\r\n" not in self.rest:
                return 0
            start, _, self.rest = self.rest.partition(b"\r\n\r\n")
            if b" 200 " not in start.split(b"\r\n")[0]:
                raise SystemExit(f"a listener was not let in: {start.splitlines()[0]!r}")
            self.head = True
        end = fresh = 0
        for found in TOLD.finditer(self.rest):
            end = found.end()
            self.place = found[1].decode()
            if found[3] == b"BenchTold":
                self.heard.append(int(found[2]))
                fresh += 1
        self.rest = self.rest[end:]
        return fresh


class Ears:
    """`with Ears(host, port, count, cookie) as ears`: they are in another process, so that they cost the house nothing
    but a processor."""

    def __init__(self, host: str, port: int, count: int, cookie: str = "") -> None:
        self._ours, theirs = Pipe()
        self._process = Process(target=_run, args=(theirs, host, port, count, cookie), daemon=True)

    def __enter__(self) -> Ears:
        self._process.start()
        self.ask("connect")
        return self

    def __exit__(self, *_: object) -> None:
        self._ours.send(("end",))
        self._process.join(10)
        self._process.kill()

    def ask(self, verb: str, *values: Any) -> Any:
        """connect: let all in (again, where they were); leave: hang up; wait(n): until each has heard n more events:
        (when the last one came on the monotonic clock, how many came in all); drain: whatever still comes; heard: all
        numbers of each."""
        self.begin(verb, *values)
        return self.answer()

    def begin(self, verb: str, *values: Any) -> None:
        self._ours.send((verb, *values))

    def answer(self) -> Any:
        if not self._ours.poll(180):
            raise SystemExit("the listeners did not hear everything within three minutes")
        found = self._ours.recv()
        if isinstance(found, str):
            raise SystemExit(found)
        return found


def _run(pipe: Connection, host: str, port: int, count: int, cookie: str) -> None:
    from balcao.config.server import many_files

    many_files()
    ears, chosen = [Ear(number) for number in range(count)], selectors.DefaultSelector()
    while True:
        verb, *values = pipe.recv()
        if verb == "end":
            return
        try:
            pipe.send(VERBS[verb](ears, chosen, host, port, cookie, *values))
        except (SystemExit, OSError) as error:
            pipe.send(f"{type(error).__name__}: {error}")


def _connect(ears: list[Ear], chosen: Any, host: str, port: int, cookie: str) -> int:
    for first in range(0, len(ears), AT_ONCE):
        some = ears[first : first + AT_ONCE]
        for ear in some:
            address = f"127.77.{ear.number // AN_ADDRESS // 250}.{ear.number // AN_ADDRESS % 250 + 1}"
            ear.link = socket.create_connection((host, port), timeout=60, source_address=(address, 0))
            lines = ["GET /stream/ HTTP/1.1", f"Host: localhost:{port}", f"Cookie: {cookie}"]
            lines += [f"Last-Event-ID: {ear.place}"] if ear.place else []
            ear.link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            ear.rest, ear.head = b"", False
        for ear in some:  # as soon as each was greeted
            assert ear.link is not None
            while not ear.head:
                data = ear.link.recv(65536)
                if not data:
                    raise SystemExit("a listener was sent away")
                ear.take(data)
            ear.link.setblocking(False)
            chosen.register(ear.link, selectors.EVENT_READ, ear)
    return len(ears)


def _wait(ears: list[Ear], chosen: Any, host: str, port: int, cookie: str, count: int) -> tuple[float, int]:
    wanted, came, last = count * len(ears), 0, time.monotonic()
    while came < wanted and time.monotonic() - last < 60:
        for key, _ in chosen.select(1):
            try:
                data = key.fileobj.recv(1 << 18)
            except BlockingIOError:
                continue
            if not data:
                raise SystemExit("a listener was sent away while it listened")
            if fresh := key.data.take(data):
                came, last = came + fresh, time.monotonic()
    if came != wanted:
        raise SystemExit(f"{came} deliveries, not {wanted}")
    return last, came


def _leave(ears: list[Ear], chosen: Any, host: str, port: int, cookie: str) -> int:
    for ear in ears:
        if ear.link is not None:
            chosen.unregister(ear.link)
            ear.link.close()
            ear.link = None
    return len(ears)


def _heard(ears: list[Ear], chosen: Any, host: str, port: int, cookie: str) -> list[list[int]]:
    return [ear.heard for ear in ears]


def _drain(ears: list[Ear], chosen: Any, host: str, port: int, cookie: str) -> int:
    """Take whatever comes until nothing has come for a second."""
    came = 0
    while found := chosen.select(1):
        for key, _ in found:
            data = key.fileobj.recv(1 << 18)
            if not data:
                raise SystemExit("a listener was sent away while it listened")
            came += key.data.take(data)
    return came


VERBS = {"connect": _connect, "wait": _wait, "drain": _drain, "leave": _leave, "heard": _heard}
