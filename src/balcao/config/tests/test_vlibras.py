"""VLibras (Brazilian Sign Language) is off until an installation asks for it; then its origin is in the policy."""

import json
import os
import subprocess
import sys

import pytest
from django.test import Client

from tests.world import make_world

POLICY = "import json; from balcao.config import settings; print(json.dumps(settings.CONTENT_SECURITY_POLICY))"


def directives(tmp_path, switch):
    kept = {name: value for name, value in os.environ.items() if name != "BALCAO_VLIBRAS"}
    env = kept | {"BALCAO_DATA": str(tmp_path)} | ({"BALCAO_VLIBRAS": switch} if switch else {})
    said = subprocess.run([sys.executable, "-c", POLICY], env=env, capture_output=True, text=True, check=True)
    return json.loads(said.stdout)


def test_its_origin_is_in_the_policy_only_when_it_is_on(tmp_path):
    assert "vlibras" not in json.dumps(directives(tmp_path, ""))
    on = directives(tmp_path, "1")
    for name in ("default-src", "script-src", "style-src", "img-src", "connect-src"):
        assert "https://vlibras.gov.br" in on[name] and "'self'" in on[name]
    assert not any("unsafe-inline" in sources for sources in on.values())


@pytest.mark.django_db
def test_every_page_carries_it_only_when_it_is_on(settings):
    make_world()
    assert "vlibras" not in Client().get("/").content.decode()
    settings.VLIBRAS = True
    assert "https://vlibras.gov.br/app/vlibras-plugin.js" in Client().get("/").content.decode()


@pytest.mark.django_db
def test_every_page_carries_the_policy(settings):
    make_world()
    for address in ("/", "/healthz", "/nowhere/"):
        said = Client().get(address)["Content-Security-Policy"].split("; ")
        assert said == [" ".join((name, *sources)) for name, sources in settings.CONTENT_SECURITY_POLICY.items()]
        assert "script-src 'self'" in said and "object-src 'none'" in said
