"""The answer before it goes: read, edited, seen as the person will see it, sent."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import draft_answer, send_answer
from balcao.cases.letters import answer_letter
from balcao.cases.models import Answer
from balcao.cases.states import State
from balcao.cases.words import MAX_ANSWER
from balcao.catalog.templates import Letter
from balcao.console.forms import tried, version_of
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.outbound import SENDERS
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.workorders import queries
from balcao.workorders.models import WorkOrder

from .order import order_or_404
from .sight import see


class AnswerForm(forms.Form):
    body = forms.CharField(
        label=gettext_lazy("What the person will read"),
        help_text=gettext_lazy("Plain words, no jargon. It is what they waited for."),
        widget=forms.Textarea(attrs={"rows": 12}),
        max_length=MAX_ANSWER,
        error_messages={"required": gettext_lazy("The answer is empty. Write what the person should know.")},
    )


@staff_page("report.review")
def page(request: StaffRequest, order_id: int) -> HttpResponse:
    """Save the draft, look at the letter, or send it. Once sent, it does not change."""
    order = order_or_404(request, order_id)
    case = order.case
    answer = case.answers_given.filter(number=case.reopened + 1).first()
    if answer is None or case.state != State.DRAFTING:
        if request.method == "POST":
            messages.error(request, _("This answer has already gone, or the case has moved on."))
        return redirect("console:order", order_id)
    bound = request.method == "POST"
    form = AnswerForm(request.POST if bound else None, initial={"body": answer.body})
    if bound and form.is_valid():
        sending = request.POST.get("do") == "send"
        if tried(
            form, lambda: _put(request.actor, order, answer, form.cleaned_data["body"], version_of(request), sending)
        ):
            if sending:
                messages.success(request, _("Sent. The case closes when the answer has been handed over."))
                return redirect("console:orders_review")
            messages.success(request, _("Draft kept. The letter below shows your changes."))
            return redirect("console:order_answer", order_id)
        order = order_or_404(request, order_id)
    reaches = case.contact is not None and case.contact.kind in SENDERS
    context = {
        "now": timezone.now(),
        "order": order,
        "case": order.case,
        "answer": answer,
        "form": form,
        "letter": _letter(order, form["body"].value() or "", answer),
        "reaches": case.contact.get_kind_display() if reaches and case.contact else "",
        "followers": case.followers.filter(state=State.FOLLOWING).count(),
        "report": queries.reports_of(order).last(),
        "sight": see(request.actor, order, "answer"),
    }
    return render(request, "console/orders/answer.html", context, status=422 if form.errors else 200)


@action
def _put(actor: Actor, order: WorkOrder, answer: Answer, body: str, version: int | None, sending: bool) -> None:
    """Keep the words, then let them go: both or neither."""
    draft_answer(
        actor=actor, case=order.case, outcome=answer.outcome, subject=answer.subject, body=body, version=version
    )
    if sending:
        send_answer(actor=actor, case=order.case)


def _letter(order: WorkOrder, body: str, answer: Answer) -> Letter:
    """As it will be sent. A sealed author's name stays out of the preview."""
    extra = {}
    if order.case.sealed:
        with translation.override(order.case.locale):
            extra["person"] = _("citizen")
    return answer_letter(order.case, outcome=answer.outcome, subject=answer.subject, body=body, **extra)
