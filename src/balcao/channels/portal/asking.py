"""The form: one step of the interview a page, kept on the server after each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from balcao.cases.public import Nearby, nearby, on_the_street
from balcao.catalog.models import Service
from balcao.catalog.queries import published_service
from balcao.dialogue import Lack, Page, QuestionType, parse_form
from balcao.organization.places import districts
from balcao.platform.errors import Refusal
from balcao.web.asking import errors_of, foreseen, show, summary
from balcao.web.public import public_page

from . import drafts, uploads
from .drafts import Asking
from .models import Draft
from .problems import notices
from .shell import RECEIVED, PortalRequest, proven, too_often

#: The step's word in its address, and back.
WORDS = {"what": "o-que", "where": "onde", "files": "arquivos", "who": "voce"}
STEPS = {word: slug for slug, word in WORDS.items()}
JOIN = "portal.join"
POSTS = (120, 60)  # a minute's worth for one address: a whole waiting room, not a machine


def service_of(request: PortalRequest, slug: str) -> Service:
    """The published service; 404 otherwise."""
    found = published_service(request.agency.pk, slug)
    if found is None:
        raise Http404
    return found


def cookie(service: Service) -> str:
    return f"pedido-{service.pk}"


def current(request: PortalRequest, service: Service, *, read: Draft | None = None) -> Asking | None:
    """What this browser has begun to ask for this service. None when there is none, or it was sent, or is over. `read`:
    the draft that was read already, if it is that one.

    A browser that has lost its cookies still has the page: its form names the draft, as secretly as the cookie does."""
    uuid = request.COOKIES.get(cookie(service), "") or request.POST.get("draft", "").replace("-", "")
    if len(uuid) != 32 or not uuid.isalnum():
        return None
    try:
        same = read is not None and read.uuid == UUID(uuid)
        draft = drafts.ours(read, request.agency) if same else None
        draft = draft or drafts.find(uuid, agency=request.agency, now=timezone.now())
    except ValueError:
        return None
    if draft is None or draft.case_id or draft.service_id != service.pk:
        return None
    return drafts.open_draft(draft, locale=request.LANGUAGE_CODE)


def remember(response: HttpResponse, asking: Asking) -> HttpResponse:
    """The browser keeps the draft's name for as long as we keep the draft."""
    response.set_cookie(
        cookie(asking.draft.service),
        asking.draft.uuid.hex,
        max_age=int(drafts.KEPT.total_seconds()),
        path="/pedir/",
        httponly=True,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
    )
    return response


def sent_before(request: PortalRequest, service: Service) -> HttpResponse | None:
    """A page that was sent already and comes again (a second press, Back and Send) leads to its confirmation."""
    for name in (request.POST.get("draft", ""), request.COOKIES.get(cookie(service), "")):
        if (uuid := name.replace("-", "")) and uuid in request.session.get(RECEIVED, []):
            return redirect("portal:received", uuid=UUID(uuid))
    return None


def _sent_today(request: PortalRequest, service: Service) -> str:
    """The protocol of what this browser has just asked of this service: whoever goes Back must not fear it was lost."""
    uuids = request.session.get(RECEIVED, [])
    last = drafts.last_sent(uuids, service=service, now=timezone.now()) if uuids else None
    return last.case.protocol if last and last.case and last.case_id in proven(request) else ""


def address(service: Service, page: Page | None) -> str:
    """Where a page of the form stands; None is the review."""
    if page is None:
        return reverse("portal:review", args=[service.slug])
    return reverse("portal:step", args=[service.slug, WORDS[page.slug]])


@public_page
def start(request: PortalRequest, slug: str) -> HttpResponse:
    """On with what was begun, or to the first page."""
    service = service_of(request, slug)
    asking = current(request, service)
    if asking is None:
        return redirect("portal:step", slug=service.slug, word=WORDS["what"])
    return redirect(address(service, asking.interview.page()))


