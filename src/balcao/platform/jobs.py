"""What procrastinate leaves to us: rescuing the jobs of a killed worker, and keeping what failed for good.

Jobs run at least once, so each of ours is idempotent.
"""

import asyncio
import contextlib
import os
import select
import signal
from typing import Any

import structlog
from asgiref.sync import sync_to_async
from django.db import close_old_connections
from django.utils.translation import gettext_lazy as _
from procrastinate import App, JobContext
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.contrib.django.utils import connector_params
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Status
from procrastinate.psycopg_connector import PsycopgConnector
from procrastinate.worker import Worker
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.models import Fault

GRACE = 8  # seconds that running jobs may take to end when the worker is asked to stop
SILENCE = 30  # seconds without a heartbeat after which a worker counts as dead; workers send one every ten
log = structlog.get_logger()


@app.periodic(cron="* * * * * */30")  # the sixth field is seconds
@app.task(name="platform.rescue_stalled", queue="platform", queueing_lock="platform.rescue_stalled", pass_context=True)
async def rescue_stalled(context: JobContext, timestamp: int) -> int:
    """Give the jobs of workers that died back to the living; returns how many. kill -9 leaves them `doing` for ever."""
    manager = context.app.job_manager
    rescued = []
    for job in list(await manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE)):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # The same job waits already, and perhaps for this one's lock: it does what this one would have done.
            with contextlib.suppress(ConnectorException):
                await manager.finish_job(job, Status.FAILED, delete_job=True)
        except ConnectorException:
            log.info("not_stalled_any_more", job=job.id)  # another worker was faster
            continue
        rescued.append(job.id)
    if rescued:
        log.warning("stalled_jobs_rescued", jobs=rescued)
    return len(rescued)


@app.periodic(cron="17 3 * * *")
@app.task(name="platform.forget_failed", queue="platform", queueing_lock="platform.forget_failed", pass_context=True)
async def forget_failed(context: JobContext, timestamp: int) -> None:
    """After 90 days a failed job's arguments are deleted; its fault stays until somebody ends it."""
    await context.app.job_manager.delete_old_jobs(nb_hours=90 * 24, include_failed=True)


async def keep_failures(process: Any, context: JobContext, worker: Worker) -> Any:
    """Worker middleware: a job that failed for good becomes a fault on the operator's page."""
    try:
        return await process()
    except Exception as error:
        job, task = context.job, context.task
        if task is None or task.get_retry_exception(exception=error, job=job) is None:
            await sync_to_async(_record, thread_sensitive=False)(job, error)
        raise


def _record(job: Any, error: Exception) -> None:
    """The reason names the kind of error only: its text may quote what a person wrote."""
    close_old_connections()
    try:
        faults.record(
            "job",
            f"{job.task_name}:{job.id}",
            f"The job {job.task_name} failed for good after {job.attempts + 1} attempts ({type(error).__name__}).",
            data={"job_id": job.id, "task": job.task_name},
        )
    finally:
        close_old_connections()


def retry_failed(fault: Fault, actor: Actor) -> None:
    """The mender of faults of kind "job": the same job once more, now. A new failure opens a new fault."""
    from procrastinate.utils import utcnow

    if "job_id" not in fault.data:
        raise Refusal(_("It is tried again by itself within ten minutes, and this goes away once it works."))
    app.job_manager.retry_job_by_id(fault.data["job_id"], retry_at=utcnow())
    faults.mended(fault.kind, fault.key)


class WorkerConnector(PsycopgConnector):
    """The worker's own connections to fetch jobs; what a job itself leaves as jobs goes through Django's connection, so
    that it belongs to the job's transaction. With procrastinate's own it was seen, and run, before that was committed:
    the letter was not there yet, and waited for the sweep."""

    def get_sync_connector(self) -> DjangoConnector:  # type: ignore[override]
        return DjangoConnector()


class Patient(AsyncConnection):
    """psycopg wakes ten times a second to let a Ctrl-C through. Our loop is told of signals by itself, and whoever
    waits for news all day costs nothing so."""

    async def wait(self, gen: Any, interval: float = 60.0, timeout: float | None = None) -> Any:
        return await super().wait(gen, interval, timeout)


async def _still_there(link: AsyncConnection[Any]) -> None:
    """A server that has gone has closed its end, which its socket tells for nothing: procrastinate would have each
    connection say a statement before each of its own."""
    look = select.poll()
    look.register(link.fileno(), select.POLLIN)
    if look.poll(0):
        await AsyncConnectionPool.check_connection(link)


async def _by_statement(link: AsyncConnection[Any]) -> None:
    """What the queue does is one statement each time: none needs a transaction around it."""
    await link.set_autocommit(True)


def _pool(**given: Any) -> AsyncConnectionPool[Any]:
    return AsyncConnectionPool(**(given | {"check": _still_there, "configure": _by_statement}))


def worker_connector() -> WorkerConnector:
    """Two connections: a statement of the queue takes a millisecond, and PostgreSQL has 5 MB for each that is open."""
    kwargs = connector_params()
    return WorkerConnector(pool_factory=_pool, connection_class=Patient, kwargs=kwargs, min_size=1, max_size=2)


def run_worker(concurrency: int) -> None:
    """Run every queue until SIGTERM or SIGINT: what runs may finish for eight seconds, finished jobs are deleted."""
    with app.replace_connector(worker_connector()) as running:
        asyncio.run(_work(running, concurrency))


async def _work(running: App, concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    async with running.open_async():
        work = asyncio.ensure_future(
            running.run_worker_async(
                concurrency=concurrency,
                delete_jobs="successful",
                shutdown_graceful_timeout=GRACE,
                worker_middleware=[keep_failures],
                install_signal_handlers=False,
            )
        )

        def stop() -> None:
            work.cancel()
            # A database that is gone, or a job that heeds nothing, must not keep us: such jobs are rescued later.
            loop.call_later(GRACE + 2, os._exit, 1)

        for sig in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(sig, stop)
        with contextlib.suppress(asyncio.CancelledError):
            await work
