"""Following a demand: its page opens to whoever has its number and its code, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balcao.cases.actions import add_information, reopen_case
from balcao.cases.actions.hearing import REOPEN_DAYS
from balcao.cases.models import Attachment, Case
from balcao.cases.public import case_by_code, own_case, own_cases
from balcao.cases.states import State
from balcao.cases.timeline import state_sentence, timeline
from balcao.citizens import identifiers
from balcao.clocks.explain import explain
from balcao.inbox.correcting import unreached
from balcao.inbox.receipts import receipt_response
from balcao.inbox.uploads import keep
from balcao.platform.audit import log_read
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.files.serving import serve
from balcao.platform.numbering import UnknownProtocol, format_protocol, parse_protocol
from balcao.questionnaires.actions import rate_answer
from balcao.questionnaires.models import Rating
from balcao.web.public import public_page

from .shell import CASES, RECEIVED, RENEWABLE, PortalRequest, citizen, grant, may_renew, proven, too_often

TRIES = (30, 600)  # codes that one address may try in ten minutes
WRITES = (30, 60)
PENDING = "pending"  # what was typed on a page whose session had ended


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def enter(request: PortalRequest) -> HttpResponse:
    """Ask for number and code. An unknown number and a wrong code get the same answer; a number whose check digits are
    wrong is told so, which reveals nothing: anybody can add them up."""
    if request.method != "POST":
        return _ask_code(request, protocol=request.GET.get("protocolo", "")[:40])
    typed, code = request.POST.get("protocol", "")[:40], request.POST.get("code", "")[:40]
    refusal = too_often(request, "portal.follow", *TRIES)
    if refusal is not None:
        response = _ask_code(request, protocol=typed, errors={"": str(refusal)}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    try:
        protocol = parse_protocol(typed)
    except UnknownProtocol as unknown:
        return _ask_code(request, protocol=typed, errors={"protocol": str(unknown.sentence)}, status=422)
    if not code.strip():
        errors = {"code": _("Please type the access code: it stands below the number on your receipt.")}
        return _ask_code(request, protocol=typed, errors=errors, status=422)
    case = case_by_code(agency_id=request.agency.pk, protocol=protocol, code=code)
    if case is None:
        errors = {"code": _("This number and this code do not belong together. Please check both on your receipt.")}
        return _ask_code(request, protocol=typed, errors=errors, status=422)
    grant(request, case)
    if request.POST.get("pending_text"):
        request.session[PENDING] = {
            "case": case.pk,
            "form": request.POST.get("pending_form", "")[:10],
            "text": request.POST["pending_text"][:5000],
        }
    return redirect("portal:case", protocol=case.protocol)


def _ask_code(
    request: PortalRequest,
    *,
    protocol: str = "",
    errors: dict[str, str] | None = None,
    pending: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    errors = errors or {}
    labels = {"protocol": _("Protocol number"), "code": _("Access code")}
    found = [
        {"message": text, "name": name, "label": str(labels.get(name, ""))} if name else {"message": text}
        for name, text in errors.items()
    ]
    if pending is None:
        names = ("pending_form", "pending_text")
        pending = {name: request.POST[name] for name in names if request.POST.get(name)}
    context = {"section": "follow", "protocol": protocol, "errors": found, "error": errors, "pending": pending}
    if not protocol and not found:
        context["own"] = [
            {"name": case.service.name, "protocol": case.protocol, "number": format_protocol(case.protocol)}
            for case in own_cases(agency_id=request.agency.pk, proven=proven(request))
        ]
    return render(request, "portal/enter.html", context, status=status)


@require_POST
@public_page
def leave(request: PortalRequest) -> HttpResponse:
    """On a shared computer: this browser forgets the demands it has seen."""
    for key in (CASES, RECEIVED, RENEWABLE, PENDING):
        request.session.pop(key, None)
    request.session.cycle_key()
    messages.success(request, _("Done. This device no longer shows your demands."))
    return redirect("portal:follow")


def own(request: PortalRequest, protocol: str) -> Case | None:
    try:
        wanted = parse_protocol(protocol)
    except UnknownProtocol:
        return None
    return own_case(agency_id=request.agency.pk, protocol=wanted, proven=proven(request))


@require_safe
@public_page
def page(request: PortalRequest, protocol: str) -> HttpResponse:
    """The demand's page; without proof, the form that asks for it, whether the number exists or not."""
    case = own(request, protocol)
    if case is None:
        try:
            shown = format_protocol(parse_protocol(protocol[:40]))
        except UnknownProtocol as unknown:
            return _ask_code(request, protocol=protocol[:40], errors={"protocol": str(unknown.sentence)}, status=404)
        return _ask_code(request, protocol=shown)
    pending = request.session.pop(PENDING, None)
    typed = {pending["form"]: pending["text"]} if pending and pending["case"] == case.pk else {}
    return show(request, case, typed=typed)


