"""The access code is lost: a link to the demand's own contact point, then a new code. And where we write to."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from balcao.cases.actions import renew_access_code, use_way_back
from balcao.cases.actions.way_back import LinkOver, find_way_back
from balcao.citizens import identifiers
from balcao.inbox.correcting import answer_on_page, correct_contact
from balcao.inbox.way_back import ask_way_back
from balcao.platform.access_codes import format_code
from balcao.platform.errors import Refusal
from balcao.platform.limits import TooMany, hit
from balcao.platform.numbering import UnknownProtocol, format_protocol, parse_protocol
from balcao.web.public import public_page

from .following import WRITES, own, show, visit_over
from .shell import RENEWABLE, PortalRequest, citizen, grant, may_renew, too_often

ASKS = (10, 600)  # links that one address may ask for in ten minutes
SAME = (3, 3600)  # for one number and e-mail in an hour: a mailbox is not flooded through us


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def lost(request: PortalRequest) -> HttpResponse:
    """Ask for a link by number and e-mail. The answer is one sentence, the same for every number and every address."""
    if request.method != "POST":
        return _ask(request, protocol=request.GET.get("protocolo", "")[:40])
    protocol, email = request.POST.get("protocol", "")[:40], request.POST.get("email", "")[:320]
    errors: dict[str, str] = {}
    number = address = ""
    try:
        number = parse_protocol(protocol)
    except UnknownProtocol as unknown:
        errors["protocol"] = str(unknown.sentence)
    try:
        address = identifiers.email(email)
    except identifiers.InvalidIdentifier as invalid:
        errors["email"] = str(invalid.sentence)
    if errors:
        return _ask(request, protocol=protocol, email=email, errors=errors, status=422)
    refusal = too_often(request, "portal.lost", *ASKS)
    try:
        hit("portal.lost.same", f"{request.agency.pk}\0{number}\0{address.lower()}", *SAME)
    except TooMany as same:
        refusal = refusal or same
    if refusal is not None:
        response = _ask(request, protocol=protocol, email=email, errors={"": str(refusal)}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    ask_way_back(actor=citizen(request), protocol=number, email=address)
    return render(request, "portal/lost.html", {"section": "follow", "asked": True, "email": address})


def _ask(
    request: PortalRequest,
    *,
    protocol: str = "",
    email: str = "",
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    labels = {"protocol": _("Protocol number"), "email": _("Your e-mail")}
    found = [{"message": text, "name": name, "label": labels.get(name, "")} for name, text in errors.items()]
    context = {"section": "follow", "protocol": protocol, "email": email, "errors": found, "error": errors}
    return render(request, "portal/lost.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def come_back(request: PortalRequest, token: str) -> HttpResponse:
    """The link of the letter. Reading it opens nothing, for mail programs read links too: the button does, once."""
    refusal = too_often(request, "portal.come_back", *ASKS)
    try:
        if refusal is not None:
            raise refusal
        if request.method != "POST":
            way = find_way_back(agency_id=request.agency.pk, token=token[:100], now=timezone.now())
            context = {"section": "follow", "case": way.case, "protocol": format_protocol(way.case.protocol)}
            response = render(request, "portal/come_back.html", context)
        else:
            case = use_way_back(actor=citizen(request), token=token[:100])
            grant(request, case)
            request.session[RENEWABLE] = [*may_renew(request), case.pk][-5:]
            return redirect("portal:case", protocol=case.protocol)
    except (LinkOver, TooMany) as over:
        errors = {"": str(over.sentence)}
        response = _ask(request, errors=errors, status=over.status)
        if isinstance(over, TooMany):
            response["Retry-After"] = str(over.retry_after)
    # The address is a secret, so no other page learns it; "no-referrer" would make browsers send the button's own form
    # with "Origin: null", which the protection against forged forms refuses.
    response["Referrer-Policy"] = "strict-origin"
    return response


@require_POST
@public_page
def renew(request: PortalRequest, protocol: str) -> HttpResponse:
    """A new code, for whoever came by the link: shown on this answer and never again. The old one opens nothing."""
    case = own(request, protocol)
    if case is None or case.pk not in may_renew(request):
        return redirect("portal:case", protocol=protocol)
    code = renew_access_code(actor=citizen(request), case=case)
    case.refresh_from_db(fields=["access_hash"])
    grant(request, case)
    request.session[RENEWABLE] = [one for one in may_renew(request) if one != case.pk]
    context = {"section": "follow", "case": case, "protocol": format_protocol(case.protocol)}
    return render(request, "portal/new_code.html", context | {"access_code": format_code(code)})


@require_POST
@public_page
def contact(request: PortalRequest, protocol: str) -> HttpResponse:
    """Where to write from now on; what did not arrive sets out again. Or nowhere: this page is enough."""
    case = own(request, protocol)
    typed = request.POST.get("email", "")[:320]
    if case is None:
        return visit_over(request, protocol)
    refusal: Refusal | None = too_often(request, "portal.write", *WRITES)
    try:
        if refusal is not None:
            raise refusal
        if request.POST.get("on_page"):
            answer_on_page(actor=citizen(request), case=case)
            messages.success(request, _("All right: you find everything on this page, and we write no e-mails."))
        else:
            correct_contact(actor=citizen(request), case=case, email=typed)
            messages.success(request, _("Thank you. From now on we write to %(email)s.") % {"email": typed.strip()})
    except Refusal as refused:
        status = 429 if isinstance(refused, TooMany) else 422
        response = show(request, case, typed={"email": typed}, errors={"email": str(refused.sentence)}, status=status)
        if isinstance(refused, TooMany):
            response["Retry-After"] = str(refused.retry_after)
        return response
    return redirect("portal:case", protocol=case.protocol)
