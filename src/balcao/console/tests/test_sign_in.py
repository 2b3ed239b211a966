"""Signing in: e-mail and password, a second factor where the role asks for one, never without an invitation."""

from __future__ import annotations

import sys
import time
from types import ModuleType

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from balcao.organization.models import Staff
from tests.world import PASSWORD, make_world

pytestmark = pytest.mark.django_db
LOGIN = "/console/account/login/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def world(db, settings):
    cache.clear()
    settings.LANGUAGE_CODE = "en"
    world = make_world()
    Staff.objects.update(locale="en")
    world.agency.locale = "en"
    world.agency.save()
    for colleague in world.staff.values():
        colleague.locale = "en"
    return world


def sign_in(client, staff, password=PASSWORD):
    return client.post(LOGIN, {"login": staff.email, "password": password})


def code() -> str:
    return format_hotp_value(hotp_value(SECRET, int(time.time()) // 30))


def test_an_attendant_signs_in_works_and_signs_out_by_post(world, client):
    assert client.get("/console/").headers["Location"].startswith(LOGIN)
    assert sign_in(client, world.staff["attendant"]).headers["Location"] == "/console/"
    assert client.get("/console/").status_code == 200
    assert client.get("/console/account/logout/").status_code == 200
    assert client.get("/console/").status_code == 200  # a link alone signs nobody out
    client.post("/console/account/logout/")
    assert client.get("/console/").status_code == 302


def test_a_wrong_password_says_so_and_tries_are_limited(world, client):
    staff = world.staff["attendant"]
    answers = [sign_in(client, staff, "wrong").content.decode() for _ in range(12)]
    assert "error-summary" in answers[0]
    assert "Too many" in answers[-1]
    assert "Too many" in sign_in(client, staff).content.decode()


def test_nobody_signs_up_or_changes_their_address(world, client):
    for path in ("signup/", "email/", "password/set/"):
        assert client.get(f"/console/account/{path}").status_code == 404
    assert "signup" not in client.get(LOGIN).content.decode()


def test_a_role_that_needs_a_second_factor_is_led_to_its_set_up(world, client):
    sign_in(client, world.staff["administrator"])
    response = client.get("/console/")
    assert response.headers["Location"] == "/console/account/2fa/totp/activate/"
    page = client.get(response.headers["Location"]).content.decode()
    assert "Set up your second factor" in page and "data:image/svg" in page
    secret = client.session["mfa.totp.secret"]
    digits = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    done = client.post(response.headers["Location"], {"code": digits}, follow=True)
    assert done.status_code == 200
    assert client.get("/console/").status_code == 200


def test_the_second_factor_is_asked_and_a_wrong_code_refused(world, client):
    admin = world.staff["administrator"]
    TOTP.activate(admin, SECRET)
    assert sign_in(client, admin).headers["Location"] == "/console/account/2fa/authenticate/"
    assert client.get("/console/").status_code == 302
    assert "One more step" in client.get("/console/account/2fa/authenticate/").content.decode()
    assert client.post("/console/account/2fa/authenticate/", {"code": "000000"}).status_code == 200
    assert client.get("/console/").status_code == 302
    client.post("/console/account/2fa/authenticate/", {"code": code()})
    assert client.get("/console/").status_code == 200


def test_every_account_page_wears_the_house_look(world, client):
    admin = world.staff["administrator"]
    TOTP.activate(admin, SECRET)
    sign_in(client, admin)
    client.post("/console/account/2fa/authenticate/", {"code": code()})
    pages = [
        "password/change/",
        "2fa/",
        "2fa/recovery-codes/generate/",
        "2fa/webauthn/",
        "2fa/webauthn/add/",
        "2fa/totp/deactivate/",
    ]
    for path in pages:
        response = client.get(f"/console/account/{path}", follow=True)
        text = response.content.decode()
        assert response.status_code == 200 and 'class="console"' in text, path
    client.logout()
    for path in ("password/reset/", "password/reset/done/", "login/"):
        text = client.get(f"/console/account/{path}").content.decode()
        assert 'class="entrance"' in text, path
    assert Authenticator.objects.filter(user=admin).exists()


def test_a_demonstration_shows_its_people_and_their_code(world, client, settings, monkeypatch):
    admin = world.staff["administrator"]
    TOTP.activate(admin, SECRET)
    demo = ModuleType("balcao.config.demo")
    demo.SIGN_INS = [
        {"role": "Administrator", "email": admin.email, "name": "Ana", "password": PASSWORD, "totp_secret": SECRET}
    ]
    monkeypatch.setitem(sys.modules, "balcao.config.demo", demo)
    assert admin.email not in client.get(LOGIN).content.decode()  # only where the setting says so
    settings.DEMO = True
    assert admin.email in client.get(LOGIN).content.decode()
    sign_in(client, admin)
    assert code() in client.get("/console/account/2fa/authenticate/").content.decode()


def test_my_language_and_my_password_are_mine_to_change(world, client):
    staff = world.staff["attendant"]
    sign_in(client, staff)
    client.post("/console/me/", {"locale": "en"})
    staff.refresh_from_db()
    assert staff.locale == "en"
    assert client.post("/console/me/", {"locale": "xx"}).status_code == 400
    client.post(
        "/console/account/password/change/",
        {"oldpassword": PASSWORD, "password1": "um outro segredo 9", "password2": "um outro segredo 9"},
    )
    staff.refresh_from_db()
    assert staff.check_password("um outro segredo 9")


def test_tries_of_the_second_factor_are_counted_for_every_process_and_a_header_changes_nothing(world, client):
    admin = world.staff["administrator"]
    TOTP.activate(admin, SECRET)
    sign_in(client, admin)
    with CaptureQueriesContext(connection) as asked:
        answers = [
            client.post(
                "/console/account/2fa/authenticate/", {"code": "000000"}, headers={"X-Forwarded-For": f"10.0.0.{n}"}
            ).content.decode()
            for n in range(7)
        ]
    assert any("platform_cache" in one["sql"] for one in asked)  # not in this process's memory
    assert "Too many" in answers[-1] and "Too many" not in answers[0]
    client.post("/console/account/2fa/authenticate/", {"code": code()})
    assert client.get("/console/").status_code == 302  # the right code comes too late


def test_a_code_that_was_used_opens_nothing_more(world, client):
    admin = world.staff["administrator"]
    TOTP.activate(admin, SECRET)
    used = code()
    for expected in (200, 302):
        client.logout()
        sign_in(client, admin)
        client.post("/console/account/2fa/authenticate/", {"code": used})
        assert client.get("/console/").status_code == expected
