"""`balcao mail` is killed again and again while a real mailbox is full: each mail is here once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from balcao.channels.email.tests.dovecot import Dovecot
from balcao.channels.email.tests.mails import letter
from balcao.platform.postgres import Server
from tests.house import NOT_OURS, PROJECT

MAILS, KILLS, PATIENCE = 40, 2, 180.0
WORLD = "from tests.world import make_world; make_world()"


@pytest.fixture
def home() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="balcao-mail-"))
    base.chmod(0o711)
    yield base / "data"
    shutil.rmtree(base, ignore_errors=True)


def balcao(environment: dict[str, str], *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "balcao.config.cli", *arguments], env=environment, cwd=PROJECT)


@pytest.mark.slow
def test_whatever_kills_it_each_mail_is_here_once(home):
    clean = {k: v for k, v in os.environ.items() if k not in NOT_OURS}
    with Dovecot() as post, Server(home) as url:
        environment = clean | {"DATABASE_URL": url, "BALCAO_DATA": str(home), "BALCAO_MAILBOXES": post.url}
        assert balcao(environment, "migrate").wait(PATIENCE) == 0
        assert balcao(environment, "manage", "shell", "-c", WORLD).wait(PATIENCE) == 0
        for n in range(MAILS):
            post.append(letter("atendimento@vila.example", f"Pergunta {n}?", Message_ID=f"<{n}@mail.example.org>"))
        with psycopg.connect(url, autocommit=True) as database:

            def heard() -> int:
                return database.execute("SELECT count(*) FROM inbox_message WHERE purpose = 'mail'").fetchone()[0]

            def until(enough: int, process: subprocess.Popen[bytes]) -> None:
                end = time.monotonic() + PATIENCE
                while heard() < enough:
                    assert process.poll() is None and time.monotonic() < end, f"{heard()} of {enough} mails"
                    time.sleep(0.01)

            for kill in range(KILLS):
                process = balcao(environment, "mail")
                until((kill + 1) * MAILS // (KILLS + 2), process)
                process.send_signal(signal.SIGKILL)
                process.wait()
                assert post.count("UNSEEN") >= MAILS - heard()  # marked only when it is kept
            process = balcao(environment, "mail")
            try:
                until(MAILS, process)
                end = time.monotonic() + PATIENCE
                while post.count("UNSEEN"):
                    assert time.monotonic() < end
                    time.sleep(0.05)
                process.send_signal(signal.SIGTERM)
                assert process.wait(60) == 0
            finally:
                process.kill()
            assert heard() == MAILS
            faults = database.execute("SELECT count(*) FROM platform_fault WHERE kind = 'mail'").fetchone()[0]
            assert faults == MAILS  # each stands on the operator's page, once
