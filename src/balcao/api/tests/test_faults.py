"""What failed is mended by another system as an operator mends it."""

import pytest

from balcao.platform import faults
from balcao.platform.models import Fault
from tests.world import make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken(world, monkeypatch):
    """A fault of a kind that can be tried again, and its case; what was tried is kept."""
    tried = []
    monkeypatch.setitem(faults.MENDERS, "probe", lambda fault, actor: tried.append((fault.pk, actor.kind)))
    case = world.open()
    fault = faults.record("probe", "1", "It did not work.", agency_id=world.agency.pk, case_id=case.pk)
    return fault, case, tried


def test_a_fault_is_listed_tried_again_given_and_ended(world, key, broken):
    (fault, case, tried), call = broken, key()
    [told] = call("GET", "faults")[1]["faults"]
    assert (told["id"], told["case"], told["may_retry"]) == (fault.pk, case.protocol, True)
    assert call("GET", "faults?kind=delivery")[1]["faults"] == []
    one = f"faults/{fault.pk}"
    assert call("POST", f"{one}/retry")[1]["ended_at"] is None and tried == [(fault.pk, "key")]
    boss = world.staff["supervisor"].email
    assert call("POST", f"{one}/reassign", {"staff": boss})[1]["owner"] == boss
    assert call("POST", f"{one}/reassign", {"staff": world.staff["attendant"].email})[1]["field"] == "staff"
    assert call("POST", f"{one}/redirect", {"email": "x@example.org"})[0] == 409
    assert call("POST", f"{one}/end", {"reason": "Foi trocado."})[1]["ended_reason"] == "Foi trocado."
    assert call("POST", f"{one}/end", {"reason": "De novo."})[0] == 409
    assert call("GET", "faults")[1]["faults"] == [] and len(call("GET", "faults?ended=true")[1]["faults"]) == 1


def test_an_undelivered_answer_goes_to_another_address(world, key):
    from balcao.cases.actions import refuse_case
    from balcao.cases.models import Case
    from balcao.inbox.models import Delivery

    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    delivery = Delivery.objects.filter(message__case=case).latest("pk")
    Delivery.objects.filter(pk=delivery.pk).update(state="given_up")
    fault = faults.record(
        "delivery", str(delivery.pk), "It did not arrive.", agency_id=world.agency.pk, case_id=case.pk,
        data={"delivery_id": delivery.pk},
    )  # fmt: skip
    path, body = f"faults/{fault.pk}/redirect", {"email": "outra@example.org"}
    assert key("faults.mend")("POST", path, body)[0] == 403, "an answer could be had for oneself"
    assert key("faults.mend", "case.read", "person.read")("POST", path, body)[1]["ended_at"]
    delivery.refresh_from_db()
    assert (delivery.address, delivery.state) == ("outra@example.org", "queued")
    assert Case.objects.get(pk=case.pk).contact.value == "outra@example.org"


def test_faults_need_their_scope_and_are_the_agencys_own(world, key, broken):
    fault, _case, tried = broken
    other = make_world("vale-do-sado", default=False)
    assert key("case.read")("GET", "faults")[0] == 403
    foreign = key(of=other)
    assert foreign("GET", "faults")[1]["faults"] == [] and foreign("POST", f"faults/{fault.pk}/retry")[0] == 404
    whole = faults.record("probe", "2", "The installation's own.")
    assert key("faults.mend")("GET", f"faults/{whole.pk}")[0] == 404, "of nobody who keeps no settings"
    assert [f["case"] for f in key("faults.mend")("GET", "faults")[1]["faults"]] == [""], "this key sees no case"
    assert not tried and not Fault.objects.filter(ended_at__isnull=False).exists()
