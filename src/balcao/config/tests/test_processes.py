"""The operator's commands as real processes: one sentence for each trouble, a clean end, nothing left behind."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from balcao.config.cli.environment import data_folder

CLEAN = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "BALCAO_DATA", "BALCAO_URL")}


@pytest.fixture
def home():
    """A data folder with a space, which an unprivileged account can enter."""
    base = Path(tempfile.mkdtemp(prefix="balcao up "))
    base.chmod(0o711)
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


def balcao(home, *arguments, **environment):
    command = [sys.executable, "-m", "balcao.config.cli", *arguments]
    return subprocess.run(
        command, env=CLEAN | {"BALCAO_DATA": str(home)} | environment, capture_output=True, text=True, timeout=120
    )


def one_sentence(done):
    """What it said on stderr, after making sure that it is a single line and no traceback."""
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    return lines[0]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://someone@127.0.0.1:1/none", "No database answers at the address in DATABASE_URL"),
        ("mysql://localhost/balcao", "DATABASE_URL cannot be understood"),
        ("postgresql://someone@no-such-host.invalid/none", "The host in DATABASE_URL cannot be found"),
    ],
)
def test_a_wrong_database_url_is_one_sentence(home, url, sentence):
    assert sentence in one_sentence(balcao(home, "migrate", DATABASE_URL=url))


def test_a_database_that_does_not_exist_is_one_sentence(home):
    url = os.environ["DATABASE_URL"].replace("/balcao?", "/nowhere?")
    if "nowhere" not in url:
        pytest.skip("the session's DATABASE_URL was given from outside")
    assert '"nowhere" named in DATABASE_URL does not exist' in one_sentence(balcao(home, "migrate", DATABASE_URL=url))


def test_a_busy_port_is_one_sentence(home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for command in ("up", "web"):
            assert f"Port {port} is busy" in one_sentence(balcao(home, command, "--port", str(port)))
    assert not home.exists(), "it began before it knew that it could"


def test_a_file_where_the_data_folder_should_be_is_one_sentence(home):
    home.write_text("x")
    assert "is a file" in one_sentence(balcao(home, "migrate"))


def test_help_names_every_command():
    done = subprocess.run([sys.executable, "-m", "balcao.config.cli", "--help"], capture_output=True, text=True)
    for name in ("up", "web", "worker", "migrate", "doctor", "replay", "catalog", "demo", "backup", "restore"):
        assert f"  {name} " in done.stdout


@pytest.mark.parametrize(
    ("given", "known"), [("", "http://localhost:8123"), ("https://x.example", "https://x.example")]
)
def test_every_command_knows_where_it_was_started(home, monkeypatch, given, known):
    home.mkdir()
    (home / "address").write_text("http://localhost:8123\n")
    monkeypatch.setenv("BALCAO_URL", given)
    monkeypatch.setenv("BALCAO_DATA", "elsewhere")
    assert data_folder(home) == home and os.environ["BALCAO_URL"] == known


@pytest.mark.slow
def test_up_serves_restarts_what_falls_and_ends_whole(home):
    port = free_port()
    process, _ = start_up(home, port)
    try:
        assert fetch(port, "/healthz") == b"ok\n"
        assert fetch(port, "/readyz") == b'{"ready": true}'
        assert (home / "address").read_text() == f"http://localhost:{port}\n", "what other commands speak of"
        second = balcao(home, "up", "--port", str(free_port()), "--no-demo")
        assert "already uses the data folder" in one_sentence(second)
        for victim in children(process.pid, "cli worker"):
            os.kill(victim, signal.SIGKILL)
        said_until(process, "The worker process ended (signal SIGKILL)")
        for victim in children(process.pid, "postgres -D"):
            os.kill(victim, signal.SIGKILL)
        said_until(process, "The database process ended")
        wait_for(lambda: fetch(port, "/readyz") == b'{"ready": true}')
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
    process, _ = start_up(home, port)
    family = children(process.pid, "")
    assert len(family) >= 3
    process.kill()  # nobody gets to say good-bye, and yet nobody stays
    process.wait()
    wait_for(lambda: not [pid for pid in family if Path(f"/proc/{pid}/cmdline").exists()])
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))


SIGNED_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from tests.world import make_world
who = make_world().staff["attendant"]
session = SessionStore()
session[SESSION_KEY], session[BACKEND_SESSION_KEY] = str(who.pk), "allauth.account.auth_backends.AuthenticationBackend"
session[HASH_SESSION_KEY] = who.get_session_auth_hash()
session.save()
print("key:" + session.session_key)
"""


