"""Who comes in: a key, what it may do, and the words in which it is refused (RFC 9457)."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

import structlog
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, path
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema
from ninja.renderers import JSONRenderer
from ninja.responses import NinjaJSONEncoder
from ninja.security import HttpBearer
from ninja.utils import contribute_operation_callback
from pydantic import Field

from balcao.organization.keys import authenticate
from balcao.platform.actors import Actor
from balcao.platform.audit import log_read, reading
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.limits import TooMany
from balcao.platform.models import ReadLog
from balcao.platform.settled import one_view

from .addresses import Addresses

log = structlog.get_logger()
PROBLEM_JSON = "application/problem+json"
View = TypeVar("View", bound=Callable[..., Any])


class KeyRequest(HttpRequest):
    """A request that came with a key that works."""

    auth: Actor


class Key(HttpBearer):
    """`Authorization: Bearer balcao_…`: a key made in the console under Settings, Keys."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        """Ninja's would read all headers for this one."""
        scheme, _space, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        return self.authenticate(request, token) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> Actor | None:
        return authenticate(token)


class Problem(Schema):
    """What went wrong (RFC 9457). `detail` is a sentence for people, in the language that the request asks for."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    field: str = Field("", description="which value was wrong, where it was one")
    retry_after: int | None = Field(None, description="seconds to wait, after too many calls")


# What any operation may answer. Their shape is told once, in the description: as a model of each of seven in each of
# two hundred operations it was 22 MB of every web process.
ERRORS = dict.fromkeys((400, 401, 403, 404, 409, 422, 429))


def scoped(*codes: str) -> Callable[[View], View]:
    """The operation needs a key that holds any of `codes`; the description says so."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: KeyRequest, *args: Any, **kwargs: Any) -> Any:
            if not any(request.auth.can(code) for code in codes):
                request.auth.require(codes[0])
            return view(request, *args, **kwargs)

        def tell(operation: Any) -> None:
            operation.openapi_extra = {**(operation.openapi_extra or {}), "x-scopes": list(codes)}

        contribute_operation_callback(guarded, tell)
        return guarded  # type: ignore[return-value]

    return decorate


def agency_of(actor: Actor) -> int:
    """The agency that the key acts for."""
    assert actor.agency_id is not None  # every key has one
    return actor.agency_id


def seen(request: KeyRequest, subject: str, ids: list[int | None], purpose: str) -> None:
    """Log that the key was shown these."""
    actor = request.auth
    log_read(actor=actor, subject=subject, ids=ids, purpose=f"api: {purpose}", agency_id=actor.agency_id)


def reading_of(request: KeyRequest, subject: str, pk: int, purpose: str) -> ReadLog:
    """As `seen`, of one, for the statement that reads it."""
    actor = request.auth
    return reading(actor, subject, pk, f"api: {purpose}", actor.agency_id)


class Encoder(NinjaJSONEncoder):
    """Ninja's, and moments first: nearly all that JSON has no word for are moments."""

    def default(self, o: Any) -> Any:
        if o.__class__ is not datetime:
            return super().default(o)
        text = o.isoformat() if not o.microsecond else o.isoformat(timespec="milliseconds")
        return f"{text[:-6]}Z" if text.endswith("+00:00") else text


class Renderer(JSONRenderer):
    encoder_class = Encoder


_written = Encoder().encode


def answer(told: Any, status: int = 200) -> HttpResponse:
    """`told` as it is, for what is asked most: Ninja would have Pydantic look at each value and write it anew, which
    costs more than the JSON. That it fits the description is for Schemathesis to see (`tests/test_fuzzed.py`)."""
    return HttpResponse(_written(told), status=status, content_type="application/json; charset=utf-8")


class Api(NinjaAPI):
    """Ninja's, with errors as problems and a description that says so."""

    def __init__(self, **options: Any) -> None:
        super().__init__(renderer=Renderer(), **options)
        self._described: dict[str, OpenAPISchema] = {}

    def _get_urls(self) -> list[URLResolver | URLPattern]:
        found = [one for one in super()._get_urls() if isinstance(one, URLPattern)]
        return [Addresses([path(str(one.pattern), _one_call(one.callback), name=one.name) for one in found])]

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Made once in a process: anybody may ask for it, and making it costs a second."""
        key = repr(sorted(options.items()))
        if key not in self._described:
            self._described[key] = self._describe(**options)
        return self._described[key]

    def _describe(self, **options: Any) -> OpenAPISchema:
        schema = super().get_openapi_schema(**options)
        schema["components"]["schemas"]["Problem"] = Problem.json_schema()
        for methods in schema["paths"].values():
            for operation in methods.values():
                for status, told in operation.get("responses", {}).items():
                    if int(status) >= 400:
                        told["content"] = {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        return schema


def _one_call(view: Callable[..., Any]) -> Callable[..., Any]:
    """One view of what is settled, from the key to the answer. Ninja answers a method that an address does not know by
    itself, in plain text: as a problem here."""

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        with one_view():
            response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        told = problem(405, _("This address knows only %(methods)s.") % {"methods": response["Allow"]})
        told["Allow"] = response["Allow"]
        return told

    return answered


def problem(status: int, detail: str, **also: Any) -> HttpResponse:
    told = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **also}
    headers = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if retry := also.get("retry_after"):
        headers["Retry-After"] = str(retry)
    body = NinjaJSONEncoder(ensure_ascii=False).encode(told)
    return HttpResponse(body, status=status, content_type=PROBLEM_JSON, headers=headers)


def install_problems(api: NinjaAPI) -> None:
    """Every way to fail, as a problem."""

    @api.exception_handler(Refusal)
    def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
        log.info("refused", why=refusal.log, status=refusal.status)
        also: dict[str, Any] = {}
        if isinstance(refusal, Invalid):
            return problem(422, str(refusal.sentence), field=refusal.field)
        if isinstance(refusal, TooMany):
            also["retry_after"] = refusal.retry_after
        if isinstance(refusal, NotAllowed):
            return problem(403, str(refusal.sentence))
        return problem(refusal.status, str(refusal.sentence), **also)

    @api.exception_handler(ValidationError)
    def not_valid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        first = error.errors[0]
        field = ".".join(str(part) for part in first["loc"][1:] if part != "body")
        return problem(422, f"{field}: {first['msg']}" if field else first["msg"], field=field)

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, _("This needs a key that works: Authorization: Bearer …"))

    @api.exception_handler(Http404)
    def missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, _("There is nothing here that this key may see."))

    @api.exception_handler(HttpError)
    def bad(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, str(error))
