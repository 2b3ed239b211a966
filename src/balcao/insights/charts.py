"""Charts as SVG, drawn on the server. Each stands beside the table that it is drawn from, which says the same in
figures: a chart is an image with a name and a description to whoever does not see it. Colours come from the style
sheet, by class; a second series is told by its hatching too, and what is not printed on a chart stands in its table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.utils.formats import number_format
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from .tables import Figure

WIDTH, HEIGHT, FOOT, LEFT = 340, 190, 24, 36
BAR, LINE, ROOM = 11, 17, 62  # of a lying bar: its height, its label's; what stands free for its figure
LONGEST = 50  # characters of a label that fit above a lying bar

Series = Sequence[tuple[Any, Sequence[Figure]]]


def _number(figure: Figure) -> float:
    return float(figure) if isinstance(figure, int | float) else 0.0


def _anything(series: Series) -> bool:
    return any(isinstance(figure, int | float) for _name, figures in series for figure in figures)


def nice(most: float) -> float:
    """The step of an axis: the next of 1, 2, 5 times a power of ten."""
    step = 1.0
    while True:
        for factor in (1, 2, 5):
            if most <= factor * step:
                return factor * step
        step *= 10


def upright(code: str, name: Any, labels: Sequence[str], series: Series, top: float = 0) -> SafeString:
    """Upright bars, up to two side by side for each label: for what comes one after the other, as months do. A hidden
    or missing figure has no bar. `code` tells the chart apart on its page, `top` is the axis' end where it has one.
    Empty where there is nothing to draw."""
    if not _anything(series):
        return SafeString("")
    end = top or 4 * nice(max([1.0, *(_number(figure) / 4 for _name, figures in series for figure in figures)]))
    wide = (WIDTH - LEFT - 2) / max(1, len(labels))
    each = min(16.0, wide * 0.84 / len(series))

    def height(value: float) -> float:
        return round(8 + (HEIGHT - FOOT - 8) * (1 - value / end), 1)

    parts = []
    for tick in range(0, 5):
        y, said = height(end * tick / 4), number_format(end * tick / 4, decimal_pos=0, force_grouping=True)
        if (end * tick / 4) % 1:
            said = number_format(end * tick / 4, decimal_pos=1)
        parts.append(f'<line class="chart-grid" x1="{LEFT}" x2="{WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text class="chart-tick" x="{LEFT - 5}" y="{y + 4}">{said}</text>')
    for place, label in enumerate(labels):
        middle = LEFT + wide * (place + 0.5)
        parts.append(f'<text class="chart-label" x="{middle:.1f}" y="{HEIGHT - 7}">{conditional_escape(label)}</text>')
        for turn, (_name, figures) in enumerate(series):
            value = _number(figures[place])
            if value > 0:
                x, y = middle - each * len(series) / 2 + each * turn, height(value)
                size = f'width="{each - 1.5:.1f}" height="{HEIGHT - FOOT - y:.1f}"'
                parts.append(f'<rect {_look(code, turn, series)} x="{x:.1f}" y="{y}" {size} rx="1.5"/>')
    return _framed(code, name, HEIGHT, parts, series)


def lying(
    code: str, name: Any, labels: Sequence[str], series: Series, said: Sequence[Sequence[str]], top: float = 0
) -> SafeString:
    """Lying bars under their labels, each with its figure in words (`said`, by series): for what has names, as services
    have. Empty where there is nothing to draw."""
    if not _anything(series):
        return SafeString("")
    end = top or max([1.0, *(_number(figure) for _name, figures in series for figure in figures)])
    parts, y = [], 0.0
    for place, label in enumerate(labels):
        short = label if len(label) <= LONGEST else label[: LONGEST - 1] + "…"
        parts.append(f'<text class="chart-name" x="0" y="{y + 12:.0f}">{conditional_escape(short)}</text>')
        y += LINE
        for turn, (_name, figures) in enumerate(series):
            width = (WIDTH - ROOM) * _number(figures[place]) / end
            if width:
                parts.append(
                    f'<rect {_look(code, turn, series)} x="0" y="{y:.0f}" width="{max(width, 1.5):.1f}"'
                    f' height="{BAR}" rx="1.5"/>'
                )
            words = conditional_escape(said[turn][place])
            parts.append(f'<text class="chart-figure" x="{width + 5:.1f}" y="{y + 10:.0f}">{words}</text>')
            y += BAR + 2
        y += 6
    return _framed(code, name, round(y), parts, series)


def _look(code: str, turn: int, series: Series) -> str:
    """The first of two series is hatched; of one alone there is nothing to tell apart."""
    return 'class="chart-solid"' if turn or len(series) == 1 else f'fill="url(#{code}-hatch)"'


def _framed(code: str, name: Any, height: int, parts: Sequence[str], series: Series) -> SafeString:
    about = _("The table below says the same in figures.")
    hatch, legend = "", ""
    if len(series) > 1:
        hatch = (
            f'<defs><pattern id="{code}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" '
            'patternTransform="rotate(45)"><rect class="hatch-ground" width="5" height="5"/>'
            '<rect class="hatch-line" width="2" height="5"/></pattern></defs>'
        )
        keys = "".join(
            f'<li><svg class="chart-key" viewBox="0 0 14 14" aria-hidden="true">'
            f'<rect {_look(code, turn, series)} width="14" height="14" rx="2"/></svg>{conditional_escape(label)}</li>'
            for turn, (label, _figures) in enumerate(series)
        )
        legend = f'<ul class="chart-legend">{keys}</ul>'
    drawn = (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-labelledby="{code}-name {code}-about">'
        f'<title id="{code}-name">{conditional_escape(name)}</title><desc id="{code}-about">{about}</desc>'
        f"{hatch}{''.join(parts)}</svg>{legend}"
    )
    return mark_safe(drawn)  # noqa: S308 - names and labels are escaped, the rest are our own numbers
