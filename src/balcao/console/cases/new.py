"""An attendant opens a case for somebody who came to the counter or called."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.core import signing
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from balcao.cases.actions import Location, Opened
from balcao.cases.actions.opening import MAX_DESCRIPTION
from balcao.catalog.models import Kind, Service
from balcao.citizens.actions import know_person
from balcao.citizens.models import PriorityGroup
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.opening import open_and_acknowledge
from balcao.organization.models import Agency, Place
from balcao.platform.access_codes import format_code, new_code
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.search import SortKey

SALT = "console.new-case"
HEARD = {"phone": gettext_lazy("By phone"), "counter": gettext_lazy("At the counter")}


@require_http_methods(["GET", "POST"])
@staff_page("case.open")
def new(request: StaffRequest) -> HttpResponse:
    """The form; then the protocol number and the access code, to be read out. Sent twice, it opens one case and shows
    the same code."""
    agency: Agency = request.user.agency  # type: ignore[union-attr, assignment]
    data = request.POST if request.method == "POST" else request.GET
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            opened = _open(request, agency)
        except Invalid as wrong:
            errors[wrong.field or "form"] = str(wrong.sentence)
        except Refusal as refusal:
            errors["form"] = str(refusal.sentence)
        else:
            context = {"case": opened.case, "code": format_code(opened.access_code)}
            return render(request, "console/cases/opened.html", context)
    fields = _fields(agency, data, errors)
    names = {f["name"]: str(f["label"]) for _title, group in fields for f in group}
    context = {
        "groups": fields,
        "token": data.get("token") or signing.dumps([secrets.token_hex(16), new_code()], salt=SALT),
        "errors": [
            {"message": m, "name": n if n in names else "", "label": names.get(n, "")} for n, m in errors.items()
        ],
    }
    return render(request, "console/cases/new.html", context, status=422 if errors else 200)


def _open(request: StaffRequest, agency: Agency) -> Opened:
    data = request.POST
    try:
        key, code = signing.loads(data.get("token", ""), salt=SALT)
    except signing.BadSignature:
        raise Invalid(_("This form is too old. Please send it again."), field="form") from None
    service = Service.objects.filter(pk=_id(data, "service"), agency=agency).first()
    if service is None:
        raise Invalid(_("Choose a service from the list."), field="service")
    if data.get("kind") not in Kind.values:
        raise Invalid(_("Choose a kind from the list."), field="kind")
    if not any(c.isalnum() for c in data.get("description", "")):
        raise Invalid(_("Please write a few words here."), field="description")
    return _open_for(request, agency, service, key, code)


@transaction.atomic
def _open_for(request: StaffRequest, agency: Agency, service: Service, key: str, code: str) -> Opened:
    """The person and the case together: a refused case leaves no person behind."""
    data = request.POST
    person = contact = None
    contacts = {kind: data.get(kind, "").strip() for kind in ("email", "phone")}
    if any([data.get("name", "").strip(), data.get("document", "").strip(), *contacts.values()]):
        if not data.get("name", "").strip():
            raise Invalid(_("Please write their name too, or leave all of it empty."), field="name")
        priority = PriorityGroup.objects.filter(pk=_id(data, "priority"), jurisdiction=agency.jurisdiction).first()
        person, points = know_person(
            actor=request.actor,
            agency_id=agency.pk,
            name=data["name"],
            document=data.get("document", "").strip(),
            contacts=contacts,
            priority=priority,
            locale=agency.locale,
        )
        contact = points.get("email") or points.get("phone")
    return open_and_acknowledge(
        actor=request.actor,
        service=service,
        kind=data["kind"],
        channel=data["channel"] if data.get("channel") in HEARD else "counter",
        description=data["description"],
        location=Location(
            address=data.get("address", "").strip()[:300],
            place=Place.objects.filter(pk=_id(data, "place"), agency=agency).first(),
        ),
        reporter=person,
        contact=contact,
        external_id=f"console:{key}",
        access_code=code,
        locale=agency.locale,
    )


def _id(data: Mapping[str, Any], name: str) -> int:
    text = str(data.get(name, ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


def _fields(
    agency: Agency, data: Mapping[str, Any], errors: Mapping[str, str]
) -> list[tuple[str, list[dict[str, Any]]]]:
    def field(name: str, label: str, **options: Any) -> dict[str, Any]:
        value = data.get(name, options.pop("default", ""))
        return {"name": name, "label": label, "value": value, "error": errors.get(name, ""), **options}

    services = Service.objects.filter(agency=agency, is_published=True).select_related("group")
    places = Place.objects.filter(agency=agency).exclude(kind="post").order_by(SortKey("name"))
    priorities = PriorityGroup.objects.filter(jurisdiction=agency.jurisdiction)
    return [
        (
            _("What"),
            [
                field(
                    "channel", _("How did they reach us?"), type="radio", default="phone", options=list(HEARD.items())
                ),
                field(
                    "service",
                    _("Service"),
                    type="select",
                    required=True,
                    options=[
                        {"value": "", "label": _("Choose the service…")},
                        *(
                            {"value": s.pk, "label": s.name, "group": s.group.name}
                            for s in services.order_by("group__position", "group__name", "group_id", SortKey("name"))
                        ),
                    ],
                ),
                field("kind", _("Kind"), type="select", default="solicitacao", options=list(Kind.choices)),
                field(
                    "description",
                    _("What do they tell?"),
                    type="textarea",
                    rows=5,
                    required=True,
                    maxlength=MAX_DESCRIPTION,
                    counter=True,
                ),
            ],
        ),
        (
            _("Where"),
            [
                field("address", _("Address"), maxlength=300, help=_("Street, number, a point of reference.")),
                field(
                    "place",
                    _("District"),
                    type="select",
                    options=[("", _("Not known")), *((p.pk, p.name) for p in places)],
                ),
            ],
        ),
        (
            _("Who"),
            [
                field("name", _("Name"), autocomplete="off", maxlength=200, help=_("Leave it empty if they prefer.")),
                field("document", _("CPF or CNPJ") if agency.jurisdiction == "BR" else _("NIF"), width="short"),
                field("email", _("E-mail"), type="email", autocomplete="off", help=_("The answer goes here.")),
                field("phone", _("Phone"), type="tel", autocomplete="off", width="short"),
                field(
                    "priority",
                    _("Legal priority"),
                    type="select",
                    options=[("", _("None")), *((p.pk, f"{p.name} ({p.law})") for p in priorities)],
                ),
            ],
        ),
    ]
