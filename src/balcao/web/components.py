"""The components that need more than a template: each returns the context of its partial in templates/web/components/.

Page authors use them through `{% load web %}`; README.md lists every parameter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.forms import BaseForm
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import formatting
from .fields import view_of

# state code → (tone, icon). A word beside the icon always says the same, so that colour alone tells nothing.
STATES: dict[str, tuple[str, str]] = {
    "triage": ("info", "inbox"),
    "working": ("info", "wrench"),
    "waiting": ("warning", "pause"),
    "review": ("info", "eye"),
    "drafting": ("info", "edit"),
    "answering": ("info", "send"),
    "following": ("neutral", "merge"),
    "gathered": ("info", "users"),
    "closed": ("success", "check-circle"),
    "refused": ("danger", "x-circle"),
    "issued": ("info", "inbox"),
    "accepted": ("info", "check"),
    "planned": ("info", "calendar"),
    "reported": ("info", "clipboard"),
    "filed": ("info", "clipboard"),
    "sent_back": ("warning", "reply"),
    "done": ("success", "check-circle"),
    "given_back": ("warning", "reply"),
    "cancelled": ("neutral", "x"),
    "queued": ("neutral", "clock"),
    "sent": ("info", "send"),
    "delivered": ("success", "check-circle"),
    "read": ("success", "eye"),
    "given_up": ("danger", "x-circle"),
    "failed": ("danger", "x-circle"),
    "overdue": ("danger", "alert"),
    "draft": ("neutral", "edit"),
    "published": ("success", "globe"),
    "active": ("success", "check"),
    "inactive": ("neutral", "eye-off"),
}
TONE_ICONS = {"info": "info", "success": "check-circle", "warning": "alert", "danger": "x-circle", "neutral": "info"}


def html_attrs(extra: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments of a tag as HTML attributes: `hx_get` → `hx-get`; None and False are left out."""
    return {key.rstrip("_").replace("_", "-"): value for key, value in extra.items() if value not in (None, False)}


def button(label: str, **options: Any) -> dict[str, Any]:
    """A button, or a link that looks like one when `href` is given. Unknown options become HTML attributes."""
    own = {
        key: options.pop(key, default)
        for key, default in {
            "variant": "primary", "href": "", "type": "submit", "icon": "", "icon_after": "",
            "size": "", "full": False, "icon_only": False,
        }.items()
    }  # fmt: skip
    confirm, shortcut = options.pop("confirm", ""), options.pop("shortcut", "")
    attrs = html_attrs(options)
    if confirm:
        attrs["data-confirm"] = confirm
    if shortcut:
        attrs["data-shortcut"] = shortcut
    return {"label": label, "attrs": attrs, **own}


def field(source: Any, **overrides: Any) -> dict[str, Any]:
    return {"f": view_of(source, **overrides)}


def error_summary(form: BaseForm | None = None, errors: Iterable[Mapping[str, str]] = ()) -> dict[str, Any]:
    """Every error once, each a link to its field. `errors`: dicts {message, id | name, label}."""
    items: list[dict[str, str]] = []
    if form is not None and form.is_bound:
        items += [{"message": str(message), "id": "", "label": ""} for message in form.non_field_errors()]
        for bound in form:
            items += [{"message": str(m), "id": bound.auto_id, "label": str(bound.label)} for m in bound.errors]
    for error in errors:
        target = error.get("id") or (f"id_{error['name']}" if error.get("name") else "")
        items.append({"message": str(error["message"]), "id": target, "label": str(error.get("label", ""))})
    return {"errors": items}


def state_badge(state: Any, label: str = "") -> dict[str, Any]:
    """A state as a badge; `state` is a code or a TextChoices member (which brings its own label)."""
    code = str(getattr(state, "value", state))
    tone, icon = STATES.get(code, ("neutral", "dot"))
    return {"label": label or str(getattr(state, "label", code.replace("_", " "))), "tone": tone, "icon": icon}


