"""Schemathesis reads our description and tries to break the server behind it: what is described is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from balcao.platform.models import Event
from balcao.workorders.models import WorkOrder

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,ignored_auth,missing_required_header"
)
SECONDS = 25  # for all operations together


@pytest.mark.django_db(transaction=True)
def test_the_server_does_what_its_description_says(live_server, world, key, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    call = key(per_minute=60_000, per_day=50_000_000)
    case, other = world.open(), world.open(service=world.unrouted)
    order = WorkOrder.objects.get(case=case)
    # Half of the calls name something that is there: the others are sent away at the door.
    (tmp_path / "schemathesis.toml").write_text(
        f'[parameters]\n"path.protocol" = "{case.protocol}"\n"path.pk" = {order.pk}\n'
        f'[[operations]]\ninclude-path-regex = "classify|dispatch|merge|refuse|draft"\n'
        f'[operations.parameters]\n"path.protocol" = "{other.protocol}"\n'
    )
    run = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "--config-file", "schemathesis.toml", "run",
            f"{live_server.url}/api/openapi.json", "-H", f"Authorization: Bearer {call.raw}",
            "--checks", CHECKS, "--phases", "examples,coverage,fuzzing", "--max-examples", "5", "--seed", "7",
            "--max-time", str(SECONDS), "--no-shrink", "--suppress-health-check", "all", "--warnings", "off",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS * 4,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    tried = re.search(r"(\d+) generated", run.stdout)
    assert tried and int(tried[1]) > 150, run.stdout[-3_000:]
    assert Event.objects.filter(actor_kind="key").exists(), "nothing it sent was ever done: it tried the door only"
