"""Our small icon set, drawn inline so that a page needs no further request. Source: lucide (ISC licence)."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from pathlib import Path

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_SET = Path(__file__).parent / "icons.json"


@cache
def icon_set() -> dict[str, str]:
    """Icon name → inner SVG markup. `npm run icons` writes the file; its list of names is `frontend/icons.mjs`."""
    return json.loads(_SET.read_text())


def icon(name: str, label: str = "", size: str = "") -> SafeString:
    """`<svg>` for `name`. Without `label` it is decoration (hidden from screen readers). `size`: sm | lg | xl.

    An unknown name draws a plain dot: a misspelt icon must not take a page down, the gallery's test finds it.
    """
    if not label:
        return _decoration(name, size)
    css, shapes = _drawn(name, size)
    return format_html('<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', css, label, shapes)


@lru_cache(maxsize=1000)
def _decoration(name: str, size: str) -> SafeString:
    """Remembered: a list shows the same few a hundred times."""
    css, shapes = _drawn(name, size)
    return format_html('<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', css, shapes)


def _drawn(name: str, size: str) -> tuple[str, SafeString]:
    # our own file's markup, not a person's
    shapes = mark_safe(icon_set().get(name) or icon_set()["circle"])  # noqa: S308
    return f"icon icon-{size}" if size else "icon", shapes
