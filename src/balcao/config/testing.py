"""The test run's own PostgreSQL: a pytest plugin (`-p balcao.config.testing`, in pyproject.toml).

With DATABASE_URL unset, a private server in a temporary folder serves the session; each of pytest-xdist's workers has
one of its own, because a long transaction of one test would hold back the live stream of another. It must stand before
pytest-django reads the settings, which happens before any conftest.py is read: hence a plugin.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from balcao.platform.postgres import Server

OURS = "TEST_SERVER_IS_OURS"  # tells a worker that the address it inherits is the session's own

# What was confirmed need not outlive a test run, so no waiting for the disk.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "log_min_messages": "fatal"}


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Set DATABASE_URL and BALCAO_DATA before anything of Django is read."""
    if "BALCAO_DATA" not in os.environ:
        os.environ["BALCAO_DATA"] = _temporary_folder("data")
    if "DATABASE_URL" not in os.environ or (OURS in os.environ and "PYTEST_XDIST_WORKER" in os.environ):
        server = Server(Path(_temporary_folder("postgres")), FORGETFUL)
        atexit.register(server.stop)  # also when interrupted; the parent-death signal covers kill -9
        os.environ["DATABASE_URL"] = os.environ[OURS] = server.start()
    return (yield)


def pytest_configure() -> None:
    """Tests read static files where they are written, and hash passwords cheaply; no example fails by the clock, which
    says something about the machine."""
    import hypothesis
    from django.conf import settings

    hypothesis.settings.register_profile("balcao", deadline=None)
    hypothesis.settings.load_profile("balcao")

    if settings.configured:
        settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # else each client warns that it is not there
        settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first: begun last, one would keep a worker busy long after the other has nothing to do."""
    items.sort(key=lambda item: "invariants" not in item.path.parts)


def _temporary_folder(name: str) -> str:
    base = Path(tempfile.mkdtemp(prefix="balcao-test-"))
    base.chmod(0o711)  # the account that runs PostgreSQL for root must pass through
    atexit.register(shutil.rmtree, base, ignore_errors=True)
    return str(base / name)


@contextmanager
def chromium_browser() -> Generator[Any]:
    """A headless Chromium, closed at the end: while Playwright is open its loop runs in this thread, and Django's ORM
    refuses to work beside one. So no test leaves it open for the next module."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright:
        arguments = ["--use-gl=angle", "--use-angle=swiftshader"]  # a map without a graphics card
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Generator[Any]:
    """One browser for the tests of a module that do not touch the database themselves."""
    with chromium_browser() as browser:
        yield browser


@pytest.fixture(autouse=True)
def _in_english() -> Generator[None]:
    """Sentences are compared in the language that the code is written in; a page speaks its reader's all the same."""
    from django.utils import translation

    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def _as_it_was_found(request: pytest.FixtureRequest, django_db_blocker: Any) -> Generator[None]:
    """Django empties its tables after a test that committed: also of what a migration wrote there; and it leaves the
    counts of tries and the jobs, which have no model that it manages. The next test finds a new installation."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        from django.apps import apps
        from django.db import connection

        from balcao.citizens.priorities import install

        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE platform_limit, platform_cache, procrastinate_jobs CASCADE")
            install(apps.get_model("citizens", "PriorityGroup").objects)
