"""`{% load web %}`: our components as tags. Parameters are in the room's README.md; the gallery shows each in use."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.template.loader import render_to_string
from django.template.loader_tags import BlockNode
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from balcao.web import components, formatting, icons
from balcao.web.formatting import Here, escaped

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


class _Steady(Node):
    most = 500  # drawings that one place in a template remembers

    def __init__(self, nodelist: NodeList, given: dict[str, FilterExpression]) -> None:
        self.nodelist, self.given = nodelist, given
        self.drawn: dict[tuple[Any, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        found = ((name, value.resolve(context)) for name, value in self.given.items())
        values = {name: str(value) if isinstance(value, Promise) else value for name, value in found}
        key = (get_language(), *((type(value), value) for value in values.values()))
        drawn = self.drawn.get(key)
        if drawn is None:
            if len(self.drawn) >= self.most:
                self.drawn.clear()
            drawn = self.drawn[key] = self.nodelist.render(context.new(values))
        return drawn


@register.tag
def steady(parser: Parser, token: Token) -> Node:
    """`{% steady n=alarm_count %}…{% endsteady %}`: what is the same for everybody who reads in this language, drawn
    once a process and remembered. Nothing stands within it but what is named here (numbers, short texts), so that
    nobody's words or tokens can come to somebody else."""
    given = token_kwargs(bits := token.split_contents()[1:], parser)
    if bits:
        raise template.TemplateSyntaxError(f"steady takes name=value, not {bits[0]}")
    nodelist = parser.parse(("endsteady",))
    parser.delete_first_token()
    if nodelist.get_nodes_by_type(BlockNode):
        raise template.TemplateSyntaxError("a page that extends this one would fill a block within steady for all")
    return _Steady(nodelist, given)


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
    state, href = found["state"], found["href"]
    inside = _chip(found.get("due_day"), found["icon"], found["words"], (options.get("here") or Here.now()).language)
    if href:
        return SafeString(f'<a class="deadline deadline-{state}" href="{escaped(href)}">{inside}</a>')
    return SafeString(f'<span class="deadline deadline-{state}">{inside}</span>')


@lru_cache(maxsize=10_000)
def _chip(day: date | None, icon: str, words: str, _language: str | None) -> str:
    dated = f'<time datetime="{day.isoformat()}">{escaped(formatting.short_day(day))}</time>' if day else ""
    return f'{icons.icon(icon)}{dated}<span class="deadline-words">{escaped(words)}</span>'


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


@register.simple_tag
def tabs(items: Any, label: str = "") -> SafeString:
    drawn, here = "", ""
    for item in items:
        words, count = escaped(item["label"]), item.get("count", "")
        said = f"{icons.icon(item['icon']) if item.get('icon') else ''}{words}"
        said += "" if count in (None, "") else f' <span class="count">{escaped(count)}</span>'
        current = ' aria-current="page"' if item.get("current") else ""
        here += words if current else ""
        drawn += f'<li><a href="{escaped(item["href"])}"{current}>{said}</a></li>'
    folded = _tabs_more(here, get_language()) if len(items) > 5 else ""
    name = escaped(label or _("Views"))  # outside of the text: what collects the words does not look into one
    return SafeString(f'<nav class="tabs" aria-label="{name}">{folded}<ul>{drawn}</ul></nav>')


@lru_cache(maxsize=1000)
def _tabs_more(here: str, _language: str | None) -> str:
    """On a phone: the view that is shown, and a way to all others."""
    drawn, every = icons.icon("chevron-down", size="sm"), escaped(_("Show all views"))
    every = f'<span class="visually-hidden">{every}</span>'
    return f'<details class="tabs-more"><summary>{here}{drawn}{every}</summary></details>'


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
