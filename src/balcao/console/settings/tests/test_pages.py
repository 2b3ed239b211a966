"""Every page of the settings opens for who may, and for nobody else; another agency's things do not exist."""

import pytest
from django.urls import reverse

from balcao.catalog.models import Service
from balcao.organization.models import Role
from balcao.workorders.models import ResponsibilityRule
from tests.world import make_world

from .conftest import signed_in

PLAIN = [
    "settings", "settings_history", "settings_areas", "settings_area_new", "settings_services", "settings_service_new",
    "settings_group_new", "settings_places", "settings_places_map", "settings_places_import", "settings_place_new",
    "settings_calendars", "settings_calendar_new", "settings_letters", "settings_matrix", "settings_rule_new",
    "settings_matrix_try", "settings_staff", "settings_invite", "settings_role_new",
]  # fmt: skip


def objects(world):
    return {
        "settings_area": world.trees.pk,
        "settings_service": world.service.pk,
        "settings_group": world.service.group_id,
        "settings_questions": world.service.pk,
        "settings_question_new": world.service.pk,
        "settings_place": world.district.pk,
        "settings_calendar": world.agency.calendars.get().pk,
        "settings_rule": ResponsibilityRule.objects.get(agency=world.agency).pk,
        "settings_person": world.staff["attendant"].pk,
        "settings_role": world.roles["attendant"].pk,
    }


def addresses(world):
    letter = reverse("console:settings_letter", args=["receipt"])
    answer = reverse("console:settings_letter", args=["answer"]) + "?outcome=solved&locale=en"
    of_objects = [reverse(f"console:{name}", args=[pk]) for name, pk in objects(world).items()]
    return [*(reverse(f"console:{name}") for name in PLAIN), *of_objects, letter, answer]


def test_every_page_opens_for_an_administrator(world, admin):
    for address in addresses(world):
        response = admin.get(address)
        assert response.status_code == 200, address


@pytest.mark.parametrize("role", ["attendant", "area_manager", "field_agent", "supervisor"])
def test_nobody_without_the_permission_comes_in(world, role):
    client = signed_in(world, role)
    for address in addresses(world):
        assert client.get(address).status_code == 403, address
        assert client.post(address).status_code == 403, address


def test_the_public_is_sent_to_sign_in(world, client):
    for address in addresses(world):
        response = client.get(address)
        assert response.status_code == 302 and "login" in response["Location"], address


def test_the_things_of_another_agency_do_not_exist(world, admin):
    other = make_world("outra", default=False)
    for name, pk in objects(other).items():
        assert admin.get(reverse(f"console:{name}", args=[pk])).status_code == 404, name
        assert admin.post(reverse(f"console:{name}", args=[pk])).status_code == 404, name
    for name in ("area", "service", "group", "place", "calendar", "rule", "role"):
        pk = objects(other)[f"settings_{name}"]
        assert admin.post(reverse(f"console:settings_{name}_remove", args=[pk])).status_code == 404, name
    assert Service.objects.filter(agency=other.agency).count() == 2


def test_a_choice_of_another_agency_is_refused(world, admin):
    other = make_world("outra", default=False)
    response = admin.post(
        reverse("console:settings_rule_new"),
        {"service": world.service.pk, "area": other.trees.pk, "is_active": "on"},
    )
    assert response.status_code == 200 and "area" in response.context["form"].errors
    assert ResponsibilityRule.objects.filter(agency=world.agency).count() == 1


def test_who_only_invites_staff_sees_no_catalogue(world):
    Role.objects.filter(pk=world.roles["attendant"].pk).update(permissions=["staff.edit"])
    client = signed_in(world, "attendant")
    page = client.get(reverse("console:settings")).content.decode()
    assert "/console/settings/staff/" in page and "/console/settings/matrix/" not in page
    assert client.get(reverse("console:settings_matrix")).status_code == 403
