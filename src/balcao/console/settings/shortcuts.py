"""Ready-made replies and macros."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.models import CannedReply
from balcao.inbox.replies.actions import change_reply, remove_reply
from balcao.inbox.replies.wording import VARIABLES
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page

LANGUAGES = [("", gettext_lazy("Any language")), ("pt-br", "Português (Brasil)"), ("pt-pt", "Português (Portugal)"),
             ("en", "English"), ("es", "Español")]  # fmt: skip


class ReplyForm(AgencyForm):
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=LANGUAGES, required=False)

    class Meta:
        model = CannedReply
        fields = ["shortcut", "title", "body", "line", "language", "note", "then", "to_line", "hours", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["shortcut"].help_text = _("Attendants type / and this word.")
        fields["body"].help_text = _("These are filled in: %(which)s.") % {
            "which": ", ".join(f"{{{name}}} ({label})" for name, (label, _tell) in VARIABLES.items())
        }
        fields["line"].empty_label = _("All lines")
        fields["line"].help_text = _("Only for conversations of this line.")
        fields["language"].help_text = _("Only for conversations in this language.")
        fields["note"].help_text = _("Kept in the conversation; the person never sees it.")
        fields["then"].choices = CannedReply._meta.get_field("then").flatchoices  # type: ignore[union-attr]
        fields["to_line"].empty_label = "…"


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """All of them, by shortcut."""
    found = CannedReply.objects.filter(agency=own_agency(request)).select_related("line")
    return render(
        request, "console/settings/shortcuts.html", {"replies": found.order_by("-is_active", SortKey("shortcut"))}
    )


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add one, or change one."""
    reply = mine(CannedReply, request, pk) if pk else None
    afterwards = _("Leave it as it is, and it is a ready-made reply; with a note or a step it is a macro.")
    return edit_page(
        request,
        ReplyForm(request.POST or None, instance=reply, agency=own_agency(request)),
        action=lambda obj: change_reply(actor=request.actor, reply=obj),
        done=_("The reply is saved."),
        back=lambda obj: reverse("console:settings_shortcuts"),
        title=reply.title if reply else _("New ready-made reply"),
        trail=[(_("Ready-made replies"), reverse("console:settings_shortcuts"))],
        fieldsets=[
            ("", "", ["shortcut", "title", "body"]),
            (_("Where it is offered"), "", ["line", "language", "is_active"]),
            (_("What follows"), afterwards, ["note", "then", "to_line", "hours"]),
        ],
        remove_url=reverse("console:settings_shortcut_remove", args=[pk]) if pk else "",
    )


@staff_page("settings.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    reply = mine(CannedReply, request, pk)
    return remove_page(
        request,
        lambda: remove_reply(actor=request.actor, reply=reply),
        done=_("The reply is removed."),
        back=reverse("console:settings_shortcuts"),
        stay=reverse("console:settings_shortcut", args=[pk]),
    )
