"""What every console page shares: who may see it, and what the frame around it shows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from balcao.organization.models import Agency
from balcao.organization.queries import agency_known_as
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.settled import one_view
from balcao.workorders.queries import ringing

Page = Callable[..., HttpResponseBase]


class StaffRequest(HttpRequest):
    """A request of somebody who has signed in; `actor` is the member of staff."""

    actor: Actor
    memberships: Sequence[Any]  # of the role; each with `second_factor`: whether the person has one


def staff_page(*permissions: str) -> Callable[[Page], Page]:
    """A page for staff who hold any of `permissions` (none: for all staff). Signed out: the sign-in page, then back
    here, with what a form had typed in it. A role that demands a second factor leads to its set-up first."""

    def decorate(page: Page) -> Page:
        @wraps(page)
        def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                keep_typed(request)
                return redirect_to_login(request.get_full_path())
            actor = request.actor
            if permissions and not any(actor.can(p) for p in permissions):
                actor.require(permissions[0])
            if any(held.role.mfa_required and not held.second_factor for held in request.memberships):
                return redirect("mfa_activate_totp")
            return page(request, *args, **kwargs)

        guarded.permissions = permissions  # type: ignore[attr-defined]
        return guarded

    return decorate


TYPED = "typed"  # in the session of nobody, between a form that came too late and the sign-in
TYPED_MOST = 20_000  # characters
TYPED_FOR = 1800  # seconds


def keep_typed(request: HttpRequest) -> None:
    """The session ended while somebody was writing: keep their words on our side until they have signed in again. Files
    do not come along."""
    if request.method != "POST":
        return
    typed = {name: value for name, value in request.POST.items() if name != "csrfmiddlewaretoken"}
    if typed and sum(map(len, typed.values())) <= TYPED_MOST:
        request.session[TYPED] = {"path": request.path, "at": time.time(), "data": typed}


def take_typed(request: HttpRequest) -> dict[str, str]:
    """What was typed at this address before the sign-in, once; empty when there is nothing."""
    kept = request.session.get(TYPED)
    if not kept or kept["path"] != request.path:
        return {}
    del request.session[TYPED]
    return dict(kept["data"]) if time.time() - kept["at"] < TYPED_FOR else {}


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


# label, address, icon, keys, whoever holds any of these sees it, group, behind "Menu" on a phone
_NAVIGATION = [
    (_("Home"), "/console/", "home", "g h", (), "", False),
    (_("Conversations"), "/console/inbox/", "message", "g t", ("inbox.attend", "inbox.lead"), "", False),
    (_("Cases"), "/console/cases/", "inbox", "g c", ("case.read",), "", False),
    (_("Orders"), "/console/orders/", "clipboard", "g o", ("order.read",), "", False),
    (_("New case"), "/console/cases/new/", "plus", "g n", ("case.open",), "", False),
    (_("The city now"), "/console/city/", "map", "g m", ("case.read",), "", True),
    (_("Known problems"), "/console/incidents/", "megaphone", "g i", ("case.read", "order.read"), "", True),
    (_("No rule"), "/console/cases/unrouted/", "route", "g u", ("case.triage",), "", True),
    (_("To mend"), "/console/faults/", "alert", "g f", ("faults.mend",), "", True),
    (_("Privacy"), "/console/privacy/", "lock", "g v", ("privacy.manage",), "", True),
    (_("Settings"), "/console/settings/", "settings", "g s", ("settings.edit", "staff.edit"), "", True),
]


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context processor: what the console's layout shows around every page. Nothing is asked of the database until a
    template shows it."""
    if not request.path.startswith("/console/"):
        return {}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    return {
        "agency": lambda: _agency_of(request),
        "console_nav": lambda: navigation(request),
        "alarm_count": lambda: ringing(request.actor),  # type: ignore[attr-defined]
        "alarms_url": "/console/alarms/",
        "beats": lambda: request.actor.can("inbox.attend"),  # type: ignore[attr-defined]
    }


def _agency_of(request: HttpRequest) -> Agency:
    """The agency that somebody works for, whatever host they came by."""
    return request.user.agency  # type: ignore[union-attr, return-value]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The main menu, as far as the reader may go."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    allowed = [n for n in _NAVIGATION if not n[4] or any(actor.can(p) for p in n[4])]
    known = [n[1] for n in allowed if request.path.startswith(n[1]) and n[1] != "/console/"]
    here = max(known, key=len, default=request.path)
    return [
        {
            "label": label,
            "href": href,
            "icon": icon,
            "shortcut": keys,
            "group": group,
            "more": more,
            "current": href == here,
        }
        for label, href, icon, keys, _permissions, group, more in allowed
    ]


def language_of_staff(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """The console speaks the language of whoever signed in, before that the agency's, until they choose another one.
    Its times are the agency's. A page that only shows asks once whether a setting has changed."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith("/console/"):
            return get_response(request)
        with one_view() if request.method in ("GET", "HEAD") else nullcontext():
            return in_language(request)

    def in_language(request: HttpRequest) -> HttpResponse:
        user = getattr(request, "user", None)
        signed_in = user is not None and user.is_authenticated
        if signed_in:
            user.agency = agency_known_as(user.agency_id)  # type: ignore[union-attr]
        agency = user.agency if signed_in else request.agency  # type: ignore[attr-defined, union-attr]
        locale = user.locale if signed_in else getattr(agency, "locale", "")  # type: ignore[union-attr]
        if locale and settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(locale)
            request.LANGUAGE_CODE = locale  # type: ignore[attr-defined]
        with timezone.override(getattr(agency, "timezone", None)):
            return get_response(request)

    return middleware


__all__ = ["StaffRequest", "attempt", "frame", "language_of_staff", "render", "staff_page"]
