"""A replay or an import as a real process, killed in the middle: nothing of it is half there, and the next run
completes it."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.db.models import Count

from balcao.cases.models import Answer, Case, Remark
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.models import Alarm, Deadline
from balcao.inbox.models import Message
from balcao.organization.models import Agency
from balcao.platform.models import Event
from balcao.workorders.models import AreaReport, WorkOrder
from tests.world import make_world

GUIDE = Path(__file__).parents[5] / "docs" / "guides" / "mappings" / "sp156.yaml"
SAMPLE = Path(__file__).parent / "fixtures" / "sp156-sample.csv"
COPIES = 40
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def many(tmp_path):
    """The sample's rows again and again, each time of other houses: seven thousand."""
    target = tmp_path / "many.csv"
    with SAMPLE.open(encoding="utf-8", newline="") as sample, target.open("w", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(sample)
        rows = list(reader)
        writer = csv.DictWriter(file, [*(reader.fieldnames or ()), "Nome", "E-mail"])
        writer.writeheader()
        for house in range(COPIES):
            who = {"Nome": "Ana", "E-mail": f"ana{house}@example.org"} if house % 2 else {}
            writer.writerows(row | {"Número": f"{house + 1}.0"} | who for row in rows)
    return target


@pytest.fixture(params=["replay", "import"])
def bring(request, tmp_path, many):
    """Starts the command on the test's database."""
    mapping = tmp_path / "people.yaml"
    people = "columns:\n  name: Nome\n  email: E-mail\n"
    mapping.write_text(GUIDE.read_text(encoding="utf-8").replace("columns:\n", people), encoding="utf-8")

    def start(agency: str) -> subprocess.Popen:
        url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
        how = ["replay", str(many)]
        if request.param == "import":
            how = ["import", "cases", str(many), "--mapping", str(mapping)]
            if not Agency.objects.filter(slug=agency).exists():
                make_world(agency, default=False)
        command = [sys.executable, "-m", "balcao.config.cli", *how, "--agency", agency]
        report = ["--report", str(tmp_path / f"{agency}.json")]
        return subprocess.Popen(
            [*command, *report],
            env=os.environ | {"DATABASE_URL": url, "BALCAO_DATA": str(tmp_path / "data")},
            stdout=subprocess.DEVNULL,
            stderr=(tmp_path / "said").open("wb"),
        )

    return start


def rows_of(agency: str) -> dict[str, Counter]:
    """How many rows of each kind the agency's demands have."""
    cases = Case.objects.filter(agency__slug=agency)
    ids = list(cases.values_list("pk", flat=True))
    people = Person.objects.filter(agency__slug=agency)
    kinds = {
        "person": (people, "nature"),
        "contact": (ContactPoint.objects.filter(person__in=people), "kind"),
        "case": (cases, "state"),
        "deadline": (Deadline.objects.filter(case_id__in=ids), "state"),
        "alarm": (Alarm.objects.filter(deadline__case_id__in=ids), "level"),
        "order": (WorkOrder.objects.filter(case_id__in=ids), "state"),
        "remark": (Remark.objects.filter(case_id__in=ids), "kind"),
        "report": (AreaReport.objects.filter(order__case_id__in=ids), "outcome"),
        "answer": (Answer.objects.filter(case_id__in=ids), "outcome"),
        "message": (Message.objects.filter(case_id__in=ids), "purpose"),
        "event": (Event.objects.filter(case_id__in=ids), "kind"),
    }
    return {
        name: Counter(dict(found.order_by().values_list(word).annotate(Count("pk"))))
        for name, (found, word) in kinds.items()
    }


def test_a_killed_run_is_completed_by_the_next(bring, tmp_path):
    killed = bring("sp156")
    while killed.poll() is None and not Case.objects.exists():
        time.sleep(0.005)
    killed.kill()
    assert killed.wait() == -signal.SIGKILL, (tmp_path / "said").read_text()
    assert bring("sp156").wait() == 0, (tmp_path / "said").read_text()
    second = json.loads((tmp_path / "sp156.json").read_text())
    assert second["already_here"] > 0 and second["opened"] > 0, (
        "the kill met it before its first batch or after its last"
    )
    assert (
        second["already_here"] + second["opened"]
        == Case.objects.count()
        == Case.objects.values("external_id").distinct().count()
    )

    assert bring("whole").wait() == 0, (tmp_path / "said").read_text()
    assert rows_of("sp156") == rows_of("whole"), "row for row what a run that nobody killed writes"
    assert json.loads((tmp_path / "whole.json").read_text())["refused"] == second["refused"]
