"""A small site of our own for these tests: no database, the real policy, static files as they lie in the folders."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as django_settings

WEB = Path(__file__).parent.parent
FRONTEND = WEB / "frontend"


@pytest.fixture(autouse=True)
def own_site(settings: object) -> None:
    settings.ROOT_URLCONF = "balcao.web.tests.urls"
    settings.ALLOWED_HOSTS = ["*"]
    settings.LANGUAGE_CODE = "en"
    settings.STORAGES = {
        **django_settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture(scope="session")
def built() -> Path:
    """static/dist, built when it is missing or older than its sources."""
    dist = WEB / "static" / "dist"
    sources = [
        *FRONTEND.glob("src/*.ts"),
        *FRONTEND.glob("css/*.css"),
        FRONTEND / "tokens.json",
        FRONTEND / "build.mjs",
    ]
    newest = max(path.stat().st_mtime for path in sources)
    done = dist / "app.js"
    if not done.exists() or done.stat().st_mtime < newest:
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is needed to build the islands")
        if not (FRONTEND / "node_modules").exists():
            subprocess.run([npm, "ci", "--no-audit", "--no-fund"], cwd=FRONTEND, check=True, capture_output=True)
        subprocess.run([npm, "run", "-s", "build"], cwd=FRONTEND, check=True, capture_output=True)
    return dist


@pytest.fixture
def site(own_site: None, built: Path) -> Iterator[str]:
    """The address of the site, served by threads of this process."""
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    class Quiet(WSGIRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = ThreadedWSGIServer(("127.0.0.1", 0), Quiet)
    server.daemon_threads = True
    server.set_app(StaticFilesHandler(WSGIHandler()))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