def deadline(due: date | datetime | None, **options: Any) -> dict[str, Any]:
    """The chip of a promised date. Options: `now`, `done_at` (when it was met), `paused`, `warn_days` (3), `href`,
    `here` (`formatting.Here`).

    The words say the state ("due in 3 days", "2 days late", "on time", "paused"); icon and colour repeat it.
    """
    href = options.get("href", "")
    if due is None:
        return {"due": None, "state": "none", "words": _("no date"), "icon": "calendar", "href": href}
    zone, language = options.get("here") or formatting.Here.now()
    done_at = options.get("done_at")
    compared = done_at or options.get("now") or timezone.now()
    day = timezone.localtime(compared, zone).date()
    due_day = timezone.localtime(due, zone).date() if isinstance(due, datetime) else due
    passed = compared > due if isinstance(due, datetime) else day > due
    given = bool(done_at), bool(options.get("paused")), options.get("warn_days", 3)
    state, icon, words = _promised(due_day, day, passed, *given, language)
    return {"due": due, "due_day": due_day, "state": state, "icon": icon, "words": words, "href": href}


@lru_cache(maxsize=10_000)
def _promised(
    due: date, day: date, passed: bool, done: bool, paused: bool, warn_days: int, _language: str | None
) -> tuple[str, str, str]:
    """State, icon and words of a promised day as seen from `day`: that of its end, or today. A list shows the same
    again and again."""
    late_days = (day - due).days
    if done:
        return ("late", "alert", _("done late")) if passed else ("met", "check-circle", _("done on time"))
    if paused:
        return "paused", "pause", _("clock paused")
    if passed and late_days < 1:
        return "overdue", "alert", _("overdue")
    if passed:
        return "overdue", "alert", _("%(duration)s late") % {"duration": formatting.duration(late_days * 86400)}
    state, icon = ("soon", "clock") if -late_days <= warn_days else ("ok", "calendar")
    return state, icon, _("due %(day)s") % {"day": formatting.day_words(due, day)}


def steps(labels: Iterable[str], current: int = 1) -> dict[str, Any]:
    """Progress through a form. `current` counts from 1."""
    names = list(labels)
    states = ["done" if n < current else "current" if n == current else "todo" for n in range(1, len(names) + 1)]
    return {"steps": list(zip(names, states, strict=True)), "current": current, "total": len(names)}


def table(
    columns: Iterable[Mapping[str, Any] | tuple[str, str]], rows: Iterable[Any], **options: Any
) -> dict[str, Any]:
    """Columns: (key, label) or {key, label, numeric}; rows: dicts or objects.

    Options: `caption`, `hide_caption`, `empty`, `row_href` (the key that holds a row's address).
    """
    heads = [dict(c) if isinstance(c, Mapping) else {"key": c[0], "label": c[1]} for c in columns]
    body = []
    for row in rows:
        cells = [{**head, "value": _value(row, head["key"]), "numeric": head.get("numeric", False)} for head in heads]
        body.append({"cells": cells, "href": _value(row, options["row_href"]) if options.get("row_href") else ""})
    return {
        "columns": heads,
        "rows": body,
        "caption": options.get("caption", ""),
        "hide_caption": options.get("hide_caption", False),
        "empty": options.get("empty") or _("Nothing here yet."),
    }


def rating(name: str = "score", **options: Any) -> dict[str, Any]:
    """0–10 as a radio group. Options: legend, help, error, value, low, high, required."""
    value = options.get("value")
    return {
        "name": name,
        "legend": options.get("legend") or _("How did it go?"),
        "help": options.get("help", ""),
        "error": options.get("error", ""),
        "scores": [{"n": n, "checked": value is not None and str(value) == str(n)} for n in range(11)],
        "low": options.get("low") or _("Very bad"),
        "high": options.get("high") or _("Very good"),
        "required": options.get("required", False),
    }


def wrap(content: SafeString, **context: Any) -> dict[str, Any]:
    return {"content": content, **context}


def _value(row: Any, key: str) -> Any:
    return row.get(key, "") if isinstance(row, Mapping) else getattr(row, key, "")
