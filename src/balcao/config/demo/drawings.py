"""Pictures for the demonstration, drawn: no photo of a real street, no licence to ask."""

from __future__ import annotations

import random
from collections.abc import Callable
from io import BytesIO

from PIL import Image, ImageDraw, ImageFilter

W, H = 960, 720
Pen = ImageDraw.ImageDraw


def drawing(name: str, *, after: bool = False, seed: int = 1) -> BytesIO:
    """A JPEG of 960 × 720 by name: "tree", "pothole", "rubble", "lamp". `after`: the same place, mended."""
    rng = random.Random(f"{name}{seed}")  # noqa: S311  a drawing, no secret
    picture = Image.new("RGB", (W, H), "#bcd9e8")
    pen = ImageDraw.Draw(picture)
    DRAW[name](pen, rng, after)
    picture = picture.filter(ImageFilter.GaussianBlur(0.8))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=82)
    buffer.seek(0)
    buffer.name = f"{name}-{'depois' if after else 'antes'}.jpg"
    return buffer


def _street(pen: Pen, rng: random.Random, *, night: bool = False) -> None:
    """Sky, houses, pavement, road."""
    for y in range(420):
        shade = y / 420
        top, low = ((18, 26, 52), (44, 52, 84)) if night else ((142, 190, 222), (224, 236, 240))
        pen.line([(0, y), (W, y)], fill=tuple(int(a + (b - a) * shade) for a, b in zip(top, low, strict=True)))
    x = -30
    while x < W:
        width, height = rng.randint(150, 230), rng.randint(130, 220)
        colour = rng.choice(["#e8c9a0", "#d9b7a6", "#c8d3b6", "#e6d9b8", "#b9c6d2", "#dcb0a0"])
        if night:
            colour = rng.choice(["#2d3350", "#343a58", "#293049"])
        pen.rectangle([x, 440 - height, x + width, 440], fill=colour)
        pen.polygon(
            [(x - 12, 440 - height), (x + width / 2, 390 - height), (x + width + 12, 440 - height)], fill="#9c5a44"
        )
        for wx in range(x + 24, x + width - 40, 66):
            pane = "#f3d27a" if night and rng.random() < 0.5 else "#5f7c8c"
            pen.rectangle([wx, 470 - height, wx + 36, 516 - height], fill=pane, outline="#f2efe6", width=4)
        pen.rectangle([x + width - 62, 366, x + width - 26, 440], fill="#6b4a36")
        x += width + rng.randint(4, 26)
    pen.rectangle([0, 440, W, 520], fill="#5a5c68" if night else "#c9c3b8")
    for x in range(0, W, 80):
        pen.line([(x, 440), (x - 30, 520)], fill="#4d4f5a" if night else "#b5aea2", width=2)
    pen.rectangle([0, 520, W, 534], fill="#45464f" if night else "#a09a90")
    pen.rectangle([0, 534, W, H], fill="#2c2d36" if night else "#6c6e73")
    for _ in range(900):
        x, y = rng.randint(0, W), rng.randint(536, H)
        pen.point((x, y), fill=rng.choice(["#5f6166", "#7b7d82"]) if not night else "#363742")
    for x in range(-40, W, 150):
        pen.polygon([(x, 640), (x + 80, 640), (x + 70, 652), (x - 10, 652)], fill="#e9e4d2" if not night else "#777467")


