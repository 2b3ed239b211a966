"""An action is one transaction, however many actions it is made of."""

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from balcao.platform.action import action, running
from balcao.platform.errors import Stale
from balcao.platform.models import ReadLog

pytestmark = pytest.mark.django_db


@action
def write(purpose: str) -> None:
    ReadLog.objects.create(actor_kind="system", subject="case", purpose=purpose)


@action
def write_two(*, fail: bool = False) -> None:
    write("first")
    if fail:
        raise ValueError("the second part failed")
    write("second")


def test_an_inner_action_opens_no_savepoint():
    with CaptureQueriesContext(connection) as captured:
        write_two()
    assert [q["sql"].split()[0] for q in captured.captured_queries] == ["SAVEPOINT", "INSERT", "INSERT", "RELEASE"]


def test_all_or_nothing():
    with pytest.raises(ValueError):
        write_two(fail=True)
    assert not ReadLog.objects.exists()


def test_what_an_action_remembers_ends_with_it():
    seen = []

    @action
    def remember() -> None:
        memory = running()
        assert memory is not None
        seen.append(dict(memory))
        memory["row"] = 1

    remember()
    remember()
    assert seen == [{}, {}] and running() is None


@pytest.mark.django_db
def test_two_people_who_lock_crosswise_meet_a_sentence_not_an_error():
    """PostgreSQL ends one of two transactions that wait for each other: its person is asked to look and send again."""

    @action
    def crosswise() -> None:
        raise OperationalError("deadlock detected") from DeadlockDetected()

    @action
    def broken() -> None:
        raise OperationalError("server closed the connection")

    with pytest.raises(Stale):
        crosswise()
    with pytest.raises(OperationalError):
        broken()
