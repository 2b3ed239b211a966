"""A gate: whoever waits behind it goes on when it opens, also when whoever held it died."""

import multiprocessing
import os
import signal
from multiprocessing.connection import Connection

from balcao.platform.processes import gate, wait_behind

fork = multiprocessing.get_context("fork")


def _go_through(path: str, said: Connection) -> None:
    said.send("waits")
    wait_behind(path)
    said.send("through")


def _hold(said: Connection, until: Connection) -> None:
    with gate() as path:
        said.send(path)
        until.recv()


def _waiting(path: str) -> tuple[Connection, multiprocessing.process.BaseProcess]:
    ours, theirs = fork.Pipe(duplex=False)
    child = fork.Process(target=_go_through, args=(path, theirs), daemon=True)
    child.start()
    assert ours.recv() == "waits"
    return ours, child


def test_nobody_goes_through_before_it_opens() -> None:
    ours, theirs = fork.Pipe(duplex=False)
    stop, told = fork.Pipe(duplex=False)
    holder = fork.Process(target=_hold, args=(theirs, stop), daemon=True)
    holder.start()
    said, child = _waiting(ours.recv())
    assert not said.poll(0.3)
    told.send("open")
    assert said.recv() == "through"
    child.join()
    holder.join()


def test_a_gate_whose_keeper_was_killed_is_open() -> None:
    ours, theirs = fork.Pipe(duplex=False)
    stop, _told = fork.Pipe(duplex=False)
    holder = fork.Process(target=_hold, args=(theirs, stop), daemon=True)
    holder.start()
    path = ours.recv()
    said, child = _waiting(path)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    assert said.recv() == "through"
    child.join()
    os.unlink(path)
    wait_behind(path)  # one that has gone is open
