"""The settings at a glance: one card for each thing that can be changed."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.workorders.trial import uncaught

# permission, address, icon, title, what it is for
CARDS = [
    ("settings.edit", "services", "book", _("Services and questions"), _("What people can ask for.")),
    ("settings.edit", "matrix", "route", _("Who takes care of what"), _("The rules that send each case to an area.")),
    ("settings.edit", "areas", "building", _("Areas"), _("The departments that act.")),
    ("settings.edit", "places", "map", _("Places"), _("Districts on the map, and service posts.")),
    ("settings.edit", "calendars", "calendar", _("Calendars"), _("Opening hours and holidays.")),
    ("settings.edit", "lines", "inbox", _("Lines and ways in"), _("Where conversations come in, and where they wait.")),
    ("settings.edit", "interviews", "message", _("Interviews"), _("What a conversation asks before a person answers.")),
    ("staff.edit", "attendants", "reply", _("Attendants"), _("Who talks with people, and with how many at once.")),
    ("settings.edit", "shortcuts", "message", _("Ready-made replies"), _("What attendants say again and again.")),
    ("settings.edit", "templates", "phone", _("WhatsApp templates"), _("What may be said after 24 hours.")),
    ("settings.edit", "letters", "mail", _("Letters"), _("The words that people receive from us.")),
    ("settings.edit", "agency", "building", _("The agency"), _("How long a case may wait in triage.")),
    ("staff.edit", "staff", "users", _("Staff and roles"), _("Who works here, and what each may do.")),
    ("staff.edit", "keys", "lock", _("Keys"), _("Which other systems come in, and what each may do.")),
    ("settings.edit", "webhooks", "send", _("Webhooks"), _("Which other systems are told what happens here.")),
    ("", "history", "clock", _("History"), _("Who changed what, and when.")),
]  # fmt: skip


@staff_page("settings.edit", "staff.edit")
def index(request: StaffRequest) -> HttpResponse:
    """The cards that the reader may open."""
    agency_id = request.actor.agency_id
    assert agency_id is not None
    cards = [
        {"href": f"/console/settings/{slug}/", "icon": icon, "title": title, "text": text}
        for permission, slug, icon, title, text in CARDS
        if not permission or request.actor.can(permission)
    ]
    missing = [u for u in uncaught(agency_id) if u.service.is_published] if request.actor.can("settings.edit") else []
    return render(request, "console/settings/index.html", {"cards": cards, "missing": missing})
