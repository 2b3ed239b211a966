"""A whole city comes back from its backup as docs/guides/operate.md says, and goes on."""

import shutil
import signal
import urllib.request

import psycopg
import pytest

from balcao.platform.postgres import Server

from .test_processes import balcao, free_port, home, start_up  # noqa: F401  (home is a fixture)

TABLES = """
SELECT table_name FROM information_schema.tables
WHERE table_schema = 'public' AND table_type = 'BASE TABLE'
AND table_name NOT IN ('platform_epoch', 'platform_cache', 'platform_limit') ORDER BY 1
"""


def counts(folder):
    with Server(folder) as url, psycopg.connect(url) as link:
        names = [name for (name,) in link.execute(TABLES).fetchall()]
        return {name: link.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_a_city_is_restored_into_an_empty_folder_with_every_row_and_file_and_goes_on(home):  # noqa: F811
    assert balcao(home, "demo").returncode == 0
    before = counts(home)
    assert before["cases_case"] > 20 and before["platform_storedfile"] > 5
    archive, elsewhere = home.parent / "city.balcao", home.parent / "elsewhere"
    assert balcao(home, "backup", str(archive)).returncode == 0
    elsewhere.mkdir(mode=0o711)
    shutil.copy2(home / "secret", elsewhere / "secret")
    done = balcao(elsewhere, "restore", str(archive))
    assert done.returncode == 0, done.stderr
    assert counts(elsewhere) == before
    assert files(elsewhere / "files") == files(home / "files")
    told = balcao(elsewhere, "doctor").stdout
    assert "What is encrypted opens with the keys that are set" in told
    port = free_port()
    process, _said = start_up(elsewhere, port)
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/servicos/arvore/") as page:
            assert page.status == 200
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
