"""How staff sign in: invited by an administrator, never by themselves."""

from __future__ import annotations

import time
from typing import Any

from allauth.account import app_settings as account_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import get_pending_stage
from allauth.account.views import LogoutView
from allauth.core import context
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import include, path
from django.utils.translation import gettext_lazy as _

from balcao.inbox.conversations.presence import leave
from balcao.organization.queries import mfa_required
from balcao.platform import limits

FROM_AN_ADDRESS = (30, 300)  # tries, seconds: an office behind one address signs in at eight
FOR_A_NAME = (10, 300)


class Adapter(DefaultAccountAdapter):
    """No sign-up; tries are counted in the database, so that every web process counts alike."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        super().pre_authenticate(request, **credentials)
        try:
            limits.hit("sign-in", limits.address_of(request), *FROM_AN_ADDRESS)
            limits.hit("sign-in-name", str(credentials.get("email", "")).lower(), *FOR_A_NAME)
        except limits.TooMany:
            raise self.validation_error("too_many_login_attempts") from None

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        user = super().authenticate(request, **credentials)
        if user is not None:
            limits.forgive("sign-in-name", str(credentials.get("email", "")).lower())
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere else: what a visitor writes into a header is not asked."""
        return limits.address_of(request)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in within five minutes has just proven who they are: no second question on the way to the
        set-up of a second factor."""
        request = context.request
        records = get_authentication_records(request, request.user)
        if records and time.time() - records[-1]["at"] < account_settings.REAUTHENTICATION_TIMEOUT:
            return False
        return super().is_reauthentication_required(app=app, **kwargs)


def closed(request: HttpRequest) -> HttpResponse:
    """Addresses and accounts are the administrator's to give."""
    raise Http404


def demonstration() -> list[dict[str, Any]]:
    """The sign-ins that a demonstration shows; none anywhere else."""
    if not settings.DEMO:
        return []
    try:
        from importlib import import_module

        return list(import_module("balcao.config.demo").SIGN_INS)
    except (ImportError, AttributeError):
        return []


def demonstration_code(request: HttpRequest) -> str:
    """The second factor's code of the demonstration account that is signing in, now; empty for anybody else."""
    sign_ins = demonstration()
    if not sign_ins:
        return ""
    stage = get_pending_stage(request)
    user = stage.login.user if stage else request.user
    secret = next((s["totp_secret"] for s in sign_ins if s["email"] == getattr(user, "email", "")), "")
    if not secret:
        return ""
    return format_hotp_value(hotp_value(secret, int(time.time()) // mfa_settings.TOTP_PERIOD))


def entrance(request: HttpRequest) -> dict[str, Any]:
    """Context processor for the pages of signing in; nothing is computed until a template shows it."""
    if not request.path.startswith("/console/account/"):
        return {}
    return {
        "demonstration": demonstration,
        "demonstration_code": lambda: demonstration_code(request),
        "second_factor_needed": lambda: request.user.is_authenticated and mfa_required(request.user),  # type: ignore[arg-type]
        "entrance_title": _("Staff sign-in"),
    }


class SigningOut(LogoutView):
    """Whoever signs out has left the inbox: who waits for an answer of theirs is back at their place in line."""

    def logout(self) -> None:
        actor = getattr(self.request, "actor", None)
        if actor is not None and actor.kind == "staff":
            leave(actor=actor)
        super().logout()


# An account's e-mail address is its name: only an administrator changes it.
urlpatterns = [
    path("signup/", closed),
    path("email/", closed),
    path("password/set/", closed),
    path("logout/", SigningOut.as_view(), name="account_logout"),
    path("", include("allauth.urls")),
]
