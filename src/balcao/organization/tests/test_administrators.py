"""An agency is never left without an administrator, not even by two who demote each other in the same second."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection, transaction

from balcao.organization.actions import change_role, change_staff, take_role
from balcao.organization.models import Membership, Staff
from balcao.organization.queries import actor_of
from balcao.platform.errors import Refusal
from tests.world import add_staff, make_world

pytestmark = pytest.mark.django_db(transaction=True)
Demotion = Callable[[Staff, Staff], object]


@pytest.fixture
def two() -> tuple[Staff, Staff]:
    world = make_world()
    return world.staff["administrator"], add_staff(world.agency, world.roles["administrator"], tag="2")


def take(by: Staff, whom: Staff) -> None:
    take_role(actor=actor_of(by), membership=Membership.objects.get(staff=whom))


def switch_off(by: Staff, whom: Staff) -> None:
    whom = Staff.objects.get(pk=whom.pk)
    whom.is_active = False
    change_staff(actor=actor_of(by), staff=whom)


def weaken(by: Staff, whom: Staff) -> None:
    role = whom.memberships.get().role
    role.permissions = ["staff.edit"]
    change_role(actor=actor_of(by), role=role)


def others_wait() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("first", [take, switch_off])
@pytest.mark.parametrize("second", [take, switch_off, weaken])
def test_two_administrators_demote_each_other_at_once(
    two: tuple[Staff, Staff], first: Demotion, second: Demotion
) -> None:
    a, b = two
    began = Event()

    def slowly() -> None:
        with transaction.atomic():
            first(a, b)
            began.set()
            until = time.monotonic() + 10
            while not others_wait() and time.monotonic() < until:
                time.sleep(0.01)
        connection.close()

    def meanwhile() -> str:
        began.wait(10)
        try:
            second(b, a)
        except Refusal as refusal:
            return str(refusal.log)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.submit(slowly), pool.submit(meanwhile)
        one.result(30)
        assert "lose its last administrator" in other.result(30)
    left = Membership.objects.filter(staff__is_active=True, role__permissions__contains=["settings.edit", "staff.edit"])
    assert [m.staff for m in left] == [a]
