"""The staff's first page, the search box in the bar, and one's own preferences."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.own import choose_language

from .waiting import what_waits


@require_safe
@staff_page()
def home(request: StaffRequest) -> HttpResponse:
    """What waits for me, by what I may do. `?part=1` is the same without the frame, for the live refresh."""
    now = timezone.now()
    boxes = what_waits(request.actor, now)
    context = {
        "boxes": boxes,
        "waiting": [box for box in boxes if box.rows],
        "clear": [box for box in boxes if not box.rows],
        "now": now,
    }
    template = "console/home/_boxes.html" if "part" in request.GET else "console/home/home.html"
    return render(request, template, context)


@require_safe
@staff_page("case.read")
def search(request: StaffRequest) -> HttpResponse:
    """The box in the bar leads to the list of cases, over all of them."""
    return redirect(f"/console/cases/?{urlencode({'q': request.GET.get('q', '')})}")


@require_http_methods(["GET", "POST"])
@staff_page()
def me(request: StaffRequest) -> HttpResponse:
    """My language, and the ways to my password and second factor."""
    if request.method == "POST":
        locale = request.POST.get("locale", "")
        choose_language(actor=request.actor, staff=request.user, locale=locale)  # type: ignore[arg-type]
        with translation.override(locale):
            messages.success(request, _("Your language was changed."))
        response = redirect("console:me")
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)  # else the browser's last choice would win
        return response
    language = {
        "name": "locale",
        "label": _("Language of the console and of its letters to you"),
        "type": "select",
        "value": request.user.locale,  # type: ignore[union-attr]
        "options": settings.LANGUAGES,
    }
    return render(request, "console/home/me.html", {"language": language})
