"""What every console page shares: who may see it, and what the frame around it shows."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation

from balcao.organization.queries import mfa_required
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal

Page = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request of somebody who has signed in; `actor` is the member of staff."""

    actor: Actor


def staff_page(*permissions: str) -> Callable[[Page], Page]:
    """A page for staff who hold any of `permissions` (none: for all staff). Signed out: the sign-in page, then back
    here. A role that demands a second factor leads to its set-up first."""

    def decorate(page: Page) -> Page:
        @login_required
        @wraps(page)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            actor = request.actor
            if permissions and not any(actor.can(p) for p in permissions):
                actor.require(permissions[0])
            if mfa_required(request.user) and not is_mfa_enabled(request.user):  # type: ignore[arg-type]
                return redirect("mfa_activate_totp")
            return page(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


def attempt(request: HttpRequest, action: Callable[[], Any], done: str) -> bool:
    """Run an action for a page and tell the person how it went. False when it was refused: the page shows its form
    again with everything that was typed."""
    try:
        action()
    except Refusal as refusal:
        messages.error(request, str(refusal.sentence))
        return False
    messages.success(request, done)
    return True


def language_of_staff(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The console speaks the language of whoever signed in, until they choose another one."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        if request.path.startswith("/console/") and "django_language" not in request.COOKIES:
            if user is not None and user.is_authenticated:
                translation.activate(user.locale)
                request.LANGUAGE_CODE = user.locale  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


__all__ = ["StaffRequest", "attempt", "language_of_staff", "render", "staff_page"]
