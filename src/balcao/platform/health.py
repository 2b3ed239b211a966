"""For machines that watch us: is the process alive, may it get traffic, what has it done."""

import hmac
import ipaddress
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from balcao.platform.models import Event, Fault
from balcao.platform.room import rooms

# name -> (what it tells, how it is read): what the rooms above count for /metrics (config/wiring.py)
COUNTED: dict[str, tuple[str, Callable[[], int]]] = {}
_migrated = False  # once true for this code it stays true


def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as this process answers; touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


def readyz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and no migration is missing; otherwise 503 with the reason. `little_room` names
    what has hardly any room left on its disk."""
    try:
        missing = not _migrated and pending_migrations()
    except DatabaseError:
        return JsonResponse({"ready": False, "why": "the database does not answer"}, status=503)
    if missing:
        return JsonResponse({"ready": False, "why": f"{len(missing)} migrations are missing"}, status=503)
    # What is there can still be read and told: without room it serves on, and says so.
    little = {room.what: f"{room.free} bytes are free" for room in rooms(settings.DATA) if room.little}
    return JsonResponse({"ready": True} | ({"little_room": little} if little else {}))


def pending_migrations() -> list[str]:
    """Migrations of this code that the database lacks, as "app.name"."""
    global _migrated
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    _migrated = not plan
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def unknown_migrations() -> list[str]:
    """Migrations that the database has and this code does not: its data are of a newer Balcão."""
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    known = set(loader.disk_migrations) | set(loader.replacements)
    ours = {app for app, _ in loader.disk_migrations}
    return sorted(
        f"{app}.{name}" for app, name in loader.applied_migrations if (app, name) not in known and app in ours
    )


def worker_heartbeat_age() -> timedelta | None:
    """Since when the liveliest worker has been silent; None when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT now() - max(last_heartbeat) FROM procrastinate_workers")
        return cursor.fetchone()[0]


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' text format, read from the database at each scrape: right with any number of processes.

    For whoever holds `BALCAO_METRICS_TOKEN` (as a bearer token); without one, from this machine only."""
    if not _may_scrape(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    registry = CollectorRegistry()
    jobs = Gauge("balcao_jobs", "Jobs by queue and state", ["queue", "state"], registry=registry)
    with connection.cursor() as cursor:
        cursor.execute("SELECT queue_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2")
        for queue, state, count in cursor.fetchall():
            jobs.labels(queue, state).set(count)
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
        Gauge("balcao_db_connections", "Connections to the database", registry=registry).set(cursor.fetchone()[0])
        cursor.execute("SELECT pg_database_size(current_database())")
        Gauge("balcao_db_bytes", "Size of the database", registry=registry).set(cursor.fetchone()[0])
        cursor.execute(
            "SELECT coalesce(extract(epoch FROM now() - min(scheduled_at)), 0) FROM procrastinate_jobs "
            "WHERE status = 'todo' AND scheduled_at < now()"
        )
        Gauge("balcao_jobs_oldest_seconds", "Lateness of the oldest due job", registry=registry).set(
            cursor.fetchone()[0]
        )
    room = Gauge("balcao_disk_free_bytes", "Free where it is kept", ["what"], registry=registry)
    for one in rooms(settings.DATA):
        room.labels(one.what).set(one.free)
    age = worker_heartbeat_age()
    beat = Gauge("balcao_worker_heartbeat_age_seconds", "Silence of the liveliest worker; -1: none", registry=registry)
    beat.set(age.total_seconds() if age is not None else -1)
    faults = Fault.objects.filter(ended_at=None).count()
    Gauge("balcao_faults_open", "Faults that an operator must mend", registry=registry).set(faults)
    for name, (tells, read) in COUNTED.items():
        Gauge(name, tells, registry=registry).set(read())
    recent = Event.objects.order_by("-id").values_list("id", "at").first()
    Gauge("balcao_events_last_id", "Number of the newest event", registry=registry).set(recent[0] if recent else 0)
    Gauge("balcao_scraped_at", "When these figures were read", registry=registry).set(timezone.now().timestamp())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_scrape(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(sent.encode(), settings.METRICS_TOKEN.encode())
    try:
        # Behind a proxy that we are not told to trust, everybody would seem to come from this machine.
        # (config/pages.py takes the untrusted header away and leaves the other one.)
        proxied = "X-Proxied" in request.headers or (not settings.TRUST_PROXY and "X-Forwarded-For" in request.headers)
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback and not proxied
    except ValueError:
        return False
