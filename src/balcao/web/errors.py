"""The pages for what went wrong. Each says in one sentence what happened and in one what to do."""

from __future__ import annotations

import re
import sys
from contextlib import AbstractContextManager, nullcontext

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from structlog.contextvars import get_contextvars

from balcao.platform.trouble import disk_full


def in_their_language(request: HttpRequest) -> AbstractContextManager[None]:
    """The agency's language, whatever the browser was set to by whoever sold it; a language that somebody chose, or
    that of the member of staff who signed in, wins. For pages that no view of the agency's has made."""
    user = getattr(request, "user", None)
    agency = getattr(request, "agency", None)
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return nullcontext()
    locale = getattr(user, "locale", "") or getattr(agency, "locale", "")
    return translation.override(locale) if locale else nullcontext()


def page(request: HttpRequest, status: int, refusal: object = "") -> HttpResponse:
    """The error page of `status` (400, 403, 404, 413, 429, 503). `refusal` replaces its sentence."""
    with in_their_language(request):
        return render(request, f"{status}.html", {"refusal": refusal}, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFilesSent):
        return too_large(request)
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def too_large(request: HttpRequest) -> HttpResponse:
    return page(request, 413)


def server_error(request: HttpRequest) -> HttpResponse:
    """Needs neither the database nor the session: the fault may be theirs. Says the id that the log has of it."""
    error = sys.exc_info()[1]
    if database_gone(error) or disk_full(error):
        return away(request)
    reference = get_contextvars().get("request_id", "")
    return HttpResponse(render_to_string("500.html", {"reference": reference}), status=500)


def unavailable(request: HttpRequest) -> HttpResponse:
    """Like `server_error`, for maintenance and overload."""
    return HttpResponse(render_to_string("503.html"), status=503, headers={"Retry-After": "120"})


def database_gone(error: BaseException | None) -> bool:
    """Whether `error` says that the database is away: it does not answer, or ends, starts, or takes nobody more."""
    if not isinstance(error, OperationalError | InterfaceError):
        return False
    state = getattr(error.__cause__, "sqlstate", None)
    return not state or state[:2] in ("08", "53", "57")  # PostgreSQL, appendix A: connection, resources, intervention


def away(request: HttpRequest) -> HttpResponse:
    """The database is away: 503, a kind sentence, and on one of our own forms all that was typed, ready to be sent
    again with one press. Touches neither database nor session."""
    context: dict[str, object] = {"path": request.get_full_path() if request.method != "POST" else "/"}
    try:
        typed, files = _typed(request), bool(request.FILES)
    except Exception:  # a body that could not be read: there is nothing to keep
        typed, files = [], False
    if typed:
        context |= {"path": request.get_full_path(), "typed": typed, "long": _words(typed), "files": files}
        context["csrf_token"] = get_token(request)
    body = render_to_string("web/away.html", context)
    return HttpResponse(body, status=503, headers={"Retry-After": "30", "Cache-Control": "no-store, private"})


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What stood in a form of our own, as the browser says (the Origin header); nothing where one field is a secret."""
    if request.method != "POST" or request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return []
    typed = [(name, value) for name, values in request.POST.lists() for value in values if "csrf" not in name]
    return [] if any(SECRETS.search(name) for name, _value in typed) else typed


def _words(typed: list[tuple[str, str]]) -> list[str]:
    """What a person would like to see kept: what they wrote, not the names and numbers of the form's own."""
    return [value for _name, value in typed if " " in value.strip()]


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """Why what was sent was not read (`config/pages.py` asks for it): 408, 413, 429 or 503; else 404."""
    if status == 503:
        return away(request)
    sentences = {
        408: _("What you sent did not arrive in time. Go back, check your connection and send it again."),
        413: _("What you sent is larger than we can receive. Go back and choose smaller files: each may have 25 MB."),
        429: _("Too many files are being sent from your connection at once. Wait a moment, go back and send again."),
    }
    if status not in sentences:
        raise Http404
    response = page(request, 400 if status == 408 else status, refusal=sentences[status])
    response.status_code = status
    return response


SECRETS = re.compile(r"password|^code$|token|secret", re.IGNORECASE)  # what a page must not hold again


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form whose CSRF token no longer fits: the session ended while someone was typing. What was typed comes back,
    in a form that needs one press; files have to be chosen again.

    Only for our own pages, as the browser says (the Origin header): a foreign page must not put words on ours."""
    sentence = _("This form was open for too long and its session ended. Go back, reload the page and send it again.")
    typed = _typed(request)
    if not typed:
        return page(request, 403, refusal=sentence)
    # The old cookie, if there is one, is not ours any more: the page's form needs one that fits.
    get_token(request)
    words = {"typed": typed, "long": _words(typed)}
    with in_their_language(request):
        return render(request, "web/stale.html", words | {"files": bool(request.FILES)}, status=403)
