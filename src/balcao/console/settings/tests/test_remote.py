"""An area gets another system: its key is never shown again, its codes are lines, a doubt is settled by a person."""

import pytest
from django.urls import reverse

from balcao.platform.models import Revision
from balcao.workorders.models import RemoteOrder, RemoteSystem

GOOD = {
    "connector": "open311", "url": "https://city.example.org/open311/v2", "new_secret": "very-secret",
    "service_code": "", "code_lines": "poda = 0042", "is_active": "on", "jurisdiction": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def names(monkeypatch):
    """The name is known, and outside: nothing is asked on the network."""
    monkeypatch.setattr("balcao.platform.outside._resolve", lambda *_arguments: ["192.0.2.1"])


@pytest.fixture
def url(world) -> str:
    return reverse("console:settings_area_system", args=[world.trees.pk])


def test_a_system_is_set_and_its_key_is_never_shown(world, admin, url):
    assert admin.get(url).status_code == 200
    assert admin.post(url, GOOD).status_code == 302
    system = RemoteSystem.objects.get(area=world.trees)
    assert (system.secret, system.code_of("poda"), system.code_of("other")) == ("very-secret", "0042", "other")
    page = admin.get(url)
    assert "very-secret" not in page.content.decode() and "poda = 0042" in page.content.decode()
    seen = page.context["seen"]
    admin.post(url, GOOD | {"new_secret": "", "code_lines": "", "seen": seen})
    system.refresh_from_db()
    assert system.secret == "very-secret" and system.codes == {}
    assert "very-secret" not in str(list(Revision.objects.values_list("changes", flat=True)))
    assert admin.get(reverse("console:settings_history")).status_code == 200
    assert url in admin.get(reverse("console:settings_area", args=[world.trees.pk])).content.decode()


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://city.example.org"},
        {"url": "https://user:word@city.example.org/"},
        {"new_secret": ""},
        {"code_lines": "nothing = 1"},
        {"code_lines": "without a sign"},
        {"connector": "carrier pigeon"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(world, admin, url, changes):
    response = admin.post(url, GOOD | changes)
    assert response.status_code == 200 and not RemoteSystem.objects.exists()
    assert "error" in response.content.decode()


def test_an_address_within_our_own_network_is_refused(world, admin, url, monkeypatch):
    from balcao.platform import outside

    def inside(*_arguments):
        raise outside.NotOutside

    monkeypatch.setattr("balcao.platform.outside._resolve", inside)
    assert "must be a public one" in admin.post(url, GOOD).content.decode()


def test_a_person_settles_what_nobody_knows(world, admin, url):
    admin.post(url, GOOD)
    orders = [world.open().orders.get() for _n in range(2)]
    system = RemoteSystem.objects.get()
    first, second = (
        RemoteOrder.objects.create(order=o, system=system, state="unknown", made_at=o.issued_at) for o in orders
    )
    page = admin.get(url).content.decode()
    assert page.count("It has this number") == 2
    settle = reverse("console:settings_area_system_settle", args=[world.trees.pk])
    admin.post(settle, {"remote": first.pk, "reference": ""})
    first.refresh_from_db()
    assert first.state == "unknown"  # the button beside an empty field
    admin.post(settle, {"remote": first.pk, "reference": "L-7"})
    admin.post(settle, {"remote": second.pk, "reference": "", "again": "1"})
    first.refresh_from_db(), second.refresh_from_db()
    assert (first.state, first.reference) == ("sent", "L-7") and second.state == "queued" and second.next_try_at
    shown = admin.get(reverse("console:order", args=[orders[0].pk])).content.decode()
    assert "L-7" in shown