def _tree(pen: Pen, rng: random.Random, after: bool) -> None:
    _street(pen, rng)
    if after:
        pen.ellipse([420, 468, 540, 508], fill="#7a5a3c")
        pen.ellipse([446, 476, 514, 500], fill="#caa878")
        pen.line([(600, 500), (604, 380)], fill="#6b4a30", width=6)
        for _ in range(60):
            x, y = rng.gauss(604, 22), rng.gauss(366, 22)
            pen.ellipse([x - 9, y - 7, x + 9, y + 7], fill=rng.choice(["#5f9a4a", "#72ad58", "#4c8540"]))
        return

    def branch(x: float, y: float, dx: float, dy: float, width: int) -> None:
        if width < 2:
            return
        pen.line([(x, y), (x + dx, y + dy)], fill=rng.choice(["#6e5138", "#5c432e", "#7d6148"]), width=width)
        for _ in range(rng.choice([2, 2, 3])):
            turn = rng.uniform(-0.75, 0.75)
            branch(x + dx, y + dy, (dx - dy * turn) * 0.74, (dy + dx * turn) * 0.74, int(width * 0.62))

    branch(470, 505, 26, -125, 34)
    branch(494, 400, 90, -60, 14)
    for _ in range(34):
        x, y = rng.gauss(500, 130), rng.uniform(486, 516)
        pen.ellipse([x - 7, y - 3, x + 7, y + 3], fill=rng.choice(["#a5713a", "#8c5f31", "#c08a45"]))
    for y in (120, 136):
        pen.line([(0, y), (W, y + 18)], fill="#33363c", width=3)


def _pothole(pen: Pen, rng: random.Random, after: bool) -> None:
    _street(pen, rng)
    if after:
        pen.polygon([(330, 570), (640, 562), (690, 660), (300, 668)], fill="#3d3f44")
        return
    edge = [(480 + rx * (1 + rng.uniform(-0.12, 0.12)), 612 + ry) for rx, ry in _ring(170, 48)]
    pen.polygon(edge, fill="#4a4540")
    pen.polygon([(480 + (x - 480) * 0.74, 616 + (y - 612) * 0.7) for x, y in edge], fill="#2f2b28")
    pen.polygon([(500 + (x - 480) * 0.45, 622 + (y - 612) * 0.4) for x, y in edge], fill="#6d7f88")
    for _ in range(26):
        x, y = rng.gauss(480, 150), rng.gauss(650, 20)
        size = rng.randint(3, 9)
        pen.ellipse([x, y, x + size * 2, y + size], fill=rng.choice(["#4b4844", "#8a867f"]))
    pen.polygon([(742, 600), (762, 510), (776, 510), (796, 600)], fill="#e2632d")
    pen.polygon([(749, 570), (756, 540), (782, 540), (789, 570)], fill="#f4efe4")


def _ring(rx: float, ry: float) -> list[tuple[float, float]]:
    from math import cos, pi, sin

    return [(rx * cos(2 * pi * i / 40), ry * sin(2 * pi * i / 40)) for i in range(40)]


def _rubble(pen: Pen, rng: random.Random, after: bool) -> None:
    _street(pen, rng)
    if after:
        return
    for _ in range(150):
        x = rng.gauss(480, 110)
        y = 512 - max(0, 120 - abs(x - 480) * 0.75) * rng.random()
        size = rng.randint(10, 32)
        colour = rng.choice(["#b5563c", "#a34a33", "#8f8a82", "#c7c0b3", "#6f6a63", "#d6a97a"])
        turn = rng.uniform(-8, 8)
        pen.polygon([(x, y), (x + size, y + turn), (x + size - 4, y + size * 0.6), (x - 4, y + size * 0.55)], colour)
    pen.line([(400, 500), (520, 400)], fill="#7a5a3c", width=9)
    pen.rectangle([560, 430, 660, 512], fill="#4f6e8a", outline="#3e586f", width=4)
    pen.rectangle([560, 400, 660, 436], fill="#5d7f9e", outline="#3e586f", width=4)


def _lamp(pen: Pen, rng: random.Random, after: bool) -> None:
    _street(pen, rng, night=True)
    if after:
        for step in range(24):
            spread = 24 - step
            tone = 60 + step * 6
            pen.polygon(
                [(560, 170), (560 - spread * 14, 534), (560 + spread * 14, 534)], fill=(tone, tone - 6, tone // 2 + 20)
            )
    pen.rectangle([440, 150, 452, 520], fill="#8b8d94")
    pen.line([(446, 156), (560, 140)], fill="#8b8d94", width=8)
    pen.ellipse([536, 136, 592, 164], fill="#ffe9a8" if after else "#3a3c44")


DRAW: dict[str, Callable[[Pen, random.Random, bool], None]] = {
    "tree": _tree,
    "pothole": _pothole,
    "rubble": _rubble,
    "lamp": _lamp,
}
