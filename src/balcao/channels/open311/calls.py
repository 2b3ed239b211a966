"""What every resource shares: its format, its jurisdiction, and that whatever is wrong is said as GeoReport says it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.multipartparser import MultiPartParserError
from django.http.request import RawPostDataException, UnreadablePostError
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from balcao.organization.keys import authenticate
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.settled import one_view, settled

from .params import Params
from .wire import FORMATS, Problem, answer, errors

log = structlog.get_logger()
SCOPE = "open311.write"


@dataclass(frozen=True)
class Call:
    """One call, with the agency that it is about."""

    request: HttpRequest
    agency: Agency
    params: Params
    caller: Actor | None
    """Of a POST: whose key came with it."""

    def key(self) -> Actor:
        """Whose key it is. 403 without one, with a wrong one, another agency's, or one that may not file."""
        actor = self.caller
        if not self.params.get("api_key"):
            raise Problem(403, "api_key was not provided. Ask the agency for one.")
        if actor is None or actor.agency_id != self.agency.pk or not actor.can(SCOPE):
            raise Problem(403, "api_key is not valid here, or may not file demands.")
        return actor


Handler = Callable[..., tuple[str, Any]]  # -> (name of the root element, content)


def resource(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view from handlers by method ("get", "post"). Each returns the root's name and its content."""

    def view(request: HttpRequest, form: str = "xml", **names: str) -> HttpResponse:
        if form not in FORMATS:
            return errors("xml", 400, ["The format must be xml or json."])
        method = "get" if request.method == "HEAD" else (request.method or "").lower()
        handler = handlers.get(method)
        if handler is None:
            if method == "options":
                return _allowed(handlers)
            return errors(form, 400, [f"This resource is asked by {' or '.join(sorted(handlers)).upper()}."])
        try:
            params = Params(*_given(request))
            named = {name: value.replace("\x00", "") for name, value in names.items()}
            with one_view():
                caller = authenticate(params.get("api_key")) if method == "post" else None  # begins the view
                agency = jurisdiction(request, params.get("jurisdiction_id"))
                with translation.override(agency.locale), timezone.override(agency.timezone):
                    root, content = handler(Call(request, agency, params, caller), **named)
                    return answer(form, root, content)
        except Problem as problem:
            return errors(form, problem.code, problem.sentences)
        except Refusal as refusal:
            log.info("refused", why=refusal.log, status=refusal.status)
            response = errors(form, refusal.status if refusal.status in (403, 404, 429) else 400, [str(refusal)])
            if retry := getattr(refusal, "retry_after", None):
                response["Retry-After"] = str(retry)
            return response

    return csrf_exempt(view)  # no cookie speaks for anybody here: a key does


def _given(request: HttpRequest) -> tuple[QueryDict, ...]:
    try:
        return (request.GET, request.POST) if request.method == "POST" else (request.GET,)
    except RequestDataTooBig:
        raise Problem(400, "That was more than we take. Send files by media_url.") from None
    except (SuspiciousOperation, MultiPartParserError, UnreadablePostError, RawPostDataException, UnicodeError):
        raise Problem(400, "The body could not be read. Send form fields in UTF-8.") from None


def _allowed(handlers: dict[str, Handler]) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Access-Control-Allow-Origin"] = "*"
    response["Access-Control-Allow-Methods"] = ", ".join(name.upper() for name in handlers)
    response["Access-Control-Allow-Headers"] = "Content-Type, Idempotency-Key"
    return response


def jurisdiction(request: HttpRequest, wanted: str) -> Agency:
    """The agency that a call is about. Each that has a host name of its own is alone there; at any other host stand
    those without one and the default one, and `jurisdiction_id` (their slug) is needed only where these are several."""
    host = request.get_host().rsplit(":", 1)[0].lower()
    agencies = settled(("agencies",), lambda: list(Agency.objects.order_by("pk")))
    served = [a for a in agencies if a.hostname == host] or [a for a in agencies if a.is_default or not a.hostname]
    if not served:
        raise Problem(404, "Nobody is served here.")
    if wanted:
        for agency in served:
            if wanted in (agency.slug, agency.hostname):
                return agency
        raise Problem(404, "jurisdiction_id was not found.")
    if len(served) > 1:
        raise Problem(400, "jurisdiction_id was not provided: one of " + ", ".join(a.slug for a in served) + ".")
    return served[0]
