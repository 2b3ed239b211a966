"""What the tests of every channel may begin with."""

import pytest
from django.core.cache import caches

from tests.world import World, make_world


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    """An agency that speaks English, with its own folder of files."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path
    caches["process"].clear()
    made = make_world()
    made.agency.locale = "en"
    made.agency.save()
    return made
