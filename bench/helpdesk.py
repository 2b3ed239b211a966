"""A peer: django-helpdesk behind gunicorn, on our PostgreSQL, creates a ticket by its API; we open a case by ours.

It is installed from PyPI into an environment of its own the first time, and is no part of the product."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg

from . import cpu
from .doors import api_key
from .harness import Figure, Goal, Run, console
from .house import House, end, free_port, wait
from .keeping import TARGET
from .load import Browser, Job, crowd
from .opening import ANSWERS, FILING, filed, request

VERSION, WORKERS, CLIENTS, SECONDS = "2.6.1", 2, 4, 3.0
WANTED = (f"django-helpdesk=={VERSION}", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
HOME = TARGET.parent / "bench-cache" / f"helpdesk-{VERSION}"
THIRD = Goal(0.333, "ratio", at_most=True)
SETTINGS = """
SECRET_KEY = "bench"; ALLOWED_HOSTS = ["*"]; USE_TZ = True; ROOT_URLCONF = "peer_urls"; SITE_ID = 1
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "helpdesk", "USER": "balcao",
             "HOST": %r, "CONN_MAX_AGE": None}}
INSTALLED_APPS = ["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes",
    "django.contrib.sessions", "django.contrib.sites", "django.contrib.messages", "django.contrib.staticfiles",
    "django.contrib.humanize", "rest_framework", "django_cleanup.apps.CleanupConfig", "helpdesk"]
MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware"]
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True, "OPTIONS": {
    "context_processors": ["django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
STATIC_URL = "/static/"; EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"; HELPDESK_TEAMS_MODE_ENABLED = False
"""
URLS = """
from django.contrib import admin
from django.urls import include, path
urlpatterns = [path("admin/", admin.site.urls), path("", include("helpdesk.urls", namespace="helpdesk"))]
"""
SET_UP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from importlib import import_module
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from helpdesk.models import Queue
who = get_user_model().objects.create_superuser("bench", "bench@bench.example", "bench")
queue = Queue.objects.create(title="Bench", slug="bench")
kept = import_module(settings.SESSION_ENGINE).SessionStore()
kept[SESSION_KEY], kept[HASH_SESSION_KEY] = str(who.pk), who.get_session_auth_hash()
kept[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
kept.save()
print("peer:", kept.session_key, queue.pk)
"""


def figures(house: House) -> Iterable[Figure]:
    """Processor milliseconds of a case, web and database together; then the first page of each one's list."""
    name = "CPU of a case, beside helpdesk"
    try:
        python = _installed()
    except (subprocess.SubprocessError, OSError) as error:
        said = getattr(error, "stderr", "") or str(error)
        yield Figure(name, "", missing=f"{WANTED[0]} could not be installed ({said.strip().splitlines()[-1][:120]})")
        return
    with _peer(house, python) as (port, main, session, queue):
        numbers = count(1)
        cookies = {"Cookie": f"sessionid={session}; csrftoken={'b' * 32}", "X-CSRFToken": "b" * 32}

        def ticket(browser: Browser) -> bool:
            told = {"queue": queue, "title": f"Árvore seca {next(numbers)}", "description": ANSWERS["description"]}
            told |= {"submitter_email": f"maria{next(numbers)}@bench.example", "priority": 3}
            return _posted(browser, "/api/tickets/", told, cookies)

        def case(browser: Browser) -> bool:
            return filed(browser, request(f"-desk-{next(numbers)}"))

        for port_of, job in ((house.port, case), (port, ticket)):
            crowd(house.host, port_of, job, clients=CLIENTS, seconds=SECONDS / 2)  # warm
        yield Figure(
            name,
            f"POST {FILING}, {house.workers} workers: number, route, order, clocks, history and a letter",
            f"POST /api/tickets/ of django-helpdesk {VERSION}, gunicorn, {WORKERS} workers",
            THIRD,
            "ms CPU",
        ).measure(lambda: _cost(house, house.port, house.web, case), lambda: _cost(house, port, main, ticket))
        with psycopg.connect(house.url.replace("/balcao?", "/helpdesk?"), autocommit=True) as link:
            tickets = link.execute("SELECT count(*) FROM helpdesk_ticket").fetchone()[0]  # type: ignore[index]

        def listed(path: str, headers: dict[str, str]) -> Job:
            return lambda browser: browser.ask("GET", path, headers=headers)[0] == 200

        ours = {"Authorization": f"Bearer {api_key('case.open', 'case.read')}"}
        yield Figure(
            f"CPU of a list's page, helpdesk with {tickets:,}", "GET /api/cases", "GET /api/tickets/", unit="ms CPU"
        ).measure(
            lambda: _cost(house, house.port, house.web, listed("/api/cases", ours)),
            lambda: _cost(house, port, main, listed("/api/tickets/", cookies)),
            pairs=3,
        )


def _posted(browser: Browser, path: str, body: Any, headers: dict[str, str]) -> bool:
    status, _, said = browser.ask("POST", path, json.dumps(body), {"Content-Type": "application/json", **headers})
    if status != 201:
        raise SystemExit(f"{path}: {status} {said[:300]!r}")
    return True


def _cost(house: House, port: int, main: int, job: Job) -> Run:
    """Milliseconds of processor time for each thing done."""
    before = cpu.seconds(main, house.database)
    tally = crowd(house.host, port, job, clients=CLIENTS, seconds=SECONDS)
    run = tally.run()
    return Run(1000 * (cpu.seconds(main, house.database) - before) / max(1, tally.done), run.milliseconds)


def _installed() -> Path:
    """The Python of the peer's own environment; SubprocessError when PyPI cannot be reached."""
    python = HOME / "bin" / "python"
    if not (HOME / "ready").exists():
        console.print(f"Installing {', '.join(WANTED)} into {HOME.name}, once…", style="dim", markup=False)
        run = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", "--timeout", "15", *WANTED]
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(HOME)], check=True, capture_output=True, text=True)
        subprocess.run(run, check=True, capture_output=True, text=True, timeout=300)
        (HOME / "ready").touch()
    return python


