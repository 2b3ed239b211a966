"""The worker as a real process: killed jobs run again, what fails for good stands on the operator's page."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from balcao.platform import jobs
from balcao.platform.models import Fault

pytestmark = [pytest.mark.django_db(transaction=True)]

# A worker that knows two tasks of this test's own; the first hangs once, then works.
WORKER = """
import os, sys, time, django
django.setup()
from django.db import transaction
from procrastinate.contrib.django import app
from balcao.platform import jobs
jobs.SILENCE = 1

@app.task(name="test.hangs_once")
def hangs_once(path):
    with open(path, "a") as seen:
        seen.write("x")
    if os.path.getsize(path) == 1:
        time.sleep(600)

@app.task(name="test.fails")
def fails(case_id):
    raise ValueError("Maria da Silva")

@app.task(name="test.marks")
def marks(path):
    open(path, "w").close()

@app.task(name="test.leaves_a_job_and_fails")
def leaves_a_job_and_fails(path):
    with transaction.atomic():
        marks.defer(path=path)
        time.sleep(1)
        raise ValueError

jobs.run_worker(2)
"""


@pytest.fixture
def worker():
    settings = connection.settings_dict
    where = {"dbname": connection.settings_dict["NAME"], "user": settings["USER"], "host": settings["HOST"]}
    url = f"postgresql://{where['user']}:{settings['PASSWORD']}@/{where['dbname']}?host={where['host']}"
    url += f"&port={settings['PORT']}" if settings["PORT"] else ""
    started = []

    def start():
        command = [sys.executable, "-c", WORKER]
        started.append(subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url}, stderr=subprocess.DEVNULL))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(true, seconds):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)


def test_a_job_that_fails_for_good_becomes_a_fault_without_its_words(worker):
    app.configure_task("test.fails", allow_unknown=True).defer(case_id=7)
    process = worker()
    until(lambda: Fault.objects.exists(), 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(15) == 0, "a worker with nothing to do must end at once"
    fault = Fault.objects.get()
    assert fault.kind == "job"
    assert fault.data["task"] == "test.fails"
    assert "ValueError" in fault.reason
    assert "Maria" not in fault.reason


def test_what_a_job_leaves_as_a_job_belongs_to_its_transaction(worker, tmp_path):
    mark = tmp_path / "mark"
    app.configure_task("test.leaves_a_job_and_fails", allow_unknown=True).defer(path=str(mark))
    worker()
    until(lambda: Fault.objects.exists(), 20)
    app.configure_task("test.fails", allow_unknown=True).defer(case_id=7)
    until(lambda: Fault.objects.count() == 2, 20)  # whatever was left before it has run by now
    assert not mark.exists()


@pytest.mark.slow
def test_the_job_of_a_killed_worker_runs_again_with_the_next_one(worker, tmp_path):
    seen = tmp_path / "seen"
    app.configure_task("test.hangs_once", allow_unknown=True).defer(path=str(seen))
    first = worker()
    until(lambda: seen.exists() and seen.read_text() == "x", 20)
    first.kill()
    worker()
    until(lambda: seen.read_text() == "xx", 100)


def test_a_stalled_tick_whose_next_one_waits_already_makes_way_and_holds_up_no_other():
    """It would hold their common lock for ever, and cannot wait beside the other one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
        )
        dead = cursor.fetchone()[0]
        cursor.executemany(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, status, lock, queueing_lock, worker_id)"
            " VALUES ('test', %s, %s::procrastinate_job_status, %s, %s, %s)",
            [
                ("test.tick", "doing", "tick", "tick", dead),
                ("test.tick", "todo", "tick", "tick", None),
                ("test.other", "doing", None, None, dead),
            ],
        )

    async def rescue():
        with app.replace_connector(jobs.worker_connector()) as running:
            async with running.open_async():
                return await jobs.rescue_stalled.func(SimpleNamespace(app=running), 0)

    assert asyncio.run(rescue()) == 2
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'test' RETURNING task_name, status, attempts")
        assert sorted(cursor.fetchall()) == [("test.other", "todo", 1), ("test.tick", "todo", 0)]
