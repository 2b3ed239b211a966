"""Each night clears what is not needed any more, and one part that breaks keeps no other from its work."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone

from balcao.platform import housekeeping

pytestmark = pytest.mark.django_db


def expired_session():
    session = SessionStore()
    session["who"] = 1
    session.set_expiry(-10)
    session.save()


def test_old_counters_and_sessions_go_and_fresh_ones_stay(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    expired_session()
    kept = SessionStore()
    kept["who"] = 2
    kept.save()
    with connection.cursor() as cursor:
        past = timezone.now() - timedelta(minutes=1)
        cursor.execute("INSERT INTO platform_limit VALUES ('\\x01', 1, %s)", [past])
    done = housekeeping.clear_night(0)
    assert done["limits"] == 1
    assert [s.session_key for s in Session.objects.all()] == [kept.session_key]


def test_a_part_that_breaks_is_told_after_the_others_are_done(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    expired_session()

    def breaks():
        raise RuntimeError("boom")

    monkeypatch.setattr(housekeeping.limits, "sweep", breaks)
    with pytest.raises(RuntimeError):
        housekeeping.clear_night(0)
    assert not Session.objects.exists()
