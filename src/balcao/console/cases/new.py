"""An attendant opens a case for somebody who came to the counter or called: the service's own questions on one page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balcao.cases.models import Case
from balcao.cases.public import most_asked
from balcao.catalog.models import Service
from balcao.catalog.queries import published_services, search_services
from balcao.citizens.identifiers import mask_email
from balcao.console.shell import StaffRequest, render, staff_page, take_typed
from balcao.inbox import intake
from balcao.inbox.conversations.papers import external_id
from balcao.inbox.finished import finished
from balcao.inbox.intake import Envelope
from balcao.inbox.receipts import receipt_response
from balcao.organization.models import Agency
from balcao.organization.places import geojson
from balcao.platform.access_codes import format_code
from balcao.platform.audit import log_read
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.search import SortKey

from .counter import Counter, Token, number, taken_now, version_for
from .from_talk import heard_in, opened_in, talk_of

HEARD = {"phone": gettext_lazy("By phone"), "counter": gettext_lazy("At the counter")}
MOST = 6  # services that are one press away


@require_http_methods(["GET", "POST"])
@staff_page("case.open")
def new(request: StaffRequest) -> HttpResponse:
    """Choose the service, then its questions on the same page; sent, the numbers to be read out. Sent twice, also with
    another channel, it opens one case. What is wrong stands beside its question, with everything that was typed."""
    agency: Agency = request.user.agency  # type: ignore[union-attr, assignment]
    if request.method != "POST":
        if kept := take_typed(request):
            return _again(request, agency, kept)
        counter = _counter(request, agency, Token.fresh(), request.GET)
        if counter is not None and counter.talk is not None:
            counter = _counter(request, agency, counter.token, heard_in(counter.talk, request.actor, request.GET))
            assert counter is not None
            counter.fill_in()
            counter.read_answers()
            counter.errors = {}
        return _page(request, agency, counter)
    token = Token.read(request.POST.get("token", ""))
    if token is not None and (case := taken_now(request.actor, token)):
        return _taken(request, case, token)
    counter = _counter(request, agency, token or Token.fresh(), request.POST)
    if counter is None:
        return _page(request, agency, None, wrong=_("Choose a service from the list."))
    counter.read(request)
    if "stay" in request.POST or "remove" in request.POST:
        counter.errors = {code: said for code, said in counter.errors.items() if code in counter.files}
        return _page(request, agency, counter, status=422 if counter.errors else 200)
    if token is None:
        return _page(request, agency, counter, sentence=_("This form is too old. Please send it again."))
    if counter.errors:
        return _page(request, agency, counter)
    if not counter.interview.complete:
        return _page(request, agency, counter, sentence=_("One more thing before we can send it."))
    return _open(request, agency, counter, token)


def _counter(request: StaffRequest, agency: Agency, token: Token, data: QueryDict) -> Counter | None:
    version = version_for(agency, data)
    return Counter.begin(request.actor, agency, version, token, data, talk_of(request.actor, data)) if version else None


def _again(request: StaffRequest, agency: Agency, kept: Mapping[str, str]) -> HttpResponse:
    """After the sign-in: the form that had come too late, as it was typed."""
    data = QueryDict(mutable=True)
    data.update(kept)
    counter = _counter(request, agency, Token.read(data.get("token", "")) or Token.fresh(), data)
    if counter is not None:
        counter.read(request)
        counter.errors = {}
    messages.info(request, _("Your session had ended. What you had typed is here: look at it and send it."))
    return _page(request, agency, counter)


def _open(request: StaffRequest, agency: Agency, counter: Counter, token: Token) -> HttpResponse:
    near, joining = counter.before(), None
    if near and (wanted := number(request.POST, "join")):
        joining = next((case for case in near if case.pk == wanted), None)
        if joining is None:
            sentence = _("The demand that you chose is no longer open. Look at the others, or open a new one.")
            return _page(request, agency, counter, sentence=sentence)
    elif near and request.POST.get("looked") != counter.place_key():
        return _page(request, agency, counter, sentence=_("Something like this is open already. Is it one of these?"))
    channel, talk = request.POST.get("channel", ""), counter.talk
    try:
        opened = intake.send_demand(
            actor=request.actor,
            version=counter.version,
            answers=finished(counter.interview),
            script=counter.interview.script,
            envelope=Envelope(
                channel=talk.channel if talk else channel if channel in HEARD else "counter",
                external_id=external_id(talk, token.key) if talk else token.external_id,
                access_code=token.code,
                locale=talk.language if talk else agency.locale,
                joining=joining,
                also=() if talk else intake.BY_HAND,
                conversation=talk,
            ),
        )
    except NotAllowed:
        raise
    except Refusal as refusal:
        return _page(request, agency, counter, sentence=str(refusal.sentence))
    if talk is not None:
        return opened_in(request, talk, opened.case)
    case = taken_now(request.actor, token) or opened.case
    return _taken(request, case, token)


def _taken(request: StaffRequest, case: Case, token: Token) -> HttpResponse:
    """The numbers, to be read out, printed, and where else they went."""
    log_read(actor=request.actor, subject="case", ids=[case.pk], purpose="opened", agency_id=case.agency_id)
    sent_to = mask_email(case.contact.value) if case.contact and case.contact.kind == "email" else ""
    context = {"case": case, "code": format_code(token.code), "token": str(token), "sent_to": sent_to}
    return render(request, "console/cases/opened.html", context)


@require_POST
@staff_page("case.open")
def receipt(request: StaffRequest) -> HttpResponse:
    """The receipt on paper with its access code, for as long as the form that opened the case is remembered."""
    token = Token.read(request.POST.get("token", ""))
    case = taken_now(request.actor, token) if token else None
    if token is None or case is None:
        raise Http404
    return receipt_response(case, access_code=format_code(token.code))


@require_POST
@staff_page("case.open")
def near(request: StaffRequest) -> HttpResponse:
    """The part of the page that shows what is open already, as the form stands now."""
    agency: Agency = request.user.agency  # type: ignore[union-attr, assignment]
    token = Token.read(request.POST.get("token", ""))
    counter = _counter(request, agency, token, request.POST) if token else None
    if counter is None:
        return HttpResponse()
    counter.read_answers()
    return render(request, "console/cases/_near.html", _near(request, counter))


def _near(request: StaffRequest, counter: Counter) -> dict[str, Any]:
    found = counter.before()
    if found:
        log_read(
            actor=request.actor,
            subject="case",
            ids=[case.pk for case in found],
            purpose="open before",
            agency_id=counter.agency.pk,
        )
    return {
        "near": found,
        "looked": counter.place_key() if found else "",
        "joining": number(counter.posted, "join"),
        "now": timezone.now(),
    }


@require_safe
@staff_page("case.open")
def polygons(request: StaffRequest) -> HttpResponse:
    """The districts of the attendant's own agency, for the map, whatever host they came by."""
    assert request.actor.agency_id is not None
    return HttpResponse(geojson(request.actor.agency_id), content_type="application/geo+json")


