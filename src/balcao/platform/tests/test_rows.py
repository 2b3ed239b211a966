"""The rows of an action: one statement, in order, before anything else that it says."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.pq import TransactionStatus

from balcao.organization.models import Agency, Area
from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.models import Event, Fault, ReadLog
from balcao.platform.settled import one_view, settled

pytestmark = pytest.mark.django_db


def read(purpose: str = "page") -> ReadLog:
    return rows.write(ReadLog(actor_kind="system", subject="case", purpose=purpose))


def event(kind: str) -> Event:
    return rows.write(Event(kind=kind, actor_kind="system", data={"ação": kind}))


def verbs(captured: CaptureQueriesContext) -> list[str]:
    return [q["sql"].split()[0] for q in captured.captured_queries]


@action
def two_tables() -> tuple[ReadLog, Event, Event]:
    return read(), event("First"), event("Second")


def test_all_tables_in_one_statement_once_the_ids_are_known_beforehand():
    two_tables()
    with CaptureQueriesContext(connection) as captured:
        log, first, second = two_tables()
    assert verbs(captured) == ["SAVEPOINT", "SELECT", "WITH", "RELEASE"]
    assert first.pk < second.pk
    kept = Event.objects.get(pk=first.pk)
    assert (kept.kind, kept.data) == ("First", {"ação": "First"}) and kept.tx is not None and kept.at is not None
    assert log.at == ReadLog.objects.get(pk=log.pk).at  # what the database filled in is read when it is asked for


def test_whatever_else_the_action_says_is_said_after_its_rows():
    @action
    def look() -> list[str]:
        event("Known")
        return list(Event.objects.values_list("kind", flat=True))

    assert look() == ["Known"]


def test_a_change_of_a_row_that_waits_goes_along():
    @action
    def changed() -> Fault:
        fault = rows.write(Fault(kind="job", key="1", reason="before"))
        assert rows.waits(fault)
        fault.reason = "after"
        rows.save(fault, ["reason"])
        return fault

    with CaptureQueriesContext(connection) as captured:
        fault = changed()
    assert "UPDATE" not in verbs(captured)
    assert Fault.objects.get(pk=fault.pk).reason == "after" and not rows.waits(fault)


def test_a_row_that_stands_is_changed_with_the_others():
    fault = Fault.objects.create(kind="job", key="1", reason="before")

    @action
    def changed() -> None:
        fault.reason = "after"
        rows.change(fault, ["reason"])
        event("Changed")

    with CaptureQueriesContext(connection) as captured:
        changed()
    assert "UPDATE" not in verbs(captured)
    assert Fault.objects.get(pk=fault.pk).reason == "after"


def test_what_a_savepoint_takes_back_is_not_written_and_what_came_before_is():
    @action
    def some() -> None:
        event("Before")
        try:
            with transaction.atomic():
                event("Within")
                raise ValueError
        except ValueError:
            pass
        event("After")

    some()
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == ["Before", "After"]


def test_nothing_of_an_action_that_fails_is_written_and_the_next_one_starts_clean():
    @action
    def fails() -> None:
        event("Never")
        raise ValueError

    with pytest.raises(ValueError):
        fails()
    two_tables()
    assert not Event.objects.filter(kind="Never").exists()
    assert connection.execute_wrappers == []


def test_what_the_database_refuses_comes_as_djangos_own_error():
    @action
    def twice() -> None:
        rows.write(Fault(kind="job", key="same", reason="a"))
        rows.write(Fault(kind="job", key="same", reason="b"))

    with pytest.raises(IntegrityError, match="fault_open_once"):
        twice()


def test_outside_of_an_action_a_row_is_written_at_once():
    assert Event.objects.filter(pk=event("Alone").pk).exists()


def test_a_fetched_row_is_the_one_that_the_orm_reads():
    kept = Event.objects.create(kind="Kept", actor_kind="system", data={"a": [1, None, "é"]})
    found = rows.fetch(Event, "id = %s::bigint", [str(kept.pk)])
    assert found is not None and found == kept
    assert (found.data, found.at, found.agency_id) == (kept.data, Event.objects.get(pk=kept.pk).at, None)
    assert rows.fetch(Event, "id = %s::bigint", ["0"]) is None


# --- what a process remembers of the settings


def names() -> list[str]:
    return settled("names of areas", lambda: list(Area.objects.order_by("pk").values_list("name", flat=True)))


def test_a_setting_is_read_once_until_it_changes_by_whatever_way():
    agency = Agency.objects.create(slug="vila", name="Vila")
    area = Area.objects.create(agency=agency, slug="a", name="Parques")
    assert names() == ["Parques"]
    with CaptureQueriesContext(connection) as captured:
        assert names() == names() == ["Parques"]
    assert len(captured) == 2 and all("token" in q["sql"] for q in captured.captured_queries)
    Area.objects.filter(pk=area.pk).update(name="Praças")
    assert names() == ["Praças"]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM organization_area")
    assert names() == []


def test_what_was_rolled_back_is_not_remembered():
    agency = Agency.objects.create(slug="vila", name="Vila")
    with pytest.raises(ValueError), transaction.atomic():
        Area.objects.create(agency=agency, slug="a", name="Nunca")
        assert names() == ["Nunca"]
        raise ValueError
    assert names() == []
    Area.objects.create(agency=agency, slug="b", name="Sempre")
    assert names() == ["Sempre"]


def test_a_page_asks_once():
    with CaptureQueriesContext(connection) as captured, one_view():
        names(), names(), names()
    assert sum("token" in q["sql"] for q in captured.captured_queries) == 1


def test_a_row_that_is_changed_twice_is_written_once_with_both_changes():
    fault = Fault.objects.create(kind="job", key="1", reason="before")

    @action
    def changed() -> None:
        fault.reason = "between"
        rows.change(fault, ["reason"])
        fault.reason, fault.count = "after", 2
        rows.change(fault, ["reason", "count"])

    with CaptureQueriesContext(connection) as captured:
        changed()
    assert verbs(captured) == ["SAVEPOINT", "UPDATE", "RELEASE"]
    fault.refresh_from_db()
    assert (fault.reason, fault.count) == ("after", 2)


def test_two_copies_of_a_row_change_it_one_after_the_other():
    first = Fault.objects.create(kind="job", key="1", reason="before")
    second = Fault.objects.get(pk=first.pk)

    @action
    def changed() -> None:
        first.reason = "first"
        rows.change(first, ["reason"])
        second.count = 2
        rows.change(second, ["count"])

    changed()
    first.refresh_from_db()
    assert (first.reason, first.count) == ("first", 2)


def test_a_statement_that_changes_a_table_waits_for_no_other_row_of_it():
    own, other = (Fault.objects.create(kind="job", key=key, reason="before") for key in ("own", "other"))
    count = "UPDATE platform_fault SET count = count + 1 WHERE key <> 'own' AND reason = %s::text"

    @action
    def changed() -> None:
        for fault in (own, other):
            fault.reason = "after"
            rows.change(fault, ["reason"])
        rows.also(count, ["after"], table="platform_fault", beside=own)
        other.reason = "later"
        rows.change(other, ["reason"])

    changed()
    other.refresh_from_db()
    assert (other.reason, other.count) == ("later", 2)


def test_rows_that_nobody_names_are_put_at_once():
    with CaptureQueriesContext(connection) as captured:
        rows.put(*(ReadLog(actor_kind="system", subject="case", subject_id=n, purpose="page") for n in range(3)))
        rows.put()
    assert verbs(captured) == ["INSERT"]
    assert sorted(ReadLog.objects.values_list("subject_id", flat=True)) == [0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_an_action_that_writes_once_at_its_end_is_that_statement_alone_and_inside_a_transaction_part_of_it():
    def begun() -> int:
        return connection.connection.pgconn.transaction_status

    @action
    def once() -> tuple[Event, int]:
        return event("Alone"), begun()

    kept, status = once()
    assert status == TransactionStatus.IDLE and Event.objects.filter(pk=kept.pk).exists()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        once()
        raise ZeroDivisionError
    assert Event.objects.filter(kind="Alone").count() == 1
