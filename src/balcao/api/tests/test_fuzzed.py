"""Schemathesis reads our description and tries to break the server behind it: what is described is what happens."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import timezone

from balcao.api.models import Outgoing, Subscription
from balcao.cases.actions import keep_incident
from balcao.cases.models import Incident
from balcao.inbox.models import Account, Line
from balcao.inbox.receiving import Incoming, receive
from balcao.organization.models import ApiKey, Holiday
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.models import Event, Revision
from balcao.privacy.models import LegalHold, RetentionRule
from balcao.workorders.models import RemoteOrder, RemoteSystem, WorkOrder
from tests.world import World, add_staff

CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "negative_data_rejection,ignored_auth,missing_required_header"
)
WORK = "^/api/(cases|orders|files|services|areas|places)"
REST = "^/api/(settings|staff|roles|keys|webhooks|changes|incidents|alarms|faults|figures|privacy|conversations)"


def names(world: World) -> dict[str, str | int]:
    """Something that is there for each name in an address: calls that name nothing are sent away at the door."""
    person, _contact = world.person()
    case, agency = world.open(reporter=person), world.agency
    incident = Incident(agency=agency, title="Adutora", text="Já sabemos.", area=world.trees, began_at=timezone.now())
    hook = Subscription.objects.create(
        agency=agency, name="Painel", url="https://203.0.114.9/", kinds=["CaseOpened"], secret="whsec_YQ=="
    )
    system = RemoteSystem.objects.create(
        agency=agency, area=world.trees, connector="open311", url="https://203.0.114.9/", secret="x"
    )
    order, now = WorkOrder.objects.get(case=case), timezone.now()
    message = Outgoing(subscription=hook, event_id=1, kind="CaseOpened", body="{}", state="dead", next_try_at=now)
    message.save()
    fault = faults.record("probe", "1", "It did not work.", agency_id=agency.pk, case_id=case.pk)
    line = Line.objects.create(agency=agency, slug="geral", name="Geral")
    account = Account.objects.create(agency=agency, channel="webchat", key="w", name="Site", line=line)
    heard = Incoming(provider_id="1", contact="v1", text="Oi")
    talk = receive(actor=Actor.system(agency.pk), account=account, incoming=heard).conversation
    return {
        "conversation": talk.pk,
        "protocol": case.protocol,
        "pk": order.pk,
        "incident": keep_incident(actor=world.actor("supervisor"), incident=incident, services=[world.service]).pk,
        "group": "verde",
        "service": "poda",
        "area": "arborizacao",
        "place": "centro",
        "calendar": "padrao",
        "rule": agency.rules.get().pk,
        "day": Holiday.objects.create(calendar=agency.calendars.get(), date="2026-03-19", name="São José").pk,
        "purpose": "receipt",
        "person": add_staff(agency, world.roles["field_agent"], world.trees, tag="-x").pk,
        "role": "field_agent",
        "fault": fault.pk,
        "table": "city-month",
        "subject": person.pk,
        "hold": LegalHold.objects.create(agency=agency, case=case, reason="Processo").pk,
        "key": ApiKey.objects.create(agency=agency, name="Sensores", secret_hash=b"x", scopes=["case.open"]).pk,
        "webhook": hook.pk,
        "message": message.pk,
        "doubt": RemoteOrder.objects.create(order=order, system=system, state="unknown", made_at=now).pk,
        "retention_rule": RetentionRule.objects.create(agency=agency, stage="answered", days=900).pk,
    }


@pytest.mark.parametrize(("paths", "seconds"), [(WORK, 25), pytest.param(REST, 60, marks=pytest.mark.slow)])
@pytest.mark.django_db(transaction=True)
def test_the_server_does_what_its_description_says(live_server, world, key, tmp_path, settings, paths, seconds):
    settings.MEDIA_ROOT = tmp_path / "files"
    call = key(per_minute=60_000, per_day=50_000_000)
    other = world.open(service=world.unrouted)
    call("GET", "openapi.json")  # made once in a process; a slow machine would have Schemathesis wait too long for it
    parameters = "".join(f'"path.{name}" = {value!r}\n' for name, value in names(world).items())
    (tmp_path / "schemathesis.toml").write_text(
        f"[parameters]\n{parameters}"
        f'[[operations]]\ninclude-path-regex = "classify|dispatch|merge|refuse|draft"\n'
        f'[operations.parameters]\n"path.protocol" = "{other.protocol}"\n'
    )
    run = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "--config-file", "schemathesis.toml", "run",
            f"{live_server.url}/api/openapi.json", "-H", f"Authorization: Bearer {call.raw}",
            "--include-path-regex", paths, "--checks", CHECKS, "--phases", "examples,coverage,fuzzing",
            "--max-examples", "5", "--seed", "7", "--max-time", str(seconds), "--no-shrink",
            "--suppress-health-check", "all", "--warnings", "off",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=seconds * 4,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
    found = re.findall(r"Selected: (\d+)/|Tested: (\d+)|(\d+) generated", run.stdout)
    selected, tested, generated = (int(max(one)) for one in found)
    # How many more it tries in its time is the machine's affair.
    assert 30 < selected == tested < generated, run.stdout[-3_000:]
    done = Event.objects.filter(actor_kind="key") if paths == WORK else Revision.objects.filter(actor_kind="key")
    assert done.exists(), "nothing it sent was ever done: it tried the door only"
