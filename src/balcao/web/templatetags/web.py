"""`{% load web %}`: our components as tags. Parameters are in the room's README.md; the gallery shows each in use."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from balcao.web import components, formatting, icons
from balcao.web.formatting import escaped

register = template.Library()

register.filter("protocol", formatting.protocol)
register.filter("when", formatting.when)
register.filter("duration", formatting.duration)
register.filter("rich", formatting.rich)
register.filter("initial", formatting.initial)
register.filter("language_tag", formatting.language_tag)
register.simple_tag(icons.icon, name="icon")


@register.simple_tag
def languages() -> list[tuple[str, str]]:
    """(code, name) of ours, each named in itself: whoever looks for English looks for “English”."""
    return settings.LANGUAGES


def _partial(name: str) -> str:
    return f"web/components/{name}.html"


for _name in ("button", "field", "error_summary", "steps", "table", "rating"):
    register.inclusion_tag(_partial(_name), name=_name)(getattr(components, _name))


# Badges and dates stand in each line of each list: written here, escaped by the standard library, they cost a tenth of
# what a template of theirs did.
@register.simple_tag
def badge(label: str, tone: str = "neutral", icon: str = "") -> SafeString:
    drawn = icons.icon(icon) if icon else ""
    return SafeString(f'<span class="badge tone-{escaped(tone)}">{drawn}{escaped(label)}</span>')


@register.simple_tag
def state_badge(state: Any, label: str = "") -> SafeString:
    return badge(**components.state_badge(state, label))


@register.simple_tag
def deadline(due: Any, **options: Any) -> SafeString:
    found = components.deadline(due, **options)
    day = found.get("due_day")
    dated = f'<time datetime="{day.isoformat()}">{escaped(formatting.short_day(day))}</time>' if day else ""
    words = f'<span class="deadline-words">{escaped(found["words"])}</span>'
    inside = f"{icons.icon(found['icon'])}{dated}{words}"
    if href := found["href"]:
        return SafeString(f'<a class="deadline deadline-{found["state"]}" href="{escaped(href)}">{inside}</a>')
    return SafeString(f'<span class="deadline deadline-{found["state"]}">{inside}</span>')


@register.simple_tag
def console_nav(items: Any) -> SafeString:
    """The console's menu: the same for everybody with the same rights on pages of the same kind."""
    return _console_nav(tuple(tuple((name, str(value) if isinstance(value, Promise) else value)
                                    for name, value in item.items()) for item in items))  # fmt: skip


@lru_cache(maxsize=1000)
def _console_nav(items: tuple[tuple[tuple[str, Any], ...], ...]) -> SafeString:
    return render_to_string("web/_console_nav.html", {"items": [dict(item) for item in items]})


@register.inclusion_tag(_partial("timeline"))
def timeline(entries: Any, label: str = "", now: Any = None) -> dict[str, Any]:
    return {"entries": entries, "label": label, "now": now}


@register.inclusion_tag(_partial("pagination"))
def pagination(previous: str = "", next: str = "", label: str = "", note: str = "") -> dict[str, Any]:
    return {"previous": previous, "next": next, "label": label, "note": note}


@register.inclusion_tag(_partial("breadcrumbs"))
def breadcrumbs(trail: Any) -> dict[str, Any]:
    return {"trail": trail}


@register.inclusion_tag(_partial("tabs"))
def tabs(items: Any, label: str = "") -> dict[str, Any]:
    return {"items": items, "label": label}


@register.inclusion_tag(_partial("definition_list"))
def definition_list(items: Any, layout: str = "") -> dict[str, Any]:
    return {"items": items, "layout": layout}


@register.inclusion_tag(_partial("file_drop"))
def file_drop(name: str, label: str, **options: Any) -> dict[str, Any]:
    return {"name": name, "label": label, "id": f"id_{name}", "max_mb": 25, "multiple": True, **options}


@register.inclusion_tag(_partial("search"))
def search(action: str = "", **options: Any) -> dict[str, Any]:
    return {"action": action, "name": "q", "value": "", "size": "", "id": "search", **options}


def _block(name: str, content: SafeString, context: dict[str, Any]) -> str:
    return render_to_string(_partial(name), components.wrap(content, **context))


@register.simple_block_tag
def card(content: SafeString, title: str = "", **options: Any) -> str:
    return _block("card", content, {"title": title, "level": 2, **options})


@register.simple_block_tag
def notice(content: SafeString, tone: str = "info", title: str = "", **options: Any) -> str:
    return _block(
        "notice", content, {"tone": tone, "title": title, "icon": components.TONE_ICONS.get(tone, "info"), **options}
    )


@register.simple_block_tag
def empty_state(content: SafeString, title: str = "", icon: str = "inbox", level: int = 2) -> str:
    return _block("empty_state", content, {"title": title, "icon": icon, "level": level})


@register.simple_block_tag
def filters(content: SafeString, **options: Any) -> str:
    return _block(
        "filters", content, {"action": "", "clear": "", "label": "", "open": False, "count": 0, "chips": (), **options}
    )


@register.simple_block_tag
def dialog(content: SafeString, id: str = "", title: str = "") -> str:
    return _block("dialog", content, {"id": id, "title": title})
