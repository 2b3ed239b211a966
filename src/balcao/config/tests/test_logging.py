"""What the log leaves out."""

import json
import os
import subprocess
import sys

import pytest
import structlog

from balcao.config.logging import one_line_while_away, without_people

SAY = """
import logging, logging.config, structlog
from balcao.config.logging import LOGGING
logging.config.dictConfig(LOGGING)
log = structlog.get_logger("balcao.requests")
log.info("request_finished", request="GET /healthz", code=200)
log.info("request_finished", request="GET /servicos/", code=200)
log.warning("request_finished", request="POST /pedir/poda/", code=422)
logging.getLogger("django.request").warning("Not Found: /nix/")
log.error("request_finished", request="GET /", code=500)
"""


def said(**environment):
    clean = {key: value for key, value in os.environ.items() if not key.startswith("BALCAO_LOG")}
    done = subprocess.run([sys.executable, "-c", SAY], env=clean | environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr.strip().splitlines()


def test_a_terminal_shows_only_what_went_wrong_with_us():
    [line] = said(BALCAO_LOG="console")
    assert "code=500" in line and not line.startswith("{")


def test_elsewhere_each_request_is_one_object_a_line():
    lines = [json.loads(line) for line in said()]
    assert [line.get("request", line["event"]) for line in lines] == [
        "GET /servicos/",
        "POST /pedir/poda/",
        "Not Found: /nix/",
        "GET /",
    ]


@pytest.mark.parametrize("request_", ["GET /healthz", "GET /readyz", "HEAD /static/dist/app.css"])
def test_what_machines_ask_without_end_is_news_only_when_it_fails(request_):
    with pytest.raises(structlog.DropEvent):
        without_people(None, "info", {"event": "request_finished", "request": request_, "code": 200})
    assert without_people(None, "info", {"event": "request_finished", "request": request_, "code": 503})


@pytest.mark.parametrize("field", ["request", "event", "exception"])
def test_the_link_that_opens_a_demand_is_in_no_log(field):
    entry = without_people(None, "info", {"event": "x", field: "POST /acompanhar/voltar/Zf3-secret_token/"})
    assert entry[field] == "POST /acompanhar/voltar/(not logged)/"


@pytest.mark.parametrize(
    "said",
    [
        'OperationalError: connection is bad: connection to server on socket "/tmp/x" failed: No such file',
        "OperationalError: terminating connection due to administrator command",
        'OperationalError: could not extend file "base/5/1": No space left on device',
        "InterfaceError: the connection is closed",
    ],
)
def test_a_database_that_is_away_is_one_line_for_every_visitor(said):
    trace = 'Traceback (most recent call last):\n  File "x.py", line 1, in y\n'
    whole = f"{trace}psycopg.{said}\n\nThe above exception was the cause:\n\n{trace}django.db.utils.{said}\nHINT: x"
    assert one_line_while_away(None, "", {"exception": whole}) == {"exception": f"django.db.utils.{said}"}


def test_any_other_fault_keeps_its_trace():
    trace = "Traceback:\n  File x\ndjango.db.utils.OperationalError: deadlock detected"
    assert one_line_while_away(None, "", {"exception": trace}) == {"exception": trace}


@pytest.mark.django_db
def test_each_request_is_told_once_by_its_end(client, monkeypatch):
    from balcao.platform import health

    def broken():
        raise ValueError("nothing is as it was")

    client.raise_request_exception = False
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        client.get("/healthz?who=maria")
        monkeypatch.setattr(health, "pending_migrations", broken)
        monkeypatch.setattr(health, "_migrated", False)
        page = client.get("/readyz")
    told = [(line["log_level"], line["code"], line["user_id"]) for line in lines]
    assert told == [("info", 200, None), ("error", 500, None)]
    assert len({line["request_id"] for line in lines}) == 2
    assert lines[-1]["request_id"] in page.content.decode(), "whoever tells us of it can say which"
