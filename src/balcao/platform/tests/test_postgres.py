"""The private PostgreSQL with real processes: it starts, refuses a second start, survives kill -9, ends with us."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from balcao.platform import postgres
from balcao.platform.postgres import Server
from balcao.platform.trouble import Trouble


@pytest.fixture
def home(tmp_path_factory) -> Path:
    """A folder that an unprivileged account can enter, with a space and far longer than a socket's path may be."""
    import shutil
    import tempfile

    base = Path(tempfile.mkdtemp(prefix="balcão de teste "))
    base.chmod(0o711)
    yield base / ("uma pasta comprida " * 6).strip() / "data"
    shutil.rmtree(base, ignore_errors=True)


def ask(url: str, sql: str):
    with psycopg.connect(url, autocommit=True) as link:
        return link.execute(sql).fetchone()[0]


def test_it_starts_keeps_what_it_confirmed_and_refuses_a_second_start(home):
    with Server(home) as url:
        assert ask(url, "SHOW server_version_num").startswith(postgres.MAJOR)
        assert ask(url, "SHOW data_checksums") == "on"
        assert ask(url, "SHOW listen_addresses") == ""
        with psycopg.connect(url) as link:
            link.execute("CREATE TABLE kept (word text)")
            link.execute("INSERT INTO kept VALUES ('açúcar')")
        assert postgres.running(home)["url"] == url
        with pytest.raises(Trouble, match="already uses the data folder"):
            Server(home).start()
        assert ask(url, "SELECT word FROM kept") == "açúcar", "the refused start harmed the running one"
    assert postgres.running(home) == {}
    with Server(home) as url:
        assert ask(url, "SELECT word FROM kept") == "açúcar"


def test_a_killed_server_comes_back_with_everything_it_confirmed(home):
    server = Server(home)
    url = server.start()
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE kept (n int)")
        for n in range(200):
            link.execute("INSERT INTO kept VALUES (%s)", [n])
        server.process.kill()
    server.process.wait()
    server.stop()
    (home / "postgres" / "postmaster.pid").write_text("1")  # cut short, and naming a process that lives
    with Server(home) as url:
        assert ask(url, "SELECT count(*) FROM kept") == 200


def test_it_ends_when_its_parent_is_killed(home):
    program = (
        "import sys, time; from pathlib import Path; from balcao.platform.postgres import Server\n"
        "s = Server(Path(sys.argv[1])); print(s.start(), flush=True); print(s.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program, str(home)], stdout=subprocess.PIPE, text=True)
    url, pid = parent.stdout.readline().strip(), int(parent.stdout.readline())
    with psycopg.connect(url, autocommit=True) as link:
        link.execute("CREATE TABLE kept (n int)")
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    with Server(home) as again:  # waits until the orphans have let go of the lock
        assert again != url
        assert ask(again, "SELECT count(*) FROM kept") == 0
        assert not Path(url.split("host=")[1]).exists(), "the killed one's socket folder was left behind"
    assert not _lives(pid)


def test_another_major_version_is_met_with_a_sentence(home):
    (home / "postgres").mkdir(parents=True)
    (home / "postgres" / "PG_VERSION").write_text("19\n")
    with pytest.raises(Trouble, match=r"PostgreSQL 19, newer than this Balcão's 18: make a `balcao backup`"):
        Server(home).start()


def test_a_cut_initdb_leaves_nothing_that_looks_like_a_database(home):
    (home / "postgres.new").mkdir(parents=True)
    (home / "postgres.new" / "half").write_text("x")
    with Server(home) as url:
        assert ask(url, "SELECT 1") == 1
    assert not (home / "postgres.new").exists()


def test_a_full_disk_is_one_sentence():
    assert "disk is full" in postgres._why("FATAL:  could not write lock file: No space left on device", "It failed")


def test_a_wrong_option_is_one_sentence_with_the_reason(home):
    with pytest.raises(Trouble, match=r"did not start.*max_connections"):
        Server(home, {"max_connections": "none"}).start()
    assert postgres.running(home) == {}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root cannot run PostgreSQL as itself")
def test_root_never_runs_it_as_root_nor_opens_a_parent_folder(home, monkeypatch, tmp_path):
    from balcao.platform import postgres_user

    monkeypatch.setattr(postgres_user, "ELSEWHERE", home.parent.parent / "elsewhere")
    closed = home.parent.parent / "closed"
    closed.mkdir(mode=0o700)
    with Server(closed / "data") as url:
        assert ask(url, "SELECT 1") == 1
        assert (closed / "data" / "postgres").is_symlink()
        assert (closed / "data" / "postgres").stat().st_uid != 0
    assert closed.stat().st_mode & 0o777 == 0o700


def _lives(pid: int) -> bool:
    for _ in range(100):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        time.sleep(0.02)
    return True