@contextmanager
def _peer(house: House, python: Path) -> Iterator[tuple[int, int, str, int]]:
    """(port, main process, a session's key, a queue) of a running helpdesk with an empty database of its own."""
    sockets = parse_qs(urlsplit(house.url).query)["host"][0]
    (house.home / "peer_settings.py").write_text(SETTINGS % sockets)
    (house.home / "peer_urls.py").write_text(URLS)
    with psycopg.connect(house.url, autocommit=True) as link:
        link.execute("DROP DATABASE IF EXISTS helpdesk WITH (FORCE)")
        link.execute("CREATE DATABASE helpdesk")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DJANGO", "BALCAO", "PYTHON", "DATABASE"))}
    kept |= {"DJANGO_SETTINGS_MODULE": "peer_settings", "PYTHONPATH": str(house.home)}
    made = subprocess.run([str(python), "-c", SET_UP], env=kept, capture_output=True, text=True, timeout=300)
    if made.returncode:
        raise SystemExit(f"the peer's database was not made: {made.stderr[-600:]}")
    session, queue = made.stdout.rpartition("peer:")[2].split()
    port, log = free_port(), house.home / "peer.log"
    command = [str(python), "-m", "gunicorn", "-b", f"127.0.0.1:{port}", "-w", str(WORKERS), "--threads", "4"]
    with log.open("wb") as said:
        peer = subprocess.Popen(
            [*command, "django.core.wsgi:get_wsgi_application()"], env=kept, stdout=said, stderr=said
        )
    try:
        wait("127.0.0.1", port, peer, log, path="/api/")
        yield port, peer.pid, session, int(queue)
    finally:
        end(peer)