@require_POST
@public_page
def restart(request: PortalRequest, slug: str) -> HttpResponse:
    """Throw away what was begun."""
    service = service_of(request, slug)
    if asking := current(request, service):
        asking.draft.delete()
    response = redirect("portal:step", slug=service.slug, word=WORDS["what"])
    response.delete_cookie(cookie(service), path="/pedir/")
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def step(request: PortalRequest, slug: str, word: str) -> HttpResponse:
    """One page of questions. What is wrong is shown beside its question, with everything that was typed."""
    service = service_of(request, slug)
    if request.method != "POST":
        asking = current(request, service)
        if asking is None:
            if word != WORDS["what"]:
                return redirect("portal:step", slug=service.slug, word=WORDS["what"])
            fresh = drafts.preview(service=service, locale=request.LANGUAGE_CODE)
            return _show(request, service, fresh, "what", sent=_sent_today(request, service))
        if asking.interview.page(STEPS.get(word, "")) is None:
            return redirect(address(service, asking.interview.page()))
        return _show(request, service, asking, STEPS[word])
    if (refusal := too_often(request, "portal.form", *POSTS)) is not None:
        asking = drafts.preview(service=service, locale=request.LANGUAGE_CODE)
        response = _show(request, service, asking, STEPS.get(word, "what"), sentence=str(refusal), status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    if (again := sent_before(request, service)) is not None:
        return again
    return _take(request, service, STEPS.get(word, "what"))


def _take(request: PortalRequest, service: Service, slug: str) -> HttpResponse:
    now = timezone.now()
    asking = current(request, service)
    if asking is None:
        asking = drafts.begin(service=service, locale=request.LANGUAGE_CODE, now=now)
        if slug != "what":
            messages.info(
                request,
                _("This form was open for a long time. What you just wrote is kept; please fill in what is missing."),
            )
    page = asking.interview.page(slug)
    if page is None:
        return remember(redirect(address(service, asking.interview.page())), asking)
    asked = foreseen(asking.interview, slug)
    raws = parse_form(asked, {key: list(values) for key, values in request.POST.lists()})
    refused: dict[str, str] = {}
    for question in asked:
        if question.type is QuestionType.FILES and not isinstance(raws[question.code], Lack):
            raws[question.code], problem = uploads.take(request, asking, question.code)
            if problem:
                refused[question.code] = problem
    asking, problems = asking.give(raws, now=now)
    errors = errors_of(problems) | refused
    if errors:
        return remember(_show(request, service, asking, slug, errors=errors), asking)
    if "stay" in request.POST or "remove" in request.POST:
        return remember(redirect(address(service, page)), asking)
    if slug == "where" and (_neighbours(asking) or _unseen(request, asking)):
        return remember(redirect("portal:near", slug=service.slug), asking)
    return remember(redirect(address(service, asking.interview.page())), asking)


def _show(
    request: PortalRequest,
    service: Service,
    asking: Asking,
    slug: str,
    *,
    errors: Mapping[str, str] | None = None,
    sentence: str = "",
    status: int = 200,
    sent: str = "",
) -> HttpResponse:
    """The page `slug`. `sent`: the protocol of what was sent just before. With `errors`, or as a POST that
    was refused, it shows what was posted."""
    interview = asking.interview
    page = interview.page(slug)
    if page is None:
        step_ = next((s for s in asking.script.steps if s.slug == slug), asking.script.steps[0])
        page = Page(step_, step_.questions, 1, 1, False)
    questions = foreseen(interview, page.slug) or page.questions
    has = {q.type for q in questions}
    places = [(d.slug, d.name) for d in districts(request.agency.pk)] if QuestionType.LOCATION in has else []
    posted = request.POST if request.method == "POST" else None
    shown = show(questions, interview, posted=posted, errors=errors, districts=places)
    found = summary(shown) + ([{"message": sentence}] if sentence else [])
    context = {
        "section": "services",
        "service": service,
        "page": page,
        "title": page.title.say(interview.language),
        "questions": shown,
        "errors": found,
        "files": uploads.shown(asking) if asking.draft.pk else {},
        "steps": [p.title.say(interview.language) for p in interview.pages()] + [_("Check and send")],
        "number": page.number,
        "draft": asking.draft if asking.draft.pk else None,
        "word": WORDS[page.slug],
        "sent": sent,
        "multipart": QuestionType.FILES in has,
        "has_map": QuestionType.LOCATION in has,
        "polygons": reverse("portal:districts"),
        "notices": notices(request, service, asking) if slug == "what" else [],
        "previous": _previous(service, interview.pages(), page),
    }
    return render(request, "portal/step.html", context, status=422 if errors else status)


def _previous(service: Service, pages: tuple[Page, ...], page: Page) -> str:
    before = [p for p in pages if p.number < page.number]
    return address(service, before[-1]) if before else reverse("portal:service", args=[service.slug])


def _around(asking: Asking, limit: int = 5) -> tuple[str, list[Nearby]]:
    """A key of the place, and demands like this one close to its pin; without a pin, on its street."""
    place: Any = asking.interview.values.get("location")
    service = asking.draft.service
    if not isinstance(place, dict) or not service.is_public:
        return "", []
    if "lat" in place:
        return f"{place['lat']:.6f},{place['lon']:.6f}", nearby(service, place["lat"], place["lon"], limit)
    street = ", ".join(str(place[part]) for part in ("address", "number") if place.get(part))
    district = str(place.get("place", ""))
    key = sha256(f"{street}|{district}".encode()).hexdigest()[:32]
    return key, on_the_street(service, street, district, limit)


def _neighbours(asking: Asking) -> list[Nearby]:
    """Demands like this one close by, unless the person has looked at them."""
    key, found = _around(asking)
    return [] if asking.draft.looked_around == key else found


def _unseen(request: PortalRequest, asking: Asking) -> list[dict[str, Any]]:
    """Known problems at the place that was said, unless the person has looked at them there."""
    key, _found = _around(asking)
    told = [one for one in notices(request, asking.draft.service, asking) if one["known"].placed]
    return [] if key and asking.draft.looked_around == key else told


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def near(request: PortalRequest, slug: str) -> HttpResponse:
    """Others have asked for the same nearby: join one of them, or go on alone."""
    service = service_of(request, slug)
    asking = current(request, service)
    if asking is None:
        return redirect("portal:ask", slug=service.slug)
    if request.method == "POST":
        key, known = _around(asking, limit=50)
        drafts.look_around(asking, key, _joined(request.POST.get("join", ""), known))
        return redirect(address(service, asking.interview.page()))
    _key, found = _around(asking)
    told = [one for one in notices(request, service, asking) if one["known"].placed]
    if not found and not told:
        return redirect(address(service, asking.interview.page()))
    neighbours = [(one, signing.dumps(one.case_id, salt=JOIN)) for one in found]
    return render(
        request,
        "portal/near.html",
        {"section": "services", "service": service, "neighbours": neighbours, "notices": told, "draft": asking.draft},
    )


def _joined(token: str, known: Sequence[Nearby]) -> int | None:
    """The case that a button names, if this person was shown it and it can still be joined."""
    if not token:
        return None
    try:
        wanted = signing.loads(token, salt=JOIN)
    except signing.BadSignature:
        raise Refusal(_("This choice can no longer be read. Please go back and choose again."), log="join") from None
    return wanted if wanted in {one.case_id for one in known} else None