def show(
    request: PortalRequest,
    case: Case,
    *,
    typed: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`typed`: what to show again in the forms, by form name; `errors`: sentences by field."""
    now = timezone.now()
    log_read(
        actor=citizen(request), subject="case", ids=[case.pk], purpose="portal.follow", agency_id=request.agency.pk
    )
    history = timeline(case)
    answer = case.answers_given.filter(sent_at__isnull=False).order_by("-number").first()
    held = Attachment.objects.filter(case=case, public=True).select_related("file")
    rating = Rating.objects.filter(answer=answer).first() if answer else None
    closed = case.state == State.CLOSED
    context = {
        "section": "follow",
        "case": case,
        "protocol": format_protocol(case.protocol),
        "sentence": state_sentence(case),
        "because": explain(case.deadline, request.LANGUAGE_CODE),
        "entries": list(reversed(history)),
        "question": next((e for e in reversed(history) if e.icon == "help"), None)
        if case.state == State.WAITING
        else None,
        "may_renew": case.pk in may_renew(request),
        "unreached": case.contact is not None and unreached(case),
        "write_to": identifiers.mask_email(case.contact.value) if case.contact else "",
        "may_correct": (case.reporter is not None or case.state == State.GATHERED) and not closed,
        "answer": answer if answer and (closed or case.state == State.ANSWERING) else None,
        "earlier": case.answers_given.filter(sent_at__isnull=False).order_by("number")
        if case.reopened and not closed
        else [],
        "files": [a for a in held if a.by_citizen],
        "staff_files": [a for a in held if not a.by_citizen],
        "rating": rating,
        "may_add": not closed and case.state != State.ANSWERING,
        "may_rate": closed and answer is not None,
        "may_reopen": closed and case.closed_at is not None and (now - case.closed_at).days < REOPEN_DAYS,
        "typed": typed or {},
        "errors": [{"message": text, "name": name} for name, text in (errors or {}).items()],
        "error": errors or {},
    }
    return render(request, "portal/case.html", context, status=status)


def visit_over(request: PortalRequest, protocol: str, pending: dict[str, str] | None = None) -> HttpResponse:
    """The session has ended: the code is asked for again, and `pending` words come back afterwards."""
    errors = {"": _("Your visit had ended. Type the access code again: what you wrote is kept.")}
    return _ask_code(request, protocol=protocol[:40], errors=errors, pending=pending or {}, status=403)


def _write(request: PortalRequest, protocol: str, form: str, field: str, action: Callable[[Case], str]) -> HttpResponse:
    """Run what a form of the page asks for. An ended session asks for the code again and keeps the text; a refusal
    shows the page with its sentence and what was typed."""
    text = request.POST.get(field, "")
    case = own(request, protocol)
    if case is None:
        pending = {"pending_form": form, "pending_text": text[:5000]} if text.strip() else {}
        return visit_over(request, protocol, pending)
    typed = {form: text, "score": request.POST.get("score", "")}
    refusal = too_often(request, "portal.write", *WRITES)
    if refusal is not None:
        response = show(request, case, typed=typed, errors={field: str(refusal)}, status=429)
        response["Retry-After"] = str(refusal.retry_after)
        return response
    try:
        messages.success(request, action(case))
    except Refusal as refused:
        name = field
        if isinstance(refused, Invalid) and refused.field in ("score", "files"):
            name = refused.field
        return show(request, case, typed=typed, errors={name: str(refused.sentence)}, status=422)
    return redirect(reverse("portal:case", args=[case.protocol]))


@require_POST
@public_page
def add(request: PortalRequest, protocol: str) -> HttpResponse:
    """More words and files. The good files are kept even when one is refused."""

    def action(case: Case) -> str:
        text = request.POST.get("text", "")
        stored, problem = keep(request.FILES.getlist("files"), actor=citizen(request))
        if not stored and not text.strip():
            raise Invalid(problem or _("Please write a few words, or choose a file."), field="files" if problem else "")
        add_information(actor=citizen(request), case=case, text=text, files=stored)
        if problem:
            messages.warning(request, problem)
        return _("Thank you. What you added is with the team.")

    return _write(request, protocol, "add", "text", action)


@require_POST
@public_page
def rate(request: PortalRequest, protocol: str) -> HttpResponse:
    """The grade, 0–10, with a comment."""

    def action(case: Case) -> str:
        answer = case.answers_given.filter(sent_at__isnull=False).order_by("-number").first()
        score = request.POST.get("score", "")
        if answer is None or not (score.isascii() and score.isdigit() and len(score) <= 2):
            raise Invalid(_("Choose a grade from 0 to 10."), field="score")
        comment = request.POST.get("comment", "")
        rate_answer(actor=citizen(request), answer=answer, score=int(score), comment=comment)
        return _("Thank you for telling us how it went.")

    return _write(request, protocol, "rate", "comment", action)


@require_POST
@public_page
def reopen(request: PortalRequest, protocol: str) -> HttpResponse:
    """It was not solved."""

    def action(case: Case) -> str:
        reopen_case(actor=citizen(request), case=case, reason=request.POST.get("reason", ""))
        return _("Thank you for telling us. We are looking at it again, with a new date.")

    return _write(request, protocol, "reopen", "reason", action)


@require_safe
@public_page
def file(request: PortalRequest, protocol: str, uuid: UUID) -> HttpResponseBase:
    """A file of one's own demand; `?p=1` for the small picture."""
    case = own(request, protocol)
    if case is None:
        raise Http404
    attached = get_object_or_404(Attachment.objects.select_related("file"), case=case, public=True, file__uuid=uuid)
    return serve(attached.file, request=request, thumbnail=bool(request.GET.get("p")) and bool(attached.file.thumbnail))


@require_safe
@public_page
def receipt(request: PortalRequest, protocol: str) -> HttpResponse:
    """The receipt again, without the code: only its hash is kept."""
    case = own(request, protocol)
    if case is None:
        return redirect("portal:case", protocol=protocol)
    return receipt_response(case)
