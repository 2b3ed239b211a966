"""Colleagues: invited by a letter, with roles in areas, never without an administrator."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from balcao.inbox.inviting import invite_staff
from balcao.inbox.models import Message
from balcao.organization.actions import change_role, give_role
from balcao.organization.models import Membership, Role, Staff
from balcao.platform.errors import Invalid, NotAllowed
from balcao.platform.models import Revision

from .conftest import signed_in


def url(name, *args):
    return reverse(f"console:settings_{name}", args=args)


def invite(admin, world, **changes):
    form = {"name": "Ana Prado", "email": "Ana@vila.gov.br", "locale": "en", "role": world.roles["field_agent"].pk}
    return admin.post(url("invite"), form | {"area": world.trees.pk} | changes)


def test_an_invited_colleague_sets_a_password_by_the_link_and_signs_in(world, admin):
    assert invite(admin, world).status_code == 302
    staff = Staff.objects.get(email="ana@vila.gov.br")
    assert not staff.has_usable_password() and staff.memberships.get().area == world.trees
    letter = Message.objects.get(purpose="invitation", staff=staff)
    assert letter.subject.startswith("Your access") and letter.deliveries.get().address == "ana@vila.gov.br"
    link = re.search(r"https?://[^/]+(/\S+)", letter.body)[1]
    guest = Client()
    page = guest.get(link, follow=True)
    assert page.status_code == 200, link
    new = {"password1": "um gato no telhado", "password2": "um gato no telhado"}
    guest.post(page.request["PATH_INFO"], new)
    staff.refresh_from_db()
    assert staff.check_password("um gato no telhado")
    assert Client().get(link, follow=True).context.get("token_fail")  # the link works once


def test_nobody_is_given_the_whole_agency_by_forgetting_the_area(world, admin):
    page = invite(admin, world, area="").content.decode()
    assert "Choose the area in which the role holds, or the whole agency." in page
    assert not Staff.objects.filter(email="ana@vila.gov.br").exists()
    agent = world.staff["field_agent"]
    page = admin.post(url("person_act", agent.pk, "give"), {"role": world.roles["area_manager"].pk, "area": ""})
    assert page.status_code == 200 and "Choose the area in which" in page.content.decode()
    assert not agent.memberships.filter(area=None).exists()
    for where in ({}, {"area": world.trees, "everywhere": True}):
        with pytest.raises(Invalid):
            give_role(actor=world.actor("administrator"), staff=agent, role=world.roles["area_manager"], **where)
    assert invite(admin, world, area="everywhere").status_code == 302
    assert Staff.objects.get(email="ana@vila.gov.br").memberships.get().area is None


def test_a_role_that_changes_settings_is_not_given_in_one_area(world, admin):
    page = invite(admin, world, role=world.roles["administrator"].pk).content.decode()
    assert "belong to the whole agency" in page and not Staff.objects.filter(email="ana@vila.gov.br").exists()


def test_a_password_never_stands_in_the_history(world, admin):
    invite(admin, world)
    staff = Staff.objects.get(email="ana@vila.gov.br")
    kept = Revision.objects.get(model="organization.staff", object_id=staff.pk)
    assert "name" in kept.changes and "password" not in kept.changes


def test_an_e_mail_belongs_to_one_person(world, admin):
    taken = world.staff["attendant"].email.upper()
    response = invite(admin, world, email=taken)
    assert "signs in with this e-mail already" in response.content.decode()


def test_roles_are_given_and_taken_and_the_history_tells(world, admin):
    person = world.staff["attendant"]
    give = {"role": world.roles["supervisor"].pk, "area": "everywhere"}
    admin.post(url("person_act", person.pk, "give"), give)
    admin.post(url("person_act", person.pk, "give"), give)
    membership = Membership.objects.get(staff=person, role=world.roles["supervisor"])
    admin.post(url("person_act", person.pk, "take"), {"membership": membership.pk})
    assert not Membership.objects.filter(pk=membership.pk).exists()
    assert Revision.objects.filter(model="organization.membership", object_id=membership.pk).count() == 2
    told = [entry["title"] for entry in admin.get(url("person", person.pk)).context["history"]]
    assert told == [f"Role of a colleague “Supervisor · The whole agency”: {what}" for what in ("removed", "added")]
    assert "Role of a colleague" in admin.get(url("history")).content.decode()


def test_the_last_administrator_stays(world, admin):
    person = world.staff["administrator"]
    off = admin.post(url("person", person.pk), {"name": person.name, "email": person.email, "locale": "en"})
    assert "without an administrator" in off.content.decode()
    membership = person.memberships.get()
    page = admin.post(url("person_act", person.pk, "take"), {"membership": membership.pk}, follow=True)
    assert "without an administrator" in page.content.decode()
    role = world.roles["administrator"]
    less = admin.post(url("role", role.pk), {"name": role.name, "permissions": ["settings.edit"]})
    assert "without an administrator" in less.content.decode()
    person.refresh_from_db(), role.refresh_from_db()
    assert person.is_active and person.memberships.exists() and "staff.edit" in role.permissions


def test_who_is_switched_off_is_out_at_once(world, admin):
    person = world.staff["supervisor"]
    theirs = signed_in(world, "supervisor")
    admin.post(url("person", person.pk), {"name": person.name, "email": person.email, "locale": "en"})
    assert theirs.get("/console/").status_code == 302


def test_nobody_hands_out_more_than_they_hold(world):
    Role.objects.filter(pk=world.roles["attendant"].pk).update(permissions=["staff.edit"])
    actor = world.actor("attendant")
    with pytest.raises(NotAllowed):
        give_role(actor=actor, staff=world.staff["attendant"], role=world.roles["administrator"], everywhere=True)
    own = Role.objects.get(pk=world.roles["attendant"].pk)
    own.permissions = ["staff.edit", "person.sealed"]
    with pytest.raises(NotAllowed):
        change_role(actor=actor, role=own)
    with pytest.raises(NotAllowed):
        invite_staff(
            actor=world.actor("supervisor"), agency=world.agency, name="x", email="x@example.org",
            role=world.roles["attendant"], everywhere=True,
        )  # fmt: skip


def test_nobody_takes_over_the_account_of_somebody_who_may_do_more(world):
    """With "staff.edit" alone one could else give the administrator one's own address and a new link."""
    Role.objects.filter(pk=world.roles["attendant"].pk).update(permissions=["staff.edit"])
    clerk, boss = signed_in(world, "attendant"), world.staff["administrator"]
    before = boss.email
    data = {"name": boss.name, "email": "clerk@example.org", "locale": "en", "is_active": "on"}
    assert clerk.post(url("person", boss.pk), data).status_code != 302
    clerk.post(url("person_act", boss.pk, "invite"))
    Authenticator.objects.create(user=boss, type="totp", data={})
    clerk.post(url("person_act", boss.pk, "reset-mfa"))
    clerk.post(url("person_act", boss.pk, "take"), {"membership": boss.memberships.get().pk})
    boss.refresh_from_db()
    assert boss.email == before and boss.memberships.exists()
    assert Authenticator.objects.filter(user=boss).exists()
    assert not Message.objects.filter(purpose="invitation").exists()


def test_a_lost_phone_is_reset(world, admin):
    person = world.staff["supervisor"]
    Authenticator.objects.create(user=person, type="totp", data={})
    assert "Reset the second factor" in admin.get(url("person", person.pk)).content.decode()
    admin.post(url("person_act", person.pk, "reset-mfa"))
    assert not Authenticator.objects.filter(user=person).exists()
    assert "second factor was reset" in admin.get(url("person", person.pk)).content.decode()
