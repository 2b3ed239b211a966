"""Waiting lines, and where people come in: each account leads to one line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import validate_slug
from django.db.models import Count, Q
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.models import Service
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.approved.models import APPROVED, ApprovedTemplate
from balcao.inbox.conversations.settings import change_account, change_line, remove_account, remove_line
from balcao.inbox.conversations.states import State
from balcao.inbox.interviews.queries import SERVICE
from balcao.inbox.models import Account, Interview, Line
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

CHANNELS = {"webchat": gettext_lazy("Web chat"), "whatsapp": "WhatsApp", "email": gettext_lazy("E-mail")}


class LineForm(AgencyForm):
    interview = forms.ChoiceField(label=gettext_lazy("Interview that comes first"), required=False)
    closing_template = forms.ChoiceField(label=gettext_lazy("Approved template that says it"), required=False)

    class Meta:
        model = Line
        fields = ["name", "calendar", "automatic", "off_hours_notice", "closing_notice",
                  "closing_template", "quiet_hours", "interview", "interview_by_mail", "asks_grade", "open_to_others",
                  "is_active"]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["interview"].choices = interviews_of(self.agency.pk, self.instance.interview)
        fields["interview"].help_text = _(
            "What people are asked before they wait. Interviews have a page of their own."
        )
        fields["calendar"].label = _("Calendar")
        for notice in ("off_hours_notice", "closing_notice"):
            fields[notice].widget.attrs["rows"] = 4
        fields["calendar"].empty_label = _("The agency's usual hours")
        fields["calendar"].help_text = _("When somebody is there.")
        fields["automatic"].help_text = _("Otherwise attendants take the next one themselves.")
        fields["open_to_others"].help_text = _(
            "The other agencies here see its name. Nobody comes without having agreed."
        )
        fields["interview_by_mail"].help_text = _(
            "The questions go out in one letter, and a reply to it answers them. Otherwise a person reads every mail."
        )
        fields["asks_grade"].help_text = _("From 0 to 10, where the conversation was had.")
        fields["off_hours_notice"].help_text = _(
            "In place of our own words. When somebody is there again follows by itself."
        )
        fields["closing_notice"].help_text = _("Empty: our own kind words.")
        fields["closing_template"].choices = closing_templates(self.agency.pk, self.instance.closing_template)
        fields["closing_template"].help_text = _("On WhatsApp, when the person wrote more than 24 hours ago.")


def interviews_of(agency_id: int, now: str = "") -> list[tuple[str, Any]]:
    """(name, label) of what a line may ask first: nothing, the agency's interviews, the services' own questions."""
    own: dict[str, str] = {}
    unpublished = _("not published yet")
    for one in Interview.objects.filter(agency_id=agency_id).order_by("slug", "version"):
        draft = "" if one.published_at else f" ({unpublished})"
        own[one.slug] = own[one.slug] if one.slug in own and draft else f"{one.title}{draft}"
    services = Service.objects.filter(agency_id=agency_id, is_published=True).order_by(SortKey("name"))
    asked = [(f"{SERVICE}{s.slug}", _("Service: %(name)s") % {"name": s.name}) for s in services]
    found: list[tuple[str, Any]] = [("", _("None: a person answers at once")), *own.items(), *asked]
    return found if now in dict(found) else [*found, (now, now)]


def closing_templates(agency_id: int, now: str = "") -> list[tuple[str, Any]]:
    """(name, label) of what may say that a conversation closes where WhatsApp takes no words of our own: nothing, or a
    template that needs nothing filled in."""
    ready = ApprovedTemplate.objects.filter(account__agency=agency_id, status=APPROVED, sendable=True, variables=[])
    names = ready.order_by("name").values_list("name", flat=True).distinct()
    found: list[tuple[str, Any]] = [("", _("None: it closes without a word")), *((name, name) for name in names)]
    return found if now in dict(found) else [*found, (now, now)]


class AccountForm(AgencyForm):
    origins = forms.CharField(
        label=gettext_lazy("Other sites that may show it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("One address a line, as https://www.example.gov.br. This site always may."),
    )

    class Meta:
        model = Account
        fields = ["name", "key", "line", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        account: Account = self.instance
        fields: dict[str, Any] = self.fields
        fields["line"].label = _("Leads to")
        fields["line"].help_text = _("Where people who come in here wait.")
        fields["line"].queryset = fields["line"].queryset.filter(Q(is_active=True) | Q(pk=account.line_id))
        if account.pk:
            del fields["key"]
        else:
            account.channel = "webchat"
            fields["key"].label = _("Address")
            fields["key"].help_text = _("A short word without spaces or accents: the chat opens at /chat/WORD/.")
            fields["key"].validators.append(validate_slug)
        if account.channel != "webchat":
            del fields["origins"]
        elif account.pk:
            self.initial["origins"] = "\n".join(account.origins)

    def clean_origins(self) -> str:
        self.instance.origins = self.cleaned_data["origins"].split()
        return str(self.cleaned_data["origins"])


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The lines by name with who waits and who serves, and the ways in."""
    agency = own_agency(request)
    waiting = Count("conversations", filter=Q(conversations__state=State.WAITING), distinct=True)
    lines = (
        Line.objects.filter(agency=agency)
        .annotate(waiting=waiting, people=Count("attendants", distinct=True))
        .order_by("-is_active", SortKey("name"))
    )
    accounts = Account.objects.filter(agency=agency).select_related("line").order_by("-is_active", "channel", "name")
    titles = dict(interviews_of(agency.pk))
    rows = [{"line": line, "interview": titles.get(line.interview, line.interview)} for line in lines]
    ways = [{"account": account, "channel": CHANNELS.get(account.channel, account.channel)} for account in accounts]
    return render(request, "console/settings/lines.html", {"rows": rows, "ways": ways})


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a line or change one."""
    line = mine(Line, request, pk) if pk else None
    return edit_page(
        request,
        LineForm(request.POST or None, instance=line, agency=own_agency(request)),
        action=lambda obj: change_line(actor=request.actor, line=obj),
        done=_("The line is saved."),
        back=lambda obj: reverse("console:settings_lines"),
        title=line.name if line else _("New line"),
        trail=[(_("Lines and ways in"), reverse("console:settings_lines"))],
        fieldsets=[
            (
                "",
                "",
                [
                    "name",
                    "interview",
                    "interview_by_mail",
                    "calendar",
                    "automatic",
                    "open_to_others",
                    "is_active",
                ],
            ),
            (
                _("What we say by ourselves"),
                "",
                ["off_hours_notice", "closing_notice", "closing_template", "quiet_hours", "asks_grade"],
            ),
        ],
        short=["quiet_hours"],
        remove_url=reverse("console:settings_line_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    line = mine(Line, request, pk)
    return remove_page(
        request,
        lambda: remove_line(actor=request.actor, line=line),
        done=_("The line is removed."),
        back=reverse("console:settings_lines"),
        stay=reverse("console:settings_line", args=[pk]),
    )


@staff_page("settings.edit")
def account(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Open a web chat, or change where one of the ways in leads."""
    found, tag = mine(Account, request, pk) if pk else None, ""
    if found and found.channel == "webchat":
        widget = request.build_absolute_uri(reverse("webchat:widget"))
        tag = f'<script src="{widget}" data-chat="{found.key}" async></script>'
    return edit_page(
        request,
        AccountForm(request.POST or None, instance=found, agency=own_agency(request)),
        action=lambda obj: change_account(actor=request.actor, account=obj),
        done=_("Saved. Whoever comes in here from now on waits in this line."),
        back=lambda obj: reverse("console:settings_lines"),
        title=found.name if found else _("New web chat"),
        trail=[(_("Lines and ways in"), reverse("console:settings_lines"))],
        fieldsets=[("", "", ["name", "key", "line", "origins", "is_active"])],
        template="console/settings/account.html",
        tag=tag,
        remove_url=reverse("console:settings_account_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove_way(request: StaffRequest, pk: int) -> HttpResponse:
    found = mine(Account, request, pk)
    return remove_page(
        request,
        lambda: remove_account(actor=request.actor, account=found),
        done=_("It is removed."),
        back=reverse("console:settings_lines"),
        stay=reverse("console:settings_account", args=[pk]),
    )
