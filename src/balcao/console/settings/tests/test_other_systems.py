"""An administrator lets another system in, and has it told what happens."""

import re

import pytest
from django.utils import timezone

from balcao.api.models import Attempt, Outgoing, Subscription
from balcao.organization.keys import authenticate
from balcao.organization.models import ApiKey
from balcao.platform.models import Revision

from .conftest import signed_in

pytestmark = pytest.mark.django_db
KEYS, HOOKS = "/console/settings/keys/", "/console/settings/webhooks/"
KEY = {"name": "Zeladoria", "scopes": ["case.read", "case.open"], "per_minute": 60, "per_day": 1000}


@pytest.fixture
def hook(world) -> Subscription:
    return Subscription.objects.create(
        agency=world.agency, name="Zeladoria", url="https://203.0.113.9/x", kinds=["CaseOpened"], secret="whsec_YQ=="
    )


def test_a_key_is_made_shown_once_works_and_is_revoked(world, admin):
    answer = admin.post(f"{KEYS}new/", {**KEY, "areas": [world.trees.pk], "last_day": "2099-12-31"}, follow=True)
    raw = re.search(r"<code>(balcao_[\w-]{43})</code>", answer.content.decode())[1]
    actor = authenticate(raw)
    assert actor.permissions == {"case.read", "case.open"} and actor.area_ids == {world.trees.pk}
    key = ApiKey.objects.get()
    assert timezone.localtime(key.expires_at).year in (2099, 2100)
    again = admin.get(KEYS).content.decode()
    assert raw not in again and key.prefix in again
    page = admin.get(f"{KEYS}{key.pk}/").content.decode()
    assert 'value="2099-12-31"' in page and "Added" in page
    admin.post(f"{KEYS}{key.pk}/revoke/", follow=True)
    assert authenticate(raw) is None
    assert "was revoked" in admin.get(f"{KEYS}{key.pk}/").content.decode()
    assert Revision.objects.filter(model="organization.apikey").count() == 2


def test_a_key_needs_to_be_for_something(admin):
    answer = admin.post(f"{KEYS}new/", {**KEY, "scopes": []})
    assert answer.status_code == 200 and not ApiKey.objects.exists()


def test_keys_and_webhooks_are_not_for_everybody(world):
    supervisor = signed_in(world, "supervisor")
    for path in (KEYS, f"{KEYS}new/", HOOKS, f"{HOOKS}new/"):
        assert supervisor.get(path).status_code == 403


def test_a_webhook_to_our_own_network_is_refused_with_a_sentence(admin, settings):
    form = {"name": "X", "url": "http://127.0.0.1:9/hook", "kinds": ["CaseOpened"], "is_active": "on"}
    assert "must be a public one" in admin.post(f"{HOOKS}new/", form).content.decode()
    assert not Subscription.objects.exists()
    settings.OUTSIDE_ALLOW = ["127.0.0.1/32"]
    page = admin.post(f"{HOOKS}new/", form, follow=True).content.decode()
    assert Subscription.objects.get().secret in page


def test_the_page_shows_each_try_and_tells_it_again(world, admin, hook):
    case = world.open()
    message = Outgoing.objects.create(
        subscription=hook, event_id=7, kind="CaseOpened", case_id=case.pk, body="{}", state="dead", tries=8,
        next_try_at=timezone.now(),
    )  # fmt: skip
    Attempt.objects.create(message=message, at=timezone.now(), status=503, milliseconds=12)
    page = admin.get(f"{HOOKS}{hook.pk}/?state=dead").content.decode()
    assert "HTTP 503" in page and "A case was opened" in page and "Given up" in page
    assert "HTTP 503" not in admin.get(f"{HOOKS}{hook.pk}/?state=done").content.decode()
    admin.post(f"{HOOKS}{hook.pk}/messages/{message.pk}/")
    message.refresh_from_db()
    assert (message.state, message.tries) == ("queued", 0)


def test_a_new_secret_and_the_end_of_a_webhook(admin, hook):
    admin.post(f"{HOOKS}{hook.pk}/renew/")
    hook.refresh_from_db()
    assert hook.old_secret == "whsec_YQ==" and hook.secret != hook.old_secret
    assert hook.name in admin.get(HOOKS).content.decode()
    admin.post(f"{HOOKS}{hook.pk}/remove/")
    assert not Subscription.objects.exists()