@pytest.mark.slow
@pytest.mark.parametrize("to_all", [True, False], ids=["as a terminal does", "the first process alone"])
def test_an_open_stream_does_not_keep_it_from_ending(home, to_all):
    port = free_port()
    assert balcao(home, "migrate").returncode == 0
    done = balcao(home, "manage", "shell", "-c", SIGNED_IN, PYTHONPATH=os.getcwd())
    key = done.stdout.rpartition("key:")[2].strip()
    assert key, done.stderr
    process, _ = start_up(home, port)
    idle = socket.create_connection(("127.0.0.1", port))  # and one that only keeps its connection
    stream = socket.create_connection(("127.0.0.1", port))
    try:
        idle.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200" in idle.recv(4096)
        stream.settimeout(10)
        stream.sendall(f"GET /stream/ HTTP/1.1\r\nHost: localhost\r\nCookie: sessionid={key}\r\n\r\n".encode())
        heard = b""
        while b"event: hello" not in heard:
            heard += stream.recv(4096)
        (os.killpg if to_all else os.kill)(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        said = process.stdout.read()
        assert "refused to gracefully stop" not in said, said
    finally:
        idle.close()
        stream.close()
        process.kill()


@pytest.mark.slow
def test_a_page_whose_reader_has_gone_does_not_keep_it_from_ending(home):
    port = free_port()
    process, _ = start_up(home, port)
    reader = socket.create_connection(("127.0.0.1", port))
    try:
        served = Path(f"/proc/{children(process.pid, 'cli web')[0]}/environ").read_text()
        (url,) = [said.partition("=")[2] for said in served.split("\0") if said.startswith("DATABASE_URL=")]
        link = psycopg.connect(url)  # PostgreSQL ends it, and its lock, after the web: leaving it in order would fail
        link.execute("LOCK TABLE organization_agency IN ACCESS EXCLUSIVE MODE")
        reader.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        wait_for(lambda: link.execute(waits).fetchone() != (0,))
        reader.close()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        said = process.stdout.read()
        assert "refused to gracefully stop" not in said, said
    finally:
        reader.close()
        process.kill()


@pytest.mark.slow
def test_half_sent_forms_do_not_block_pages(home):
    port = free_port()
    process, _ = start_up(home, port)
    half = []
    try:
        for _ in range(24):
            link = socket.create_connection(("127.0.0.1", port))
            link.sendall(b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf")
            half.append(link)
        time.sleep(0.5)
        assert fetch(port, "/healthz") == b"ok\n"
        for link in half:  # all of them are still waited for
            link.setblocking(False)
            with pytest.raises(BlockingIOError):
                link.recv(1)
    finally:
        for link in half:
            link.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.slow
def test_what_was_backed_up_comes_back_elsewhere(home):
    assert balcao(home, "migrate").returncode == 0
    (home / "files").mkdir()
    (home / "files" / "foto.jpg").write_bytes(b"a photo")
    sql = "INSERT INTO platform_event (kind, actor_kind, data) VALUES ('CaseOpened', 'system', '{}')"
    from balcao.platform.postgres import Server

    with Server(home) as url, psycopg.connect(url) as link:
        link.execute(sql)
    archive, elsewhere = home.parent / "city.balcao", home.parent / "elsewhere"
    assert balcao(home, "backup", str(archive)).returncode == 0
    assert archive.stat().st_mode & 0o077 == 0, "others may read the backup"
    done = balcao(elsewhere, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert (elsewhere / "files" / "foto.jpg").read_bytes() == b"a photo"
    with Server(elsewhere) as url, psycopg.connect(url) as link:
        assert link.execute("SELECT kind, tx::text FROM platform_event").fetchall() == [("CaseOpened", "0")]
        assert link.execute("SELECT count(*) FROM platform_epoch").fetchone() == (1,)
        assert (
            link.execute("SELECT tgenabled FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'D'").fetchall() == []
        )
    assert "There are data here already" in one_sentence(balcao(elsewhere, "restore", str(archive)))
    archive.write_bytes(archive.read_bytes()[:500])
    assert "no backup of Balcão" in one_sentence(balcao(elsewhere, "restore", "--replace", str(archive)))
    with Server(elsewhere) as url, psycopg.connect(url) as link:
        assert link.execute("SELECT count(*) FROM platform_event").fetchone() == (1,)


@pytest.mark.slow
def test_data_of_a_newer_version_are_refused_with_a_sentence(home):
    from balcao.platform.postgres import Server

    assert balcao(home, "migrate").returncode == 0
    with Server(home) as url, psycopg.connect(url) as link:
        link.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('platform', '9999_later', now())")
    for command in (["migrate"], ["up", "--no-demo", "--port", str(free_port())]):
        assert "written by a newer Balcão (it knows platform.9999_later" in one_sentence(balcao(home, *command))
    done = balcao(home, "doctor")
    assert done.returncode == 1
    assert "BAD  The data are of a newer Balcão" in done.stdout


def start_up(home, port):
    command = [
        sys.executable,
        "-u",
        "-m",
        "balcao.config.cli",
        "up",
        "--no-demo",
        "--port",
        str(port),
        "--data",
        str(home),
    ]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, env=CLEAN, start_new_session=True, **pipe)
    return process, said_until(process, "Balcão is ready")


def said_until(process, words):
    said = []
    for line in process.stdout:
        said.append(line)
        if words in line:
            return "".join(said)
    raise AssertionError(f"it never said {words!r}: {''.join(said)}")


def children(pid, words):
    """The processes below `pid` whose command line holds `words` (Linux)."""
    found = []
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        line = Path(f"/proc/{child}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if words in line:
            found.append(int(child))
    return found


def fetch(port, path):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    return opener.open(f"http://localhost:{port}{path}", timeout=30).read()


def wait_for(true, seconds=90):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if true():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError("it did not come true in time")