def _page(
    request: StaffRequest,
    agency: Agency,
    counter: Counter | None,
    *,
    wrong: str = "",
    sentence: str = "",
    status: int = 200,
) -> HttpResponse:
    """`wrong`: about the choice of the service; `sentence`: about the whole."""
    data = counter.posted if counter else request.POST or request.GET
    context: dict[str, Any] = {
        "choice": _choice(agency, counter.service if counter else None, data.get("channel", ""), wrong),
        "counter": counter,
        "talk": counter.talk if counter else talk_of(request.actor, data),
        "channel": data.get("channel", "") if data.get("channel", "") in HEARD else "phone",
    }
    errors = [{"message": wrong, "name": "service", "label": _("Service")}] if wrong else []
    if counter is None:
        words = request.GET.get("q", "").strip()[:200]
        asked = Service.objects.in_bulk(most_asked(agency.pk, now=timezone.now(), limit=MOST))
        context["find"] = {
            "name": "q",
            "label": _("Find the service by their words"),
            "value": words,
            "attrs": {} if words else {"autofocus": True},
        }
        context |= {"words": words, "found": search_services(agency.pk, words, 8) if words else []}
        context["often"] = list(asked.values())
    else:
        steps = counter.steps()
        errors += counter.problems(steps)
        context |= {"steps": steps, "has_map": any(q.kind == "location" for _s, _t, shown in steps for q in shown)}
        context |= {"polygons": reverse("console:new_case_map"), **_near(request, counter)}
    if sentence:
        errors.append({"message": sentence, "id": "likely", "label": ""})
    context["errors"] = errors
    return render(request, "console/cases/new.html", context, status=422 if errors else status)


def _choice(agency: Agency, chosen: Service | None, channel: str, wrong: str) -> dict[str, dict[str, Any]]:
    services = published_services(agency.pk).order_by("group__position", "group__name", "group_id", SortKey("name"))
    return {
        "channel": {
            "name": "channel",
            "label": _("How did they reach us?"),
            "type": "radio",
            "value": channel if channel in HEARD else "phone",
            "options": list(HEARD.items()),
        },
        "service": {
            "name": "service",
            "label": _("Service"),
            "type": "select",
            "required": True,
            "error": wrong,
            "value": chosen.pk if chosen else "",
            "options": [
                {"value": "", "label": _("Choose the service…")},
                *({"value": s.pk, "label": s.name, "group": s.group.name} for s in services),
            ],
        },
    }
