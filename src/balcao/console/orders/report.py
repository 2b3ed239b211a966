"""The area report: what was done, in the area's own words, with photos of before and after."""

from __future__ import annotations

from uuid import UUID, uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from balcao.catalog.models import Outcome
from balcao.console.forms import tried, version_of
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.workorders.actions import file_report
from balcao.workorders.actions.reporting import REPORTABLE
from balcao.workorders.models import AreaReport
from balcao.workorders.states import moves_from

from .order import order_or_404
from .photos import keep

MOMENTS = (("before", _("Photos before")), ("after", _("Photos after")))


class ReportForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("How did it end?"),
        choices=[(o.value, o.label) for o in Outcome if o.value in REPORTABLE],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose how it ended.")},
    )
    impossible_because = forms.CharField(
        label=_("Not possible, because…"),
        help_text=_("Only when it was not possible. The person who asked will read it: say it plainly and kindly."),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=4000,
        required=False,
    )
    text = forms.CharField(
        label=_("What was done"),
        help_text=_("In your own words, as you would tell the person who asked. It becomes part of the answer."),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=4000,
        error_messages={"required": _("Say in a few words what was done.")},
    )


@staff_page("order.work")
def page(request: StaffRequest, order_id: int) -> HttpResponse:
    """The form; photos that came with a try that failed are kept and shown. The same form sent twice files one report:
    its `key` is made when it is first shown."""
    order, key = order_or_404(request, order_id), key_of(request)
    if request.method == "POST" and order.reports.filter(key=key).exists():
        return _arrived(request, order_id)
    if "report" not in moves_from(order.state) and request.method != "POST":
        return redirect("console:order", order_id)
    form = ReportForm(request.POST if request.method == "POST" else None)
    photos, errors = {}, {}
    if request.method == "POST":
        for name, _label in MOMENTS:
            photos[name], errors[name] = keep(request, name)
        valid = form.is_valid() and not any(errors.values())
        if valid and tried(
            form,
            lambda: file_report(
                actor=request.actor,
                order=order,
                photos=photos,
                key=key,
                version=version_of(request),
                **form.cleaned_data,
            ),
        ):
            return _arrived(request, order_id)
        order = order_or_404(request, order_id)
    drops = [
        {"name": name, "label": label, "files": photos.get(name, []), "error": errors.get(name, "")}
        for name, label in MOMENTS
    ]
    last = order.reports.filter(verdict=AreaReport.Verdict.SENT_BACK).last()
    context = {
        "now": timezone.now(),
        "order": order,
        "case": order.case,
        "form": form,
        "key": key,
        "drops": drops,
        "drop_errors": [{"name": d["name"], "label": d["label"], "message": d["error"]} for d in drops if d["error"]],
        "sent_back": last,
    }
    return render(request, "console/orders/report.html", context, status=422 if form.is_bound else 200)


def key_of(request: HttpRequest) -> UUID:
    """The key of the form that was sent; a new one for a form that is shown first, or whose key is not one."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


def _arrived(request: StaffRequest, order_id: int) -> HttpResponse:
    messages.success(request, _("Report filed. It goes to review now. Thank you!"))
    return redirect("console:order", order_id)
