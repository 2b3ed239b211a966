"""A city that a past release has kept goes on under this one: nothing changes but the program, and people come back."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import psycopg
import pytest

from balcao.platform.postgres import Server
from balcao.platform.postgres_user import binaries
from tests.house import NOT_OURS, PROJECT, free_port

from .keep import RELEASES, SECRET

PATIENCE = 300.0  # seconds until it must be ready, on whatever machine
PROTOCOL, CODE = "2026.0000.037-70", "V1TA-SERE-NA1"  # the demand that the demonstration gives to whoever tries it out
# What people were promised and told, in columns that every release must go on having.
FACTS = (
    "SELECT c.protocol, c.state, c.next_actor, c.description, c.opened_at, c.version, s.slug, a.slug, d.due_at, d.state"
    " FROM cases_case c JOIN catalog_service s ON s.id = c.service_id JOIN clocks_deadline d ON d.id = c.deadline_id"
    " LEFT JOIN organization_area a ON a.id = c.area_id ORDER BY c.protocol, c.agency_id",
    "SELECT id, case_id, kind, state, started_at, due_at, breached_at FROM clocks_deadline ORDER BY id",
    "SELECT case_id, number, outcome, body, sent_at, attempted_at FROM cases_answer ORDER BY case_id, number",
    "SELECT case_id, number, state, area_id, deadline_id FROM workorders_workorder ORDER BY case_id, number",
    "SELECT order_id, outcome, text, filed_at FROM workorders_areareport ORDER BY id",
    "SELECT id, kind, case_id, data, at, tx::text FROM platform_event ORDER BY id",
    "SELECT uid::text, state, attempts, sent_at FROM inbox_delivery ORDER BY id",
    "SELECT answer_id, score, at FROM questionnaires_rating ORDER BY answer_id",
)
KEY = """
from balcao.organization.actions.keys import make_key
from balcao.organization.models import ApiKey, Staff
from balcao.organization.queries import actor_of
boss = Staff.objects.get(email="otavio.brandao@vila-serena.example")
key = ApiKey(agency=boss.agency, name="after the upgrade", scopes=["open311.write"], per_minute=60, per_day=100)
print("key:" + make_key(actor=actor_of(boss), key=key)[1])
"""
READ = """
from balcao.platform.rotation import places
kept = [text for place in places() for row in place.model._base_manager.values_list(*place.columns) for text in row]
print("texts:", len(kept))
"""


class OldCity:
    """The data folder as the release left it: its database in our PostgreSQL, its secret, its files."""

    def __init__(self, base: Path, release: Path) -> None:
        self.home, self.release = base / "data", release
        kept = {k: v for k, v in os.environ.items() if k not in NOT_OURS and not k.startswith("PYTEST")}
        self.environment = kept | {"BALCAO_DATA": str(self.home), "BALCAO_SECRET_KEY": SECRET}
        with tarfile.open(release) as archive:
            archive.extractall(base / "old", filter="data")
        with Server(self.home) as url:
            text = ["-q", "-v", "ON_ERROR_STOP=1", "-o", os.devnull, "-f", str(base / "old" / "database.sql"), url]
            subprocess.run([str(binaries() / "psql"), *text], check=True)
            with psycopg.connect(url, autocommit=True) as link:
                # Its server had gone through as many transactions: its events' numbers lie in the past, not ahead.
                last = link.execute("SELECT max(tx::text::bigint) FROM platform_event").fetchone()
                link.execute(
                    f"DO $$BEGIN WHILE pg_current_xact_id()::text::bigint <= {last[0]} LOOP COMMIT; END LOOP; END$$"
                )
        (base / "old" / "files").rename(self.home / "files")

    def facts(self) -> list[list[tuple]]:
        with Server(self.home) as url, psycopg.connect(url) as link:
            return [link.execute(sql).fetchall() for sql in FACTS]

    def balcao(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "balcao.config.cli", *arguments]
        done = subprocess.run(command, env=self.environment, cwd=PROJECT, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def up(self) -> Iterator[int]:
        port = free_port()
        command = [sys.executable, "-u", "-m", "balcao.config.cli", "up", "--no-demo", "--port", str(port)]
        process = subprocess.Popen(
            command,
            env=self.environment | {"BALCAO_URL": f"http://localhost:{port}"},
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        too_late = threading.Timer(PATIENCE, process.kill)
        too_late.start()
        try:
            said = next((line for line in process.stdout or () if "Balcão is ready" in line), "")
            assert said, "it never was ready"
            too_late.cancel()
            threading.Thread(target=process.communicate, daemon=True).start()  # nobody waits for a reader
            yield port
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0
        finally:
            too_late.cancel()
            process.kill()


@pytest.fixture
def base() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="balcao upgrade ") as name:
        Path(name).chmod(0o711)  # the account that runs PostgreSQL for root must pass through
        yield Path(name)


@pytest.mark.slow
@pytest.mark.parametrize("release", sorted(RELEASES.glob("*.tar.xz")), ids=lambda path: path.name)
def test_what_a_past_release_has_kept_is_there_unchanged_and_goes_on(base: Path, release: Path) -> None:
    city = OldCity(base, release)
    before = city.facts()
    assert all(before) and len(before[0]) > 50, "a release with nothing in it proves nothing"
    city.balcao("migrate")
    assert city.facts() == before
    key = city.balcao("manage", "shell", "-c", KEY).rpartition("key:")[2].strip()
    with city.up() as port:
        me = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar())
        )
        at = f"http://localhost:{port}"
        page = me.open(f"{at}/acompanhar/").read().decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]  # type: ignore[index]
        words = {"csrfmiddlewaretoken": token, "protocol": PROTOCOL, "code": CODE}
        page = me.open(f"{at}/acompanhar/", urlencode(words).encode()).read().decode()
        assert PROTOCOL in page, "the code on an old paper opens its demand"
        demand = {
            "api_key": key,
            "jurisdiction_id": "vila-serena",
            "service_code": "iluminacao-publica",
            "attribute[defeito]": "apagada",
            "description": "O poste da esquina apagou ontem.",
            "address_string": "Rua das Flores, 12",
        }
        try:
            answer = me.open(f"{at}/open311/v2/requests.json", urlencode(demand).encode())
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()) from error
        told = json.loads(answer.read())[0]["service_request_id"]
    after = city.facts()
    fresh = [row for row in after[0] if row[0] == told]
    assert len(after[0]) == len(before[0]) + 1 and told not in {row[0] for row in before[0]}
    assert fresh[0][1] == "working" and fresh[0][8], "one more has its area and its date"
    assert {row[0] for row in after[0]} >= {row[0] for row in before[0]}
    assert after[2] == before[2], "no answer was given twice or anew"
    assert after[5][: len(before[5])] == before[5], "its history only grows"
    assert "texts:" in city.balcao("manage", "shell", "-c", READ), "what was encrypted opens, all of it"
    city.balcao("insights", "follow")
    with Server(city.home) as url, psycopg.connect(url) as link:
        counted = link.execute("SELECT count(*) FROM insights_happening WHERE what = 'opened'").fetchone()
    assert counted == (len(after[0]),), "the figures hold the past too"
