"""What failed waits for somebody, and what was changed remembers how it was."""

import pytest

from balcao.organization.models import Agency, Area
from balcao.platform import faults
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.history import keep, remove
from balcao.platform.models import Fault, ReadLog, Revision

pytestmark = pytest.mark.django_db
MENDER = Actor(kind="staff", id=4, agency_id=1, permissions=frozenset({"faults.mend"}))


def test_the_same_fault_is_counted_not_doubled():
    first = faults.record("delivery", "7", "the mail server answered 421")
    faults.record("delivery", "7", "the mail server answered 550")
    first.refresh_from_db()
    assert (first.count, first.reason) == (2, "the mail server answered 550")
    faults.mended("delivery", "7")
    assert faults.record("delivery", "7", "again").pk != first.pk


def test_a_fault_ends_only_with_a_reason_and_by_whoever_may():
    fault = faults.record("row", "12", "no date", agency_id=1)
    with pytest.raises(Refusal):
        faults.end(actor=MENDER, fault=fault, reason="  ")
    with pytest.raises(NotAllowed):
        faults.end(actor=Actor.citizen(1), fault=fault, reason="mine")
    faults.end(actor=MENDER, fault=fault, reason="a test row")
    fault.refresh_from_db()
    assert fault.ended_at and fault.ended_by == 4 and not Fault.objects.filter(ended_at=None).exists()


def test_a_kind_without_a_mender_says_so():
    with pytest.raises(Refusal, match="cannot be retried"):
        faults.retry(actor=MENDER, fault=faults.record("row", "13", "no date", agency_id=1))


def test_a_change_keeps_its_before_and_after_and_nothing_is_kept_of_no_change():
    agency = Agency.objects.create(slug="a", name="A")
    area = keep(actor=MENDER, obj=Area(agency=agency, slug="trees", name="Trees"))
    area.name = "Trees and parks"
    keep(actor=MENDER, obj=area)
    keep(actor=MENDER, obj=area)
    remove(actor=MENDER, obj=area)
    verbs = list(Revision.objects.order_by("id").values_list("verb", "agency_id", "actor_id"))
    assert verbs == [(v, agency.pk, 4) for v in ("create", "change", "delete")]
    assert Revision.objects.get(verb="change").changes == {"name": ["Trees", "Trees and parks"]}


def test_each_reading_of_personal_data_is_a_row():
    log_read(actor=MENDER, subject="person", ids=[3, 5], purpose="case page", agency_id=1)
    assert list(ReadLog.objects.order_by("id").values_list("subject_id", "actor_id")) == [(3, 4), (5, 4)]
