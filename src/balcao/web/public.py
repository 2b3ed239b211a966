"""What every page of the public shares, whichever room shows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone, translation

from balcao.platform.settled import one_view

from .errors import unavailable

Page = Callable[..., HttpResponseBase]


def public_page(page: Page) -> Page:
    """A page for everybody. Until somebody chooses a language it speaks that of the agency, whatever the browser was
    set to by whoever sold it; times are the agency's. Settings are looked at once."""

    @wraps(page)
    def shown(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        agency = request.agency
        if agency is None:
            return unavailable(request)
        chosen = settings.LANGUAGE_COOKIE_NAME in request.COOKIES
        language = translation.get_language() if chosen else agency.locale
        with one_view(), translation.override(language), timezone.override(agency.timezone):
            request.LANGUAGE_CODE = language or agency.locale
            return page(request, *args, **kwargs)

    return shown
