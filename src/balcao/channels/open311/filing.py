"""POST request: a demand like any other. The parameters answer the same interview that the portal asks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.actions import NewId, Opened
from balcao.catalog.models import Kind, Service
from balcao.catalog.scripts import MAX_FILES, STANDARD
from balcao.dialogue import Interview, Question, QuestionType, Script, explain
from balcao.dialogue import Problem as Unclear
from balcao.inbox import intake
from balcao.inbox.finished import finished
from balcao.inbox.intake import Envelope
from balcao.platform.access_codes import format_code, new_code
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.numbering import format_protocol

from .calls import Call
from .jobs import fetch_soon
from .models import Media
from .params import Params
from .services import service_of
from .wire import Problem

T = QuestionType
# The parameter that a standard question's answer came in: what an error names.
NAMES = {
    "description": "description",
    "location": "lat, long, address_string, address_id",
    "who_name": "first_name, last_name",
    "who_email": "email",
    "who_phone": "phone",
}
_OFFSET = re.compile(r"(Z|[+-]\d\d:?\d\d)$", re.ASCII)


def file(call: Call) -> tuple[str, Any]:
    """Open the case and answer with its number (`service_request_id`; no token: ours is known at once). The same
    Idempotency-Key of the same client opens one case, however often it comes."""
    actor = call.key()
    params = call.params
    if not (code := params.get("service_code")):
        raise Problem(400, "service_code was not provided.")
    service = service_of(call.agency.pk, code)
    urls = media_urls(params)
    if service.location != Service.Where.NONE and not _place(params):
        raise Problem(400, "Say where it is: lat and long, address_string or address_id was not provided.")
    script, answers = _interview(service, params)
    opened = _open(
        actor=actor,
        service=service,
        script=script,
        answers=answers,
        urls=urls,
        external_id=_identity(call, actor),
        now=timezone.now(),
    )
    protocol = opened.case.protocol
    words = {
        "protocol": format_protocol(protocol),
        "link": call.request.build_absolute_uri(f"/acompanhar/{protocol}/"),
        "code": format_code(opened.access_code),
    }
    notice = _("Number %(protocol)s. Follow it at %(link)s")
    if not opened.repeat:
        notice = _("Number %(protocol)s, access code %(code)s. Follow it at %(link)s")
    return "service_requests", [
        {"service_request_id": protocol, "service_notice": notice % words, "account_id": None},
    ]


@action
def _open(
    *,
    actor: Actor,
    service: Service,
    script: Script,
    answers: Any,
    urls: Sequence[str],
    external_id: str,
    now: datetime,
) -> Opened:
    assert service.current is not None
    opened = intake.send_demand(
        actor=actor,
        version=service.current,
        answers=answers,
        script=script,
        envelope=Envelope(
            channel="open311", external_id=external_id, access_code=new_code(), locale=service.agency.locale
        ),
        now=now,
    )
    if urls and not opened.repeat:
        waiting = [Media(case=opened.case, url=url, next_try_at=now) for url in urls]
        fetch_soon([one.pk for one in Media.objects.bulk_create(waiting)])
    return opened


def _identity(call: Call, actor: Actor) -> str:
    """What makes two POSTs one: the client's own key, a UUID as it is (it can be asked for as a token), any other text
    within what this client sends. Always a UUID's text."""
    given = (call.request.headers.get("Idempotency-Key") or call.params.get("idempotency_key")).strip()
    if not given:
        return NewId(uuid4())
    try:
        return str(UUID(given))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, f"balcao:open311:{call.agency.pk}:{actor.id}:{given}"))


def media_urls(params: Params) -> list[str]:
    """The addresses of pictures, http or https. Nothing is fetched here."""
    urls = list(dict.fromkeys(params.all("media_url")))
    if len(urls) > MAX_FILES:
        raise Problem(400, f"media_url: at most {MAX_FILES}.")
    for url in urls:
        try:
            parts = urlsplit(url)
            good = parts.scheme in ("http", "https") and bool(parts.hostname) and len(url) <= 1000
        except ValueError:
            good = False
        if not good:
            raise Problem(400, "media_url: write an address that begins with http:// or https://.")
    return urls


def _place(params: Params) -> dict[str, Any]:
    lat = params.degrees("lat", 90)
    lon = params.degrees("long" if params.get("long") else "lon", 180)
    if (lat is None) != (lon is None):
        raise Problem(400, "lat and long are needed together.")
    place: dict[str, Any] = {"lat": lat, "lon": lon} if lat is not None else {}
    if address := params.get("address_string"):
        place["address"] = address
    if district := params.get("address_id"):
        place["place"] = district
    return place


def _interview(service: Service, params: Params) -> tuple[Script, Any]:
    """Every question answered by the parameters, or 400 with a sentence for each that is wrong or missing."""
    version = service.current
    assert version is not None
    script, checks = intake.script(version), intake.validators(service.agency)
    now = intake.local_now(service.agency)
    interview = Interview.start(script, now=now, validators=checks, language=service.agency.locale)
    given = params.attributes()
    raws = _standard(service, params)
    for question in script.questions():
        if question.code not in STANDARD and question.asks:
            raws[question.code] = _raw(question, given.get(question.code, []), service.agency.timezone)
    known = {code: raw for code, raw in raws.items() if code in script.by_code}
    outcome = interview.give_page(known, now=now)
    if outcome.problems:
        raise Problem(400, *[_sentence(problem) for problem in outcome.problems])
    missing = [q.code for q in outcome.interview.asked() if q.asks and q.code not in outcome.interview.answers]
    if missing:
        raise Problem(400, *[_sentence(Unclear(code, "required")) for code in missing])
    return script, finished(outcome.interview)


def _standard(service: Service, params: Params) -> dict[str, Any]:
    name = " ".join(part for part in (params.get("first_name"), params.get("last_name")) if part)
    email, phone = params.get("email"), params.get("phone")
    if not name and email:
        name = email.partition("@")[0]  # somebody who wants the answer: a greeting needs a name
    identified = bool(name or phone)
    kinds = [kind for kind in service.kinds if kind != Kind.DENUNCIA]
    return {
        "kind": Kind.SOLICITACAO.value if Kind.SOLICITACAO in kinds else kinds[0],
        # the specification lets it be absent: then the service's name is all that was said
        "description": params.get("description") or service.name,
        "location": _place(params) or None,
        "files": None,
        "who": "identified" if identified else "anonymous",
        "who_name": name or None,
        "answer_by": "email" if email else "page",
        "who_email": email or None,
        "who_phone": phone or None,
        "who_document": None,
        "priority": None,
        "consent": True,  # the client asked its user: it is in the terms under which a key is given
    }


def _raw(question: Question, values: Sequence[str], zone: str) -> Any:
    """One attribute as the interview reads it. Moments come with their zone and are kept on the agency's clock."""
    if question.type is T.FILES or not values:
        return None
    if question.type is T.MULTI:
        return list(dict.fromkeys(part.strip() for value in values for part in value.split(",") if part.strip()))
    value = values[-1]
    if question.type in (T.DATE, T.DATETIME) and "T" in value and _OFFSET.search(value):
        try:
            local = datetime.fromisoformat(value).astimezone(ZoneInfo(zone))
        except (ValueError, OverflowError):
            return value
        return local.date().isoformat() if question.type is T.DATE else local.strftime("%Y-%m-%dT%H:%M")
    return value


def _sentence(problem: Unclear) -> str:
    name = NAMES.get(problem.code) or f"attribute[{problem.code}]"
    return f"{name}: {explain(problem, _)}"
