"""Mending one fault: try again, give it to a colleague, send to another address, end it with a reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from balcao.console.forms import tried
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.mending import end_delivery, redirect_delivery
from balcao.inbox.models import Delivery, Message
from balcao.organization.models import Staff
from balcao.organization.queries import staff_with
from balcao.platform import faults
from balcao.platform.audit import log_read
from balcao.platform.models import Fault
from balcao.platform.search import SortKey

from . import words
from .lists import dressed


class RetryForm(forms.Form):
    """A button and nothing to fill in."""


class ReassignForm(forms.Form):
    staff = forms.ModelChoiceField(Staff.objects.none(), label=gettext_lazy("Colleague"), empty_label="…")


class RedirectForm(forms.Form):
    email = forms.CharField(
        label=gettext_lazy("Another e-mail address"),
        max_length=254,
        widget=forms.TextInput(attrs={"inputmode": "email", "autocomplete": "off"}),
    )


class EndForm(forms.Form):
    reason = forms.CharField(label=gettext_lazy("Because"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))


FORMS: dict[str, type[forms.Form]] = {
    "retry": RetryForm,
    "reassign": ReassignForm,
    "redirect": RedirectForm,
    "end": EndForm,
}
DONE = {
    "retry": gettext_lazy("It is being tried again. What fails once more comes back here."),
    "reassign": gettext_lazy("Given to your colleague."),
    "redirect": gettext_lazy("It is on its way to the other address, and so is what comes next on this case."),
    "end": gettext_lazy("Ended. The reason is kept."),
}


def _fault(request: StaffRequest, fault_id: int) -> Fault:
    fault = Fault.objects.visible_to(request.actor).filter(pk=fault_id).first()
    if fault is None:
        raise Http404
    return fault


@staff_page("faults.mend")
def page(request: StaffRequest, fault_id: int) -> HttpResponse:
    return show(request, _fault(request, fault_id))


@staff_page("faults.mend")
@require_POST
def act(request: StaffRequest, fault_id: int, verb: str) -> HttpResponse:
    """Do one thing; what is refused keeps the page, and what was typed, and says why."""
    fault = _fault(request, fault_id)
    if verb not in FORMS or (verb == "redirect" and fault.kind != "delivery"):
        raise Http404
    form = _form(verb, request, request.POST)
    if fault.ended_at is None and form.is_valid() and tried(form, lambda: _do(verb, request, fault, form)):
        messages.success(request, str(DONE[verb]))
        back = request.POST.get("back", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/console/faults/")
        return redirect(back if safe else "console:faults")
    fresh = _fault(request, fault_id)
    if fresh.ended_at is not None:
        messages.info(request, _("This has already been mended or ended."))
    return show(request, fresh, refused={verb: form}, status=422)


def _do(verb: str, request: StaffRequest, fault: Fault, form: forms.Form) -> None:
    actor, given = request.actor, form.cleaned_data
    steps: dict[str, Callable[[], None]] = {
        "retry": lambda: faults.retry(actor=actor, fault=fault),
        "reassign": lambda: faults.reassign(actor=actor, fault=fault, staff_id=given["staff"].pk),
        "redirect": lambda: redirect_delivery(actor=actor, fault=fault, address=given["email"]),
        "end": lambda: (end_delivery if fault.kind == "delivery" else faults.end)(
            actor=actor, fault=fault, reason=given["reason"]
        ),
    }
    steps[verb]()


@staff_page("faults.mend")
@require_POST
def retry_all(request: StaffRequest) -> HttpResponse:
    """Try all open faults of one kind again, each for itself: one that fails stops no other."""
    kind = request.POST.get("kind", "")
    if kind not in words.kinds():
        raise Http404
    went, refused = faults.retry_all(actor=request.actor, kind=kind)
    if went:
        text = ngettext("%(n)d is being tried again.", "%(n)d are being tried again.", went)
        messages.success(request, text % {"n": went})
    for sentence, n in refused.items():
        messages.error(request, f"{n} × {sentence}")
    return redirect(f"/console/faults/?kind={kind}")


def _form(verb: str, request: StaffRequest, data: Any = None) -> forms.Form:
    form = FORMS[verb](data, auto_id=f"id_{verb}_%s")
    if isinstance(form, ReassignForm):
        colleagues = staff_with(request.actor.agency_id or 0, "faults.mend")
        form.fields["staff"].queryset = colleagues.order_by(SortKey("name"))  # type: ignore[attr-defined]
    return form


def show(
    request: StaffRequest, fault: Fault, *, refused: dict[str, forms.Form] | None = None, status: int = 200
) -> HttpResponse:
    row = dressed(request, [fault])[0]
    verbs = ["retry", "reassign", "end"] + (["redirect"] if fault.kind == "delivery" else [])
    context = {
        **row,
        "now": timezone.now(),
        "open": fault.ended_at is None,
        "forms": {verb: _form(verb, request) for verb in verbs} | (refused or {}),
        "refused": next(iter(refused), "") if refused else "",
        "refused_form": next(iter(refused.values())) if refused else None,
        "address": _address(request, fault),
        "mail": _mail(request, fault),
    }
    return render(request, "console/faults/fault.html", context, status=status)


def _address(request: StaffRequest, fault: Fault) -> str:
    """Where the message went, for those who may know it."""
    if fault.kind != "delivery" or not request.actor.can("person.read"):
        return ""
    found = Delivery.objects.select_related("message__case", "message__staff").filter(pk=fault.data.get("delivery_id"))
    delivery = found.filter(message__agency_id=request.actor.agency_id or 0).first()
    if delivery is None:
        return ""
    case = delivery.message.case
    if case is not None and not request.actor.at(case.area_id).can("person.sealed" if case.sealed else "person.read"):
        return ""
    if case is not None and delivery.message.staff is None:
        log_read(
            actor=request.actor, subject="person", ids=[case.reporter_id], purpose="fault", agency_id=case.agency_id
        )
    return delivery.address


def _mail(request: StaffRequest, fault: Fault) -> Message | None:
    """The mail that has no place, for those who may read people's words."""
    if fault.kind != "mail":
        return None
    actor = request.actor
    found = Message.objects.visible_to(actor).select_related("case").prefetch_related("files__file")
    mail = found.filter(pk=fault.data.get("message_id"), purpose="mail").first()
    if mail is None or (mail.case and not actor.at(mail.case.area_id).can(
        "person.sealed" if mail.case.sealed else "person.read"
    )):  # fmt: skip
        return None
    log_read(actor=actor, subject="mail", ids=[mail.pk], purpose="fault", agency_id=mail.agency_id)
    return mail
