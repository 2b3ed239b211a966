"""WCAG 2.2: 1.4.3 (text, 4.5 : 1) and 1.4.11 (controls and focus, 3 : 1) for every theme, light and dark."""

import gzip
import json

import pytest

from .conftest import FRONTEND

TOKENS = json.loads((FRONTEND / "tokens.json").read_text())
DRESSES = [(theme, scheme) for theme in TOKENS["themes"] for scheme in ("light", "dark")]
TEXT = [
    *[(ink, ground) for ink in ("text", "muted", "primary", "primary-hover") for ground in ("bg", "surface", "sunken")],
    ("on-primary", "primary"), ("on-primary", "primary-hover"), ("on-primary-soft", "primary-soft"),
    ("on-brand", "brand"),
    ("on-accent", "accent"), ("on-danger", "danger"), ("text", "primary-soft"),
    *[(tone, f"{tone}-soft") for tone in ("info", "success", "warning", "danger", "neutral")],
    *[("text", f"{tone}-soft") for tone in ("info", "success", "warning", "danger", "neutral")],
    ("danger", "bg"), ("danger", "surface"),
]  # fmt: skip
SHAPES = [
    ("border-strong", "surface"),
    ("border-strong", "bg"),
    ("focus", "bg"),
    ("focus", "surface"),
    ("focus", "sunken"),
    ("accent", "brand"),
]


def luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize(("theme", "scheme"), DRESSES)
def test_every_pair_of_colours_can_be_told_apart(theme, scheme):
    colours = {**TOKENS["themes"][theme][scheme], **TOKENS["tones"][scheme]}
    weak = [
        f"{a} on {b}: {contrast(colours[a], colours[b]):.2f}" for a, b in TEXT if contrast(colours[a], colours[b]) < 4.5
    ]
    weak += [
        f"{a} beside {b}: {contrast(colours[a], colours[b]):.2f}"
        for a, b in SHAPES
        if contrast(colours[a], colours[b]) < 3
    ]
    assert weak == []


def test_every_theme_has_the_same_names():
    names = {scheme: {frozenset(t[scheme]) for t in TOKENS["themes"].values()} for scheme in ("light", "dark")}
    assert all(len(found) == 1 for found in names.values())


def test_a_portal_page_stays_small(built):
    def packed(name: str) -> int:
        return len(gzip.compress((built / name).read_bytes()))

    assert packed("app.js") < 40_000, "scripts of a page without a map"
    assert packed("app.css") < 16_000
    assert (built / "atkinson.woff2").stat().st_size < 40_000
