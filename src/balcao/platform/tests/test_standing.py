"""A standing question finds what its queryset finds, and is compiled once."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from balcao.organization.models import Agency, ApiKey, Area
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.models import Fault, StoredFile
from balcao.platform.standing import standing

pytestmark = pytest.mark.django_db


@standing
def area_of(active: bool, *, slug: str, agency: int) -> QuerySet[Area]:
    return Area.objects.select_related("agency", "parent").filter(agency_id=agency, slug=slug, is_active=active)


@standing
def held(*, fault: int) -> QuerySet[Fault]:
    return Fault.objects.select_for_update(of=("self",)).filter(pk=fault)


@pytest.fixture
def agency() -> Agency:
    return Agency.objects.create(slug="vila", name="Vila", jurisdiction="BR")


def test_it_finds_whole_rows_with_what_they_are_related_to(agency: Agency):
    above = Area.objects.create(agency=agency, slug="obras", name="Obras")
    Area.objects.create(agency=agency, slug="vias", name="Vias", parent=above)
    with CaptureQueriesContext(connection) as captured:
        found = area_of.get(True, slug="vias", agency=agency.pk)
        assert (found.name, found.parent.name, found.agency.name) == ("Vias", "Obras", "Vila")
        assert area_of.get(True, slug="obras", agency=agency.pk).parent is None
    assert len(captured) == 2
    found.name = "Vias públicas"
    found.save()
    assert area_of.get(True, slug="vias", agency=agency.pk).name == "Vias públicas"


def test_what_is_not_there_is_none_or_told(agency: Agency):
    assert area_of.one(True, slug="vias", agency=agency.pk) is None
    assert area_of.all(False, slug="vias", agency=agency.pk) == []
    with pytest.raises(Area.DoesNotExist):
        area_of.get(True, slug="vias", agency=agency.pk)


def test_a_shape_of_its_own_is_another_question(agency: Agency):
    Area.objects.create(agency=agency, slug="vias", name="Vias", is_active=False)
    assert area_of.one(True, slug="vias", agency=agency.pk) is None
    assert area_of.get(False, slug="vias", agency=agency.pk).name == "Vias"


def test_it_is_compiled_once_for_each_shape(agency: Agency):
    compiled: list[object] = []

    @standing
    def counted(*, slug: str) -> QuerySet[Area]:
        compiled.append(slug)
        return Area.objects.filter(slug=slug)

    for slug in ("a", "b", "'; DROP TABLE", "%s", ""):
        assert counted.all(slug=slug) == []
    assert len(compiled) == 1


def test_inside_an_action_it_sees_what_the_action_has_written():
    @action
    def changed() -> tuple[str, str]:
        fault = rows.write(Fault(kind="job", key="1", reason="before"))
        before = held.get(fault=fault.pk)
        reason = before.reason
        before.reason = "after"
        rows.change(before, ["reason"])
        return reason, held.get(fault=fault.pk).reason

    assert changed() == ("before", "after")


def test_what_it_does_not_read_goes_on_waiting(agency: Agency):
    @action
    def write() -> None:
        rows.write(Fault(kind="job", key="1", reason="before"))
        area_of.one(True, slug="vias", agency=agency.pk)

    write()
    with CaptureQueriesContext(connection) as captured:
        write_again()
    assert [q["sql"].split()[0] for q in captured.captured_queries] == [
        "SAVEPOINT",
        "SELECT",
        "SELECT",
        "INSERT",
        "RELEASE",
    ]
    assert Fault.objects.count() == 2


@action
def write_again() -> None:
    rows.write(Fault(kind="job", key="2", reason="before"))
    area_of.one(True, slug="vias", agency=0)


def test_a_question_within_a_question_sees_everything_that_waits(agency: Agency):
    @standing
    def faulty(*, agency: int) -> QuerySet[Area]:
        return Area.objects.filter(Exists(Fault.objects.filter(agency_id=OuterRef("agency_id"))), agency_id=agency)

    @action
    def write() -> list[Area]:
        rows.write(Fault(kind="job", key="1", reason="before", agency_id=agency.pk))
        return faulty.all(agency=agency.pk)

    area = Area.objects.create(agency=agency, slug="vias", name="Vias")
    assert write() == [area]


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_or_not_at_all():
    fault = Fault.objects.create(kind="job", key="1", reason="before")
    with transaction.atomic():
        assert held.get(fault=fault.pk) == fault
    with pytest.raises(TransactionManagementError):
        held.one(fault=fault.pk)


@pytest.mark.django_db(transaction=True)
def test_a_row_that_moves_while_its_lock_is_waited_for_is_found_where_it_has_gone():
    @standing
    def with_agency(*, area: int) -> QuerySet[Area]:
        return Area.objects.select_for_update(of=("self",)).select_related("agency").filter(pk=area)

    def wait() -> str:
        with closing(connection), transaction.atomic():
            return with_agency.get(area=area.pk).agency.slug

    here, there = (Agency.objects.create(slug=slug, name=slug, jurisdiction="BR") for slug in ("vila", "vale"))
    area = Area.objects.create(agency=here, slug="vias", name="Vias")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Area.objects.filter(pk=area.pk).update(agency=there)
            found = pool.submit(wait)
            while rows.run("SELECT 1 FROM pg_locks WHERE NOT granted") is None:
                assert not found.done()
        assert found.result(30) == "vale"


def test_a_value_that_is_not_compared_with_a_column_is_refused():
    @standing
    def lost(*, slug: str) -> QuerySet[Area]:
        return Area.objects.filter(slug="vias")

    with pytest.raises(ValueError, match="slug"):
        lost.all(slug="a")
    with pytest.raises(TypeError):
        area_of.all(True, slug=None, agency=1)


def test_texts_octets_and_uuids_find_their_columns_and_whoever_may_see_nothing_finds_nothing(agency: Agency):
    @standing
    def file(see: bool, *, uuid: UUID) -> QuerySet[StoredFile]:
        return StoredFile.objects.filter(uuid=uuid) if see else StoredFile.objects.none()

    @standing
    def by_hash(*, secret: bytes) -> QuerySet[ApiKey]:
        return ApiKey.objects.filter(secret_hash=secret)

    key = ApiKey.objects.create(agency=agency, name="a", prefix="balcao_abc", secret_hash=b"\x00\xff'%s", scopes=[])
    assert by_hash.get(secret=b"\x00\xff'%s") == key
    assert file.all(True, uuid=uuid4()) == file.all(False, uuid=uuid4()) == []


def test_a_small_column_is_compared_with_small_and_large_numbers(agency: Agency):
    """The ORM answers "nothing" by itself where a number does not fit; here the column is asked."""

    @standing
    def counted(*, count: int) -> QuerySet[Fault]:
        return Fault.objects.filter(count=count)

    fault = Fault.objects.create(kind="job", key="1", reason="x", count=3)
    assert counted.all(count=3) == [fault]
