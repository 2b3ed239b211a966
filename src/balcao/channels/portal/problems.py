"""A problem that we know of: the notice, and "me too" with one touch, which is a demand of one's own under it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from balcao.cases.actions import Location
from balcao.cases.incidents import Known, gathered_of, here, kind_for, known, known_one
from balcao.catalog.models import Service
from balcao.citizens import identifiers
from balcao.citizens.actions import know_person
from balcao.citizens.models import ContactPoint
from balcao.inbox.intake import location_of
from balcao.inbox.opening import open_and_acknowledge
from balcao.platform.access_codes import new_code
from balcao.platform.action import action
from balcao.platform.errors import Refusal
from balcao.platform.text import clean_text
from balcao.web.public import public_page

from .drafts import SHOWN, Asking
from .models import Draft
from .shell import RECEIVED, PortalRequest, citizen, grant, proven, too_often

TOUCHES = (60, 60)  # a minute's worth for one address: a whole school that has no water


def notices(
    request: PortalRequest, service: Service | None = None, asking: Asking | None = None
) -> list[dict[str, Any]]:
    """What the portal knows of, for `notices.html`: each with the name of the demand that one touch would open, so that
    a second touch opens nothing. With `asking`, only what fits the place that was said, once one was."""
    found: Iterable[Known] = known(request.agency.pk, now=timezone.now(), service=service)
    place: Any = asking.interview.values.get("location") if asking else None
    if isinstance(place, dict):
        found = here(found, lat=place.get("lat"), lon=place.get("lon"), place_slug=str(place.get("place", "")))
    return [{"known": one, "once": uuid4().hex, "about": service} for one in found]


@require_safe
@public_page
def page(request: PortalRequest, pk: int) -> HttpResponse:
    """All that we know of one problem. Where it is over, the start says so."""
    found = known_one(request.agency.pk, pk, now=timezone.now())
    if found is None:
        return _over(request)
    return _page(request, found)


def _page(
    request: PortalRequest, found: Known, errors: dict[str, str] | None = None, status: int = 200, **typed: str
) -> HttpResponse:
    errors = errors or {}
    labels = {"name": _("Your name"), "email": _("Your e-mail")}
    summary = [{"message": text, "name": name, "label": labels.get(name, "")} for name, text in errors.items()]
    context = {
        "section": "home",
        "known": found,
        "once": uuid4().hex,
        "errors": summary,
        "error": errors,
        "typed": typed,
    }
    return render(request, "portal/problem.html", context, status=status)


def _over(request: HttpRequest) -> HttpResponse:
    messages.info(request, _("This problem is no longer open. If you still have it, please ask for the service below."))
    return redirect("portal:home")


@require_POST
@public_page
def me_too(request: PortalRequest, pk: int) -> HttpResponse:
    """One touch: a demand of one's own, with its number, under the problem. What a form held already goes with it.

    A name is asked for only where the service takes nobody without one."""
    from .asking import cookie, current

    now = timezone.now()
    found = known_one(request.agency.pk, pk, now=now, service=_service(request))
    if found is None:
        return _over(request)
    once = _uuid(request.POST.get("once", ""))
    if once.hex in request.session.get(RECEIVED, []):
        return redirect("portal:received", uuid=once)
    if mine := gathered_of(found.incident, proven(request)):
        messages.info(request, _("You have told us of this already. Here is your demand."))
        return redirect("portal:case", protocol=mine.protocol)
    name = clean_text(request.POST.get("name", ""), one_line=True).strip()[:200]
    email = request.POST.get("email", "").strip()[:320]
    errors = _wrong(found, name, email)
    typed = {"name": name, "email": email}
    if errors:
        asked = "asked" in request.POST  # a touch on a notice asked for no name yet
        return _page(request, found, errors if asked else None, 422 if asked else 200, **typed)
    if (refusal := too_often(request, "portal.me_too", *TOUCHES)) is not None:
        response = _page(request, found, {"": str(refusal)}, 429, **typed)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    asking = current(request, found.service)
    try:
        draft = _draft(found, once, request.LANGUAGE_CODE, now)
        _open(request, found, draft, asking, **typed)
    except Refusal as refused:
        return _page(request, found, {getattr(refused, "field", ""): str(refused.sentence)}, 422, **typed)
    response = redirect("portal:received", uuid=once)
    response.delete_cookie(cookie(found.service), path="/pedir/")
    return response


def _service(request: PortalRequest) -> Service | None:
    chosen = request.POST.get("service", "")
    if not (chosen.isascii() and chosen.isdecimal() and len(chosen) < 10):
        return None
    return Service.objects.filter(pk=int(chosen), agency=request.agency, is_published=True).first()


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return uuid4()


def _wrong(found: Known, name: str, email: str) -> dict[str, str]:
    errors = {}
    if not name and not found.service.allows_anonymous:
        errors["name"] = _("This service needs to know who is asking. Please tell us your name.")
    if email:
        try:
            identifiers.email(email)
        except identifiers.InvalidIdentifier as invalid:
            errors["email"] = str(invalid.sentence)
    return errors


def _draft(found: Known, once: UUID, locale: str, now: Any) -> Draft:
    """What the confirmation shows for a day: the number and the code."""
    service = found.service
    assert service.current_id is not None  # no notice names a service without questions
    draft, _made = Draft.objects.get_or_create(
        uuid=once,
        defaults={
            "agency_id": service.agency_id,
            "service": service,
            "version_id": service.current_id,
            "locale": locale,
            "access_code": new_code(),
            "created_at": now,
            "expires_at": now + SHOWN,
        },
    )
    return draft


@action
def _open(request: PortalRequest, found: Known, draft: Draft, asking: Asking | None, *, name: str, email: str) -> None:
    """Open the demand once, put it under the problem, and let this browser see it; or nothing of all that."""
    draft = Draft.objects.select_for_update(of=("self",)).select_related("case").get(pk=draft.pk)
    if draft.agency_id != request.agency.pk or draft.service_id != found.service.pk or draft.interview:
        raise Refusal(_("This choice can no longer be read. Please go back and choose again."), log="me too: draft")
    if draft.case is None:
        person, points = None, dict[str, ContactPoint]()
        if name or email:
            person, points = know_person(
                actor=citizen(request),
                agency_id=request.agency.pk,
                name=name,
                contacts={"email": email},
                locale=draft.locale,
            )
        opened = open_and_acknowledge(
            under=found.incident,
            actor=citizen(request),
            service=found.service,
            kind=kind_for(found.service),
            channel="portal",
            description=_said(found, asking),
            location=_where(found, asking),
            reporter=person,
            contact=points.get("email"),
            files=[one.file for one in asking.draft.files.select_related("file")] if asking else (),
            external_id=str(draft.uuid),
            access_code=draft.access_code,
            locale=draft.locale,
        )
        draft.case = opened.case
        draft.save(update_fields=["case"])
        if asking is not None:
            asking.draft.delete()
    grant(request, draft.case)
    request.session[RECEIVED] = [*request.session.get(RECEIVED, []), draft.uuid.hex][-20:]
    request.session.save()


def _said(found: Known, asking: Asking | None) -> str:
    said = str(asking.interview.values.get("description", "")) if asking else ""
    with translation.override(found.incident.agency.locale):
        return said or _("Me too: %(title)s") % {"title": found.incident.title}


def _where(found: Known, asking: Asking | None) -> Location:
    """The place that the person had said; else that of the problem."""
    if asking is not None and (said := asking.interview.values.get("location")):
        return location_of(found.incident.agency_id, said)
    incident = found.incident
    places = list(incident.places.all()[:2])
    return Location(
        address=incident.address or incident.title,
        lat=incident.lat,
        lon=incident.lon,
        place=places[0] if len(places) == 1 else None,
    )
