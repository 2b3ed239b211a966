"""Letters: the words that people receive, by what they are for, in each language, for all services or one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.actions import change_template, reset_template
from balcao.catalog.models import Outcome, Service, Template
from balcao.catalog.templates import FIELDS, fill, shipped, source
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.platform.errors import Invalid

from .editing import mine, own_agency
from .history import entries_of
from .letter_words import MEANINGS, PURPOSES


class LetterForm(forms.Form):
    use_required_attribute = False
    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=200)
    body = forms.CharField(label=gettext_lazy("Text"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 16}))


def sample(agency: Any, service: Service | None) -> dict[str, Any]:
    """Made-up data for the preview."""
    return {
        "person": "Maria", "protocol": "2026 0000 1234 56", "access_code": "7K3M-9QRT", "agency": agency.name,
        "service": service.name if service else _("Pruning or removal of a tree"), "kind": _("Request"),
        "area": _("Trees and gardens"), "due": _("20 December 2026"), "opened": _("20 November 2026"),
        "days": 3, "hours": 24,
        "link": f"{settings.BASE_URL.rstrip('/')}/acompanhar/", "staff": "João", "outcome": _("Solved"),
        "report": _("We removed the branch and cleaned the pavement on Tuesday."),
        "because": _("the tree stands on private ground"),
        "subject": _("Your request has its answer"),
        "body": _("Here stands the text itself."),
    }  # fmt: skip


def letters_of(locale: str) -> Iterator[tuple[str, str, str]]:
    """(purpose, outcome, title) of every letter that can be edited."""
    for purpose, title in PURPOSES.items():
        if purpose == "answer":
            for outcome in shipped(locale)["answer"]:
                yield purpose, outcome, f"{title}: {Outcome(outcome).label}"
        else:
            yield purpose, "", str(title)


def _asked(request: StaffRequest) -> tuple[str, Service | None]:
    locale = request.GET.get("locale", "")
    if locale not in dict(settings.LANGUAGES):
        locale = own_agency(request).locale
    asked = request.GET.get("service", "")
    return locale, mine(Service, request, int(asked)) if asked.isdigit() else None


def _languages(request: StaffRequest, locale: str) -> list[dict[str, Any]]:
    found = []
    for code, name in settings.LANGUAGES:
        query = request.GET.copy()
        query["locale"] = code
        found.append({"label": name, "href": f"?{query.urlencode()}", "current": code == locale})
    return found


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """Every letter, with whose words it has: ours, the agency's, or the service's own."""
    locale, service = _asked(request)
    own = Template.objects.filter(agency=own_agency(request), locale=locale)
    agency_wide = {(t.purpose, t.outcome): t for t in own.filter(service=None)}
    special = {(t.purpose, t.outcome): t for t in own.filter(service=service)} if service else {}
    rows = []
    for purpose, outcome, title in letters_of(locale):
        if service is not None and title.startswith(str(_("To staff"))):
            continue
        query = f"?locale={locale}&outcome={outcome}" + (f"&service={service.pk}" if service else "")
        rows.append(
            {
                "title": title,
                "href": reverse("console:settings_letter", args=[purpose]) + query,
                "own": agency_wide.get((purpose, outcome)),
                "special": special.get((purpose, outcome)),
            }
        )
    context = {"rows": rows, "service": service, "languages": _languages(request, locale)}
    return render(request, "console/settings/letters.html", context)


@staff_page("settings.edit")
def edit(request: StaffRequest, purpose: str) -> HttpResponse:
    """Change one letter. “See how it reads” fills it with made-up data and saves nothing."""
    agency, (locale, service) = own_agency(request), _asked(request)
    outcome = request.GET.get("outcome", "")
    titles = {(p, o): title for p, o, title in letters_of(locale)}
    if (purpose, outcome) not in titles:
        raise Http404
    service_id = service.pk if service else None
    now = source(agency_id=agency.pk, service_id=service_id, purpose=purpose, outcome=outcome, locale=locale)
    key = {"agency": agency, "service": service, "purpose": purpose, "outcome": outcome, "locale": locale}
    template = Template.objects.filter(**key).first()
    form = LetterForm(request.POST or None, initial={"subject": now.subject, "body": now.body})
    shown = now
    if request.method == "POST" and form.is_valid():
        shown = type(now)(form.cleaned_data["subject"], form.cleaned_data["body"].replace("\r\n", "\n"))
        if "preview" not in request.POST and _save(request, form, template or Template(**key), shown):
            return redirect(f"{request.path}?{request.GET.urlencode()}")
    with translation.override(locale):
        fields = sample(agency, service)
    preview = {"subject": fill(shown.subject, fields), "body": fill(shown.body, fields)}
    if request.htmx and "preview" in request.POST:  # type: ignore[attr-defined]
        return render(request, "console/settings/_letter_preview.html", {"preview": preview})
    context = {
        "form": form, "preview": preview, "template": template, "service": service, "title": titles[purpose, outcome],
        "languages": _languages(request, locale), "fields": [(name, MEANINGS[name]) for name in FIELDS],
        "history": entries_of(template) if template else [], "address": request.GET.urlencode(), "purpose": purpose,
        "back": reverse("console:settings_letters") + (f"?service={service_id}" if service_id else ""),
    }  # fmt: skip
    return render(request, "console/settings/letter.html", context)


def _save(request: StaffRequest, form: LetterForm, template: Template, words: Any) -> bool:
    template.subject, template.body = words.subject, words.body
    try:
        return attempt(
            request,
            lambda: change_template(actor=request.actor, template=template),
            _("The letter is saved. Letters that were sent keep their words."),
        )
    except Invalid as error:
        form.add_error(error.field or None, str(error.sentence))
        return False


@staff_page("settings.edit")
def reset(request: StaffRequest, purpose: str) -> HttpResponse:
    """Back to the words behind: the agency's for a service's letter, else ours."""
    locale, service = _asked(request)
    outcome = request.GET.get("outcome", "")
    template = Template.objects.filter(
        agency=own_agency(request), service=service, purpose=purpose, outcome=outcome, locale=locale
    ).first()
    if request.method == "POST" and template is not None:
        attempt(
            request,
            lambda: reset_template(actor=request.actor, template=template),
            _("The letter has its former words again."),
        )
    return redirect(f"{reverse('console:settings_letter', args=[purpose])}?{request.GET.urlencode()}")
