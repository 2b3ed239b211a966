"""Reviews: the queue of reports, and one report beside what was asked."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.console.forms import tried, version_of
from balcao.console.paging import cursor_of, read_cursor, with_query
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.workorders import queries
from balcao.workorders.actions import accept_report, send_report_back
from balcao.workorders.models import AreaReport

from .board import read_filter, tabs
from .order import order_or_404
from .sight import see

PAGE = 30


class SendBackForm(forms.Form):
    note = forms.CharField(
        label=_("What is missing?"),
        help_text=_("The area reads this and gets the order back, with a new date of its own."),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=4000,
        error_messages={"required": _("Say what is missing, so that the area knows what to do.")},
    )


@staff_page("report.review")
def queue(request: StaffRequest) -> HttpResponse:
    """Reports that wait, the oldest first, and drafts that nobody has sent yet."""
    wanted, after = read_filter(request), read_cursor(request)
    started = (after[0], after[1]) if after and after[0] else None
    rows = queries.to_review(request.actor, size=PAGE + 1, area=wanted.area, after=started)  # type: ignore[arg-type]
    shown = rows[:PAGE]
    areas = queries.areas_of(request.actor)
    context = {
        "now": timezone.now(),
        "reports": shown,
        "drafts": [] if after else queries.to_send(request.actor, size=PAGE, area=wanted.area),
        "next": with_query(request, after=cursor_of(shown[-1].filed_at, shown[-1].pk)) if len(rows) > PAGE else "",
        "first": with_query(request, after=None) if after else "",
        "area_field": {
            "name": "area",
            "label": _("Area"),
            "type": "select",
            "value": wanted.area or "",
            "options": [("", _("All areas")), *((area.pk, area.name) for area in areas)],
        },
        "filter_count": 1 if wanted.area else 0,
        "tabs": tabs(request, "review"),
        "live_on": "OrderReported OrderSentBack OrderDone AnswerSent",
        "part_href": with_query(request, part="queue"),
    }
    template = "_review_queue.html" if request.GET.get("part") == "queue" else "review_queue.html"
    return render(request, f"console/orders/{template}", context)


@staff_page("report.review")
def page(request: StaffRequest, order_id: int) -> HttpResponse:
    """One report: accept it, which drafts the answer and leads there; or send it back with a note."""
    order = order_or_404(request, order_id)
    reports = list(queries.reports_of(order))
    if not reports:
        raise Http404
    report = reports[-1]
    form = SendBackForm(request.POST if request.POST.get("verdict") == "send_back" else None)
    problem = forms.Form(request.POST or None)
    if request.method == "POST":
        problem.is_valid()
        version = version_of(request)
        if request.POST.get("verdict") == "accept":
            if tried(problem, lambda: accept_report(actor=request.actor, report=report, version=version)):
                messages.success(request, _("Accepted. Here is the draft of the answer: read it, change it, send it."))
                return redirect("console:order_answer", order_id)
        elif form.is_valid() and tried(
            form,
            lambda: send_report_back(
                actor=request.actor, report=report, note=form.cleaned_data["note"], version=version
            ),
        ):
            messages.success(request, _("Sent back. The area has the order again."))
            return redirect("console:orders_review")
        order = order_or_404(request, order_id)
        report = list(queries.reports_of(order))[-1]
    context = {
        "now": timezone.now(),
        "order": order,
        "case": order.case,
        "report": report,
        "before": [p for p in report.photos.all() if p.moment == "before"],
        "after": [p for p in report.photos.all() if p.moment == "after"],
        "earlier": reports[:-1],
        "waiting": report.verdict == AreaReport.Verdict.FILED and order.state == "reported",
        "sight": see(request.actor, order, "review"),
        "form": form,
        "problem": problem,
    }
    return render(request, "console/orders/review.html", context, status=422 if request.method == "POST" else 200)
