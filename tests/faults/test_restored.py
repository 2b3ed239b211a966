"""A city is backed up while people work, comes back on an empty machine, and goes on as if it had only been away."""

from __future__ import annotations

import io
import shutil
import threading
from pathlib import Path

import pytest
from PIL import Image

from .afterwards import behind, every_opening_is_kept, nothing_is_missing
from .city import City
from .people import Citizen, Client, Ledger, Listener
from .post import CountingPost

# What a machine has of its own: it may differ, and nobody is promised anything about it.
OWN = ("platform_epoch", "platform_cache", "platform_limit", "platform_settled", "procrastinate_workers")
NAMES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND NOT table_name = ANY(%s) ORDER BY 1
"""
# The numbers of transactions are those of a server: a restore sets them to 0.
DIGEST = "SELECT count(*), md5(string_agg(r, '' ORDER BY r)) FROM (SELECT (to_jsonb(t) - 'tx')::text r FROM {} t) rows"
TOLD = "SELECT id FROM platform_event WHERE agency_id = %s AND id > %s ORDER BY tx, id"


class Restored(City):
    """An empty machine with the secret of the city that it takes over."""

    def __init__(self, *, archives: list[Path], of: City, smtp_port: int) -> None:
        super().__init__(webs=1, workers=1, smtp_port=smtp_port)
        self.archives, self.of, self.found = archives, of, list[dict[str, object]]()

    def set_up(self) -> None:
        self.plan = self.of.plan
        (self.base / "data").mkdir(exist_ok=True)
        shutil.copy2(self.of.base / "data" / "secret", self.base / "data" / "secret")
        for number, archive in enumerate(self.archives):
            self.balcao("restore", *(["--replace"] if number else []), str(archive))
            self.found.append(contents(self))


def contents(city: City) -> dict[str, object]:
    """Every row of every table, and every file, as digests and bytes."""
    names = [name for (name,) in city.ask(NAMES, list(OWN))]
    rows: dict[str, object] = {name: city.ask(DIGEST.format(f'"{name}"'))[0] for name in names}
    folder = city.base / "data" / "files"
    return rows | {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "green").save(out, "JPEG")
    return out.getvalue()


def send_a_photo(me: Citizen) -> None:
    where = "/pedir/poda/o-que/"
    while "/recebido/" not in where:
        files = {"files": ("foto.jpg", photo())} if where.endswith("/arquivos/") else None
        if where.endswith("/revisar/"):
            found: list[str] = []
            assert me._step(where, "maria@pessoas.example.org", found)
            where = found[0]
        else:
            words = {"join": ""} if where.endswith("/perto/") else me.WORDS | {"who_email": "maria@pessoas.example.org"}
            status, where, text = me.send("POST", where, words, files=files)
            assert status == 302, text
    draft = where.rstrip("/").rpartition("/")[2].replace("-", "")
    assert me.insist(lambda: me._read(where, draft))


@pytest.mark.slow
def test_a_city_comes_back_on_an_empty_machine_as_it_was_and_goes_on(tmp_path):
    with CountingPost() as post, City(webs=1, workers=1, smtp_port=post.port) as old:
        ledger, ending, deaf = Ledger(wanted=40), threading.Event(), threading.Event()
        listener = Listener(old, ledger, deaf, 1)
        threading.Thread(target=listener.live, daemon=True).start()
        old.tend_until(listener.hearing.is_set, lambda: listener.returns)
        send_a_photo(Citizen(old, ledger, ending, 2))
        people = [threading.Thread(target=Client(old, ledger, ending, n).live, daemon=True) for n in (3, 4)]
        for one in people:
            one.start()
        old.tend_until(lambda: ledger.done >= 8, lambda: ledger.done)

        def all_done() -> bool:
            return ledger.begun == ledger.wanted and ledger.done == ledger.begun + 1  # and the one with the photo

        before = set(ledger.opened.values())
        at_work, at_rest = tmp_path / "at-work.balcao", tmp_path / "at-rest.balcao"
        old.balcao("backup", str(at_work))
        meanwhile = set(ledger.opened.values())
        old.tend_until(all_done, lambda: ledger.done)
        queued = "SELECT count(*) FROM inbox_delivery WHERE state = 'queued'"
        old.tend_until(lambda: old.ask(queued) == [(0,)], lambda: old.ask(queued), 300)
        old.tend_until(lambda: not behind(old), lambda: behind(old))
        ending.set()
        deaf.set()
        assert listener.resets == 0
        letters = len(post.taken)
        old.rest()
        old.balcao("backup", str(at_rest))
        kept = contents(old)
        with Restored(archives=[at_work, at_rest], of=old, smtp_port=post.port) as new:
            during, after = new.found
            assert after == kept, "every row and every file"
            counted = during["cases_case"][0]  # type: ignore[index]
            assert len(before) <= counted <= len(ledger.opened) and meanwhile > before, "and people went on meanwhile"
            assert [name for name in kept if name.endswith(".jpg")] == [
                name for name in during if name.endswith(".jpg")
            ]

            ending, deaf = threading.Event(), threading.Event()
            last = new.ask("SELECT max(id) FROM platform_event")[0][0]
            again = Listener(new, ledger, deaf, 1)
            again.place = listener.place
            threading.Thread(target=again.live, daemon=True).start()
            new.tend_until(again.hearing.is_set, lambda: again.returns)
            assert again.resets == 1, "its page reads itself anew"
            client = threading.Thread(target=Client(new, ledger, ending, 5).live, daemon=True)
            client.start()
            for _ in range(2):
                ledger.wanted += 5
                new.tend_until(all_done, lambda: ledger.done)
                new.running["web 0"].kill()
            new.wait_until_ready()
            new.tend_until(lambda: new.ask(queued) == [(0,)], lambda: new.ask(queued), 300)
            new.tend_until(lambda: not behind(new), lambda: behind(new))
            ending.set()
            told: list[int] = []

            def all_told() -> bool:
                told[:] = [row[0] for row in new.ask(TOLD, new.plan["agency"], last)]
                return len(again.heard) >= len(told)

            new.tend_until(all_told, lambda: len(again.heard), 60)
            deaf.set()
            assert again.heard == told and again.resets == 1, "from then on exactly"
            assert len(post.taken) == letters + 10 and not post.repeats(), "no letter of before goes out again"
            every_opening_is_kept(new, ledger)
            nothing_is_missing(new, ledger, lambda: new.balcao("insights", "rebuild"))
