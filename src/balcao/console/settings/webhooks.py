"""Webhooks: which systems are told what, what became of each message, and telling it again."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from balcao.api.models import Outgoing, Subscription
from balcao.api.webhooks.actions import change_subscription, remove_subscription, renew_secret, replay
from balcao.api.webhooks.kinds import KINDS
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.platform.errors import Refusal
from balcao.platform.outside import check_address

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

PAGE = 50


class WebhookForm(AgencyForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What is it told?"), choices=list(KINDS.items()), widget=forms.CheckboxSelectMultiple
    )
    url = forms.URLField(label=gettext_lazy("Address"), max_length=500, assume_scheme="https")

    class Meta:
        model = Subscription
        fields = ["name", "url", "kinds", "is_active"]

    def clean_url(self) -> str:
        """An address that we would refuse to ask is refused here, before anything is saved."""
        url = self.cleaned_data["url"]
        try:
            check_address(url)
        except Refusal as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from None
        return url


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The agency's webhooks by name."""
    found = Subscription.objects.filter(agency=own_agency(request)).order_by("name", "pk")
    return render(request, "console/settings/webhooks.html", {"webhooks": found})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a webhook, or change one beside what it was told."""
    webhook = mine(Subscription, request, pk) if pk else None
    state, page = request.GET.get("state", ""), request.GET.get("before", "")
    messages, more = _messages(webhook, state, page) if webhook else ([], "")
    return edit_page(
        request,
        WebhookForm(request.POST or None, instance=webhook, agency=own_agency(request)),
        action=lambda obj: change_subscription(actor=request.actor, subscription=obj),
        done=_("The webhook is saved. It is told what happens from now on."),
        back=lambda obj: reverse("console:settings_webhook", args=[obj.pk]),
        title=webhook.name if webhook else _("New webhook"),
        trail=[(_("Webhooks"), reverse("console:settings_webhooks"))],
        fieldsets=[("", "", ["name", "url", "is_active", "kinds"])],
        template="console/settings/webhook.html",
        remove_url=reverse("console:settings_webhook_remove", args=[pk]) if pk else "",
        webhook=webhook,
        told=messages,
        more=more,
        chosen=state,
        states=Outgoing.State.choices,
    )


def _messages(webhook: Subscription, state: str, before: str) -> tuple[list[Outgoing], str]:
    """A page of what it was told, the newest first, each with its tries."""
    found = Outgoing.objects.filter(subscription=webhook).prefetch_related("attempts").order_by("-pk")
    if state in Outgoing.State.values:
        found = found.filter(state=state)
    if before.isdigit() and len(before) < 19:
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    for row in rows:
        row.title = KINDS.get(row.kind, row.kind)  # type: ignore[attr-defined]
        row.tone = {"done": "success", "dead": "danger"}.get(row.state, "info")  # type: ignore[attr-defined]
    more = f"?state={state}&before={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    return rows[:PAGE], more


@require_POST
@staff_page("settings.edit")
def again(request: StaffRequest, pk: int, message: int) -> HttpResponse:
    """Tell one message once more."""
    webhook = mine(Subscription, request, pk)
    found = get_object_or_404(Outgoing.objects.select_related("subscription"), pk=message, subscription=webhook)
    attempt(request, lambda: replay(actor=request.actor, message=found), _("It is on its way again."))
    return redirect("console:settings_webhook", pk=pk)


@require_POST
@staff_page("settings.edit")
def renew(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = mine(Subscription, request, pk)
    done = _("There is a new secret. For a day the old one signs too.")
    attempt(request, lambda: renew_secret(actor=request.actor, subscription=webhook), done)
    return redirect("console:settings_webhook", pk=pk)


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    webhook = mine(Subscription, request, pk)
    return remove_page(
        request,
        lambda: remove_subscription(actor=request.actor, subscription=webhook),
        done=_("The webhook is removed."),
        back=reverse("console:settings_webhooks"),
        stay=reverse("console:settings_webhook", args=[pk]),
    )
