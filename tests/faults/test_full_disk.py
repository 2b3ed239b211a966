"""Real disks without room: people are told kindly, nothing that was acknowledged is lost, the operator sees it, and
once there is room everything goes on by itself."""

from __future__ import annotations

import contextlib
import errno
import io
import json
import os
import random
import shutil
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.utils import translation
from PIL import Image

from balcao.platform.files.refused import SENTENCES
from balcao.platform.postgres import running

from .afterwards import every_opening_is_kept
from .city import City
from .people import Citizen, Client, Ledger
from .post import CountingPost


@contextlib.contextmanager
def small_disk(city: City, folder: Path, megabytes: int) -> Iterator[None]:
    """A disk of this size at a `folder` of the city's; skips where nobody may mount one."""
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    folder.mkdir(parents=True, exist_ok=True)
    options = f"size={megabytes}m,mode=711"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        shutil.rmtree(city.base, ignore_errors=True)  # the city could not while something was mounted in it


def fill(path: Path) -> Path:
    """A file that takes the last byte of its disk."""
    with path.open("ab", buffering=0) as ballast:
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while ballast.write(bytes(size)) == size:
                    pass
        with pytest.raises(OSError) as full:
            while True:
                ballast.write(b"x")
        assert full.value.errno == errno.ENOSPC
    return path


class House(City):
    """`balcao up`: its database, its files and all else in one data folder."""

    def __init__(self, *, smtp_port: int) -> None:
        super().__init__(webs=1, workers=0, smtp_port=smtp_port)
        del self.environment["DATABASE_URL"]
        self.commands = {"up": ["up", "--no-demo", "--port", str(self.ports[0])]}

    def open_database(self) -> None:
        """Each command starts it, or finds the one that `balcao up` has started."""

    def wait_until_ready(self, patience: float = 180.0) -> None:
        super().wait_until_ready(patience)
        if self.door.parent.name in self.url:  # from then on it stays the same
            self.url = running(self.base / "data")["url"]


def doctor(city: City) -> str:
    """What it says, after making sure that it calls for mending."""
    command = [*city.command, "doctor"]
    done = subprocess.run(command, env=city.environment, cwd="/", capture_output=True, text=True, timeout=120)
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout


def ready(city: City) -> dict[str, object]:
    with urllib.request.urlopen(f"http://localhost:{city.ports[0]}/readyz", timeout=60) as page:
        return dict(json.loads(page.read()))


def go_to_the_end(city: City, me: Citizen, where: str) -> None:
    while "/recebido/" not in where:
        found: list[str] = []
        assert me.insist(lambda where=where, found=found: me._step(where, "maria@pessoas.example.org", found))
        where = found[0]
    draft = where.rstrip("/").rpartition("/")[2].replace("-", "")
    assert me.insist(lambda: me._read(where, draft))


@pytest.mark.slow
def test_a_database_without_room_refuses_kindly_and_goes_on_with_everything_once_there_is_room():
    with CountingPost() as post, contextlib.ExitStack() as ends:
        house = House(smtp_port=post.port)
        ends.enter_context(small_disk(house, house.base / "data", 400))
        ends.enter_context(house)
        ledger, ending = Ledger(wanted=4), threading.Event()
        clients = [threading.Thread(target=Client(house, ledger, ending, n).live, daemon=True) for n in (3, 4)]
        for one in clients:
            one.start()
        house.tend_until(lambda: ledger.done == 4, lambda: ledger.done)
        me, other = Citizen(house, ledger, ending, 5), Citizen(house, ledger, ending, 6)
        status, where, _text = me.send("POST", "/pedir/poda/o-que/", me.WORDS)
        assert status == 302
        ballast = fill(house.base / "data" / "ballast")
        ledger.wanted = float("inf")
        house.tend_until(lambda: ledger.kind_words >= 5, lambda: (ledger.done, ledger.kind_words))
        while status != 503:
            other.cookies = {}
            status, _where, text = other.send("POST", "/pedir/poda/o-que/", other.WORDS)
        assert "<h1>" in text and "Traceback" not in text
        assert other.WORDS["description"] in text, "what was typed is on the page"
        assert "BAD  Only 0.000 GB are free" in doctor(house)
        assert ready(house)["little_room"]

        # Its log finds no room either: then it cannot even stand.
        with pytest.raises(psycopg.OperationalError), psycopg.connect(house.url, autocommit=True) as link:
            for _ in range(60):
                link.execute("SELECT pg_logical_emit_message(true, 'test', repeat('x', 1000))")
                link.execute("SELECT pg_switch_wal()")
        log = house.base / "up.log"
        house.tend_until(lambda: "The disk is full, the database cannot start" in log.read_text(), lambda: None)
        status, _where, text = me.send("GET", "/servicos/")
        assert status == 503 and "<h1>" in text, "and still there is a page that says so"
        ledger.wanted = ledger.begun
        ballast.unlink()
        house.wait_until_ready()
        assert house.restarts == 0, "nobody had to start it again"
        house.tend_until(lambda: len(ledger.opened) == ledger.begun, lambda: ledger.done)
        ending.set()
        go_to_the_end(house, me, where)
        assert ledger.refusals == []
        every_opening_is_kept(house, ledger)
        queued = "SELECT count(*) FROM inbox_delivery WHERE state = 'queued'"
        house.tend_until(lambda: house.ask(queued) == [(0,)], lambda: house.ask(queued), 300)
        assert len(post.taken) == len(ledger.opened)


def photo() -> bytes:
    """A picture of noise: a hundred kilobytes and more."""
    out = io.BytesIO()
    Image.frombytes("RGB", (320, 320), random.Random(7).randbytes(320 * 320 * 3)).save(out, "JPEG", quality=90)
    return out.getvalue()


@pytest.mark.slow
def test_a_file_that_finds_no_room_is_refused_in_a_sentence_and_the_demand_goes_on_without_it():
    with CountingPost() as post, contextlib.ExitStack() as ends:
        city = City(webs=1, workers=1, smtp_port=post.port)
        files = city.base / "data" / "files"
        ends.enter_context(small_disk(city, files, 60))
        ends.enter_context(city)
        ledger, picture = Ledger(), photo()
        me = Citizen(city, ledger, threading.Event(), 3)
        where = "/pedir/poda/o-que/"
        while not where.endswith("/arquivos/"):
            status, where, text = me.send("POST", where, me.WORDS)
            assert status == 302, text
        ballast = fill(files / "ballast")
        status, _where, text = me.send("POST", where, me.WORDS, files={"files": ("foto.jpg", picture)})
        with translation.override("pt-br"):
            assert status < 500 and str(SENTENCES["no_room"]) in text
        assert [path for path in files.rglob("*") if path.is_file()] == [ballast], "half a file takes no room"
        open_faults = "SELECT key FROM platform_fault WHERE kind = 'disk' AND ended_at IS NULL"
        assert city.ask(open_faults) == [("files",)], "whoever looks after it knows at once"
        assert f"GB are free for {files}: make room" in doctor(city)
        assert list(ready(city)["little_room"]) == ["files"]  # type: ignore[call-overload]
        ballast.unlink()
        status, on, text = me.send("POST", where, me.WORDS, files={"files": ("foto.jpg", picture)})
        assert status == 302, text
        assert city.ask("SELECT count(*) FROM platform_storedfile") == [(1,)]
        go_to_the_end(city, me, on)
        every_opening_is_kept(city, ledger)
        city.tend_until(lambda: city.ask(open_faults) == [], lambda: None)
