"""Who is asking, and of which agency; and how a refusal reaches a person."""

from collections.abc import Callable
from logging import ERROR, INFO, WARNING
from secrets import token_hex

import structlog
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from structlog.contextvars import bind_contextvars, clear_contextvars

from balcao.organization.models import Agency, Membership
from balcao.organization.queries import actor_of, agency_for_host, memberships_of
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.web.errors import in_their_language

log = structlog.get_logger()
requests = structlog.get_logger("balcao.requests")  # a logger of its own: config/logging.py says when it is heard
GetResponse = Callable[[HttpRequest], HttpResponse]


class Lazy:
    """`request.agency`, `.actor` and `.memberships`, looked up when a page first asks: static answers cost no query."""

    def __init__(self, name: str, find: Callable[[HttpRequest], object]) -> None:
        self.name, self.find = f"_balcao_{name}", find

    def __get__(self, request: HttpRequest | None, owner: type | None = None) -> object:
        if request is None:
            return self
        if not hasattr(request, self.name):
            setattr(request, self.name, self.find(request))
        return getattr(request, self.name)


def _actor(request: HttpRequest) -> Actor | None:
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return actor_of(user, request.memberships)  # type: ignore[attr-defined]
    agency = request.agency  # type: ignore[attr-defined]
    return Actor.citizen(agency.pk) if agency else None


def _memberships(request: HttpRequest) -> list[Membership]:
    """Of whoever signed in; each says whether they have a second factor, which every page of theirs asks too."""
    factors = Authenticator.objects.filter(user_id=OuterRef("staff_id"))
    return list(memberships_of(request.user).annotate(second_factor=Exists(factors)))  # type: ignore[arg-type]


def _agency(request: HttpRequest) -> Agency | None:
    try:
        return agency_for_host(request.get_host())
    except DisallowedHost:
        return None  # the page that refuses a foreign host is asked for its agency too


HttpRequest.agency = Lazy("agency", _agency)  # type: ignore[attr-defined]
HttpRequest.actor = Lazy("actor", _actor)  # type: ignore[attr-defined]
HttpRequest.memberships = Lazy("memberships", _memberships)  # type: ignore[attr-defined]


def policy(get_response: GetResponse) -> GetResponse:
    """What a browser may load for our pages and do with them, where the answer brings no policy of its own."""
    words = "; ".join(" ".join((name, *sources)) for name, sources in settings.CONTENT_SECURITY_POLICY.items())

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not (settings.DEBUG and response.status_code in (404, 500)):  # Django's own pages for whoever develops
            response.setdefault("Content-Security-Policy", words)
        return response

    return middleware


def logged(get_response: GetResponse) -> GetResponse:
    """One line of the log a request. Its id stands in each line that the request caused."""

    def middleware(request: HttpRequest) -> HttpResponse:
        clear_contextvars()
        bind_contextvars(request_id=token_hex(6))  # short: the page of a fault says it, to be told on the telephone
        response = get_response(request)
        user = getattr(request, "_cached_user", None)  # Django's, once somebody asked who it is
        code = response.status_code
        level = ERROR if code >= 500 else WARNING if code >= 400 else INFO
        told = f"{request.method} {request.get_full_path()}"
        requests.log(level, "request_finished", code=code, request=told, user_id=user.pk if user else None)
        clear_contextvars()
        return response

    return middleware


def who_and_where(get_response: GetResponse) -> GetResponse:
    """Keeps pages with people's data out of every cache and of the browser's history of searches."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if not response.has_header("Cache-Control") and not request.path.startswith("/static/"):
            response["Cache-Control"] = "no-store, private"
        return response

    return middleware


class refusals:
    """A `Refusal` that no page caught becomes a page with its sentence; the log gets the other one."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        log.info("refused", why=exception.log, status=exception.status)
        with in_their_language(request):
            return render(request, "web/refusal.html", {"sentence": exception.sentence}, status=exception.status)
