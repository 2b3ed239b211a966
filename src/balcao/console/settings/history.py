"""Who changed what, when, in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _

from balcao.catalog.models import ServiceVersion
from balcao.clocks.rules import rules
from balcao.console.shell import StaffRequest, render, staff_page
from balcao.organization.logs import changes_for, names_of
from balcao.platform.models import Revision
from balcao.workorders.models import ResponsibilityRule

from .letter_words import PURPOSES

SHOWN, PAGE = 15, 40
_QUIET = {"id", "agency_id", "position", "version", "slug", "unit", "area_unit", "source"}  # a unit is its rule's


# What has no page of its own: its changes stand in the history of what it belongs to (by this column).
PARTS = {
    "organization.workingcalendar": ("organization.holiday", "calendar_id"),
    "organization.staff": ("organization.membership", "staff_id"),
}


def entries_of(obj: models.Model, limit: int = SHOWN) -> list[dict[str, Any]]:
    """The newest changes of one object and of its parts, as the timeline shows them."""
    label = obj._meta.label_lower
    about = Q(model=label, object_id=obj.pk)
    if label in PARTS:
        part, column = PARTS[label]
        theirs = Revision.objects.filter(**{"model": part, f"changes__{column}__contains": obj.pk})
        about |= Q(model=part, object_id__in=theirs.values("object_id"))
    return _entries(Revision.objects.filter(about).order_by("-id")[:limit], under=label)


def _entries(revisions: Iterable[Revision], *, named: bool = False, under: str = "") -> list[dict[str, Any]]:
    """`named`: each says what it is about; `under`: what stands above them all and need not be said."""
    rows = list(revisions)
    names = names_of(rows)
    gone = {"key": _("another system"), "staff": _("a former colleague")}
    entries = []
    for row in rows:
        who = names.get((row.actor_kind, row.actor_id or 0), gone.get(row.actor_kind, _("the system")))
        model = _model(row.model)
        title = {"create": _("Added"), "delete": _("Removed")}.get(row.verb, _("Changed"))
        if named or (under and row.model != under):
            title = f"{_noun(model, row.model)} “{_name(row, model)}”: {title.lower()}"
        body = "\n".join(_sentences(row, model)) if row.verb == "change" else ""
        icon = {"create": "plus", "delete": "trash"}.get(row.verb, "edit")
        entries.append({"title": title, "when": row.at, "who": who, "body": body, "icon": icon})
    return entries


def _model(label: str) -> type[models.Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _noun(model: type[models.Model] | None, label: str) -> str:
    nouns = {
        "organization.agency": _("The agency"),
        "organization.area": _("Area"),
        "inbox.cannedreply": _("Ready-made reply"),
        "inbox.approvedtemplate": _("WhatsApp template"),
        "organization.place": _("Place"),
        "organization.workingcalendar": _("Calendar"),
        "organization.holiday": _("Calendar day"),
        "organization.role": _("Role"),
        "organization.staff": _("Colleague"),
        "organization.membership": _("Role of a colleague"),
        "organization.apikey": _("Key"),
        "api.subscription": _("Webhook"),
        "catalog.service": _("Service"),
        "catalog.servicegroup": _("Group"),
        "catalog.serviceversion": _("Questions"),
        "catalog.template": _("Letter"),
        "workorders.responsibilityrule": _("Rule"),
        "workorders.remotesystem": _("Another system"),
        "inbox.line": _("Line"),
        "inbox.account": _("Way in"),
        "inbox.attendant": _("Attendant"),
        "inbox.interview": _("Interview"),
    }
    return nouns.get(label) or (str(model._meta.verbose_name) if model else label)


def _name(row: Revision, model: type[models.Model] | None) -> str:
    if "purpose" in row.changes:
        purpose = row.changes["purpose"][1] or row.changes["purpose"][0]
        return str(PURPOSES.get(purpose, purpose))
    for key in ("name", "note"):
        if key in row.changes and any(row.changes[key]):
            return str(row.changes[key][1] or row.changes[key][0])
    if row.model == "organization.membership" and "role_id" in row.changes:
        role, area = (next(filter(None, row.changes[n]), None) for n in ("role_id", "area_id"))
        where = _value(_field(model, "area_id"), area) if area else _("The whole agency")
        return f"{_value(_field(model, 'role_id'), role)} · {where}".replace("“", "").replace("”", "")
    found = model._base_manager.filter(pk=row.object_id).first() if model else None
    if isinstance(found, ServiceVersion):
        return found.service.name
    if isinstance(found, ResponsibilityRule):
        about = found.service or found.group or found.place or _("Any service")
        return f"{about} → {found.area}"
    words = str(found) if found is not None else ""
    return words if words and "object (" not in words else str(row.object_id)


def _sentences(row: Revision, model: type[models.Model] | None) -> list[str]:
    found = []
    for name, (before, after) in row.changes.items():
        if name == "current_id":
            found.append(_("New questions"))
        elif name == "second_factor":
            found.append(_("The second factor was reset"))
        elif name == "definition":
            found.append(_("New words of the interview"))
        elif name == "published_at":
            found.append(_("Published"))
        elif name == "position":
            found.append(_("Moved from place %(a)s to %(b)s") % {"a": before, "b": after})
        elif name not in _QUIET:
            field = _field(model, name)
            label = str(getattr(field, "verbose_name", name.removesuffix("_id").replace("_", " "))).capitalize()
            label = _("The area's time, when shorter") if name == "area_amount" else label
            words = {"label": label, "before": _value(field, before), "after": _value(field, after)}
            found.append(_("%(label)s: from %(before)s to %(after)s") % words)
    return found


def _field(model: type[models.Model] | None, attname: str) -> models.Field | None:
    for field in model._meta.concrete_fields if model else ():
        if field.attname == attname:
            return field
    try:
        return model._meta.get_field(attname) if model else None  # type: ignore[return-value]
    except FieldDoesNotExist:
        return None


def _value(field: models.Field | None, value: Any) -> str:
    if value in (None, "", []):
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if field is not None and field.is_relation and field.related_model and isinstance(value, list):
        chosen = field.related_model._base_manager.filter(pk__in=value).order_by("pk")  # type: ignore[union-attr]
        return ", ".join(f"“{one}”" for one in chosen) or _("something that is gone")
    if field is not None and field.is_relation and field.related_model:
        found = field.related_model._base_manager.filter(pk=value).first()  # type: ignore[union-attr]
        return f"“{found}”" if found is not None else _("something that is gone")
    if field is not None and field.choices:
        value = dict(field.flatchoices).get(value, value)
    if field is not None and field.name in ("rule", "area_rule") and isinstance(value, str):
        value = next((r.name for r in rules() if r.slug == value), value)
    if isinstance(value, list):
        value = ", ".join(str(v) for v in value)
    words = str(value)
    return f"“{words[:117]}…”" if len(words) > 120 else f"“{words}”"


@staff_page("settings.edit", "staff.edit")
def page(request: StaffRequest) -> HttpResponse:
    """All changes of the agency's settings, newest first; `?before=` goes on."""
    found = changes_for(request.actor)
    if (before := request.GET.get("before", "")).isdigit():
        found = found.filter(pk__lt=int(before))
    rows = list(found[: PAGE + 1])
    more = f"?before={rows[PAGE - 1].pk}" if len(rows) > PAGE else ""
    context = {"history": _entries(rows[:PAGE], named=True), "more": more}
    return render(request, "console/settings/history.html", context)
