"""The end of the form: the review, the sending, and the confirmation with its number, its code and its date."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from balcao.cases.public import own_case
from balcao.catalog.models import Service
from balcao.clocks.explain import explain
from balcao.dialogue import NotComplete, QuestionType, ReviewLine
from balcao.inbox.receipts import receipt_response
from balcao.organization.places import districts
from balcao.platform.access_codes import format_code
from balcao.platform.errors import Refusal
from balcao.platform.numbering import format_protocol
from balcao.platform.settled import one_view
from balcao.web.public import public_page

from . import drafts, uploads
from .arriving import Arrival, arrive
from .asking import WORDS, address, cookie, current, remember, sent_before, service_of
from .drafts import Asking
from .models import Draft
from .shell import RECEIVED, PortalRequest, citizen, grant, proven, too_often

SENDS = (30, 60)  # a minute's worth for one address


@require_safe
@public_page
def review(request: PortalRequest, slug: str) -> HttpResponse:
    """Everything that will be sent, each part with its way back."""
    service = service_of(request, slug)
    asking = current(request, service)
    if asking is None:
        return redirect("portal:ask", slug=service.slug)
    if not asking.interview.complete:
        return redirect(address(service, asking.interview.page()))
    return _review(request, asking)


def _review(request: PortalRequest, asking: Asking, sentence: str = "", status: int = 200) -> HttpResponse:
    interview, service = asking.interview, asking.draft.service
    lines = {line.question.code: line for line in interview.review()}
    names = {d.slug: d.name for d in districts(request.agency.pk)}
    files = uploads.shown(asking)
    parts = []
    for page in interview.pages():
        said = [(q.prompt.say(interview.language), _said(lines[q.code], interview.values.get(q.code), names, files))
                for q in page.questions if q.code in lines]  # fmt: skip
        if said:
            parts.append((page.title.say(interview.language), address(service, page), said, WORDS[page.slug]))
    context = {
        "section": "services",
        "service": service,
        "parts": parts,
        "errors": [{"message": sentence}] if sentence else [],
        "steps": [p.title.say(interview.language) for p in interview.pages()] + [_("Check and send")],
        "number": len(interview.pages()) + 1,
        "draft": asking.draft,
        "previous": address(service, interview.pages()[-1]),
        "ended": _ended(asking),
        "sealed": interview.values.get("kind", service.kinds[0]) == "denuncia" and "who_name" in interview.values,
    }
    return render(request, "portal/review.html", context, status=status)


def _ended(asking: Asking) -> dict[str, str] | None:
    """Why this cannot be sent, and what to do instead, where an answer says so."""
    end, language = asking.interview.ended, asking.interview.language
    if end is None:
        return None
    return {"label": end.prompt.say(language), "next_step": end.next_step.say(language), "url": end.url}


def _said(line: ReviewLine, value: Any, names: dict[str, str], files: dict[str, Any]) -> str:
    """An answer in words; files by their names, a place with its district and whether it has a pin."""
    if line.question.type is QuestionType.FILES:
        return "\n".join(one.name for one in files.get(line.question.code, [])) or _("None")
    if line.question.type is QuestionType.LOCATION and isinstance(value, dict):
        street = ", ".join(str(value[k]) for k in ("address", "number") if value.get(k))
        words = [street, names.get(value.get("place", ""), ""), str(value.get("postcode", ""))]
        if "lat" in value:
            words.append(_("point marked on the map"))
        return ", ".join(w for w in words if w)
    return line.text or _("Not answered")


@require_POST
def send(request: PortalRequest, slug: str) -> HttpResponseBase:
    """Open the case. A second press, a reload or another tab comes to the same confirmation."""
    with one_view():
        return _send(request, slug, arrive(request, "portal.send", *SENDS))


@public_page
def _send(request: PortalRequest, slug: str, arrival: Arrival | None) -> HttpResponse:
    service = service_of(request, slug)
    if (again := sent_before(request, service)) is not None:
        return again
    asking = current(request, service, read=arrival.draft if arrival else None)
    if asking is None:
        if (sent := _unheard(request, service)) is not None:
            _prove(request, sent)
            return _confirmed(sent)
        messages.info(request, _("This form was open for a long time and had to start again. Please fill it in anew."))
        return redirect("portal:ask", slug=service.slug)
    # A form may name what was sent before, and its cookie what is to be sent: then nothing was counted yet.
    counted = arrival is not None and arrival.draft.case_id is None
    refusal = arrival.refusal if arrival and counted else too_often(request, "portal.send", *SENDS)
    if refusal is not None:
        response = _review(request, asking, str(refusal), 429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    try:
        draft = drafts.send(asking, actor=citizen(request), now=timezone.now(), then=lambda sent: _prove(request, sent))
    except NotComplete:
        messages.info(request, _("One more thing before we can send it."))
        return remember(redirect(address(service, asking.interview.page())), asking)
    except Refusal as refused:
        return _review(request, asking, str(refused.sentence), 422)
    return _confirmed(draft)


def _unheard(request: PortalRequest, service: Service) -> Draft | None:
    """What this browser sent while the answer was lost on its way: that would have taken the cookie away, which nobody
    else has. Who presses again must not begin again, and ask twice."""
    try:
        draft = drafts.find(UUID(request.COOKIES.get(cookie(service), "")), agency=request.agency, now=timezone.now())
    except ValueError:
        return None
    return draft if draft and draft.case_id and draft.service_id == service.pk else None


def _confirmed(draft: Draft) -> HttpResponse:
    response = redirect("portal:received", uuid=draft.uuid)
    response.delete_cookie(cookie(draft.service), path="/pedir/")
    return response


def _prove(request: PortalRequest, draft: Draft) -> None:
    """This browser sent it: its session says so from the moment at which there is a case."""
    assert draft.case is not None
    grant(request, draft.case)
    request.session[RECEIVED] = [*request.session.get(RECEIVED, []), draft.uuid.hex][-20:]
    request.session.save()


def _sent(request: PortalRequest, uuid: UUID) -> Draft | None:
    """The sent draft, for the browser that sent it."""
    if uuid.hex not in request.session.get(RECEIVED, []):
        return None
    draft = drafts.find(uuid, agency=request.agency, now=timezone.now())
    return draft if draft and draft.case_id else None


def _case(request: PortalRequest, draft: Draft) -> Any:
    assert draft.case is not None
    case: Model | None = own_case(agency_id=request.agency.pk, protocol=draft.case.protocol, proven=proven(request))
    if case is None:
        raise Http404
    return case


@require_safe
@public_page
def received(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """The confirmation. It can be seen again for a day by the browser that sent it; then the code is all there is."""
    draft = _sent(request, uuid)
    if draft is None:
        messages.info(request, _("To see your demand again, type its protocol number and its access code."))
        return redirect("portal:follow")
    case = _case(request, draft)
    context = {
        "section": "services",
        "case": case,
        "draft": draft,
        "protocol": format_protocol(case.protocol),
        "access_code": format_code(draft.access_code),
        "because": explain(case.deadline, request.LANGUAGE_CODE),
        "contact": case.contact_id is not None,
    }
    return render(request, "portal/received.html", context)


@require_safe
@public_page
def receipt(request: PortalRequest, uuid: UUID) -> HttpResponse:
    """The receipt on paper, with the access code."""
    draft = _sent(request, uuid)
    if draft is None:
        return redirect("portal:follow")
    return receipt_response(_case(request, draft), access_code=format_code(draft.access_code))
