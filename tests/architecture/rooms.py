"""The rooms of the house as pyproject.toml's import-linter contract lists them: one list for every check."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "balcao"


@lru_cache
def layers() -> list[list[str]]:
    """The layers from top to bottom, each a list of independent rooms ("balcao.cases")."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    found = next(c["layers"] for c in contracts if c["type"] == "layers")
    return [[room.strip() for room in layer.split("|")] for layer in found]


def room_of(module: str) -> str | None:
    """The room that a dotted module stands in; None when it is not ours. A channel is a room of its own."""
    parts = module.split(".")
    if parts[0] != "balcao" or len(parts) < 2:
        return None
    return ".".join(parts[:3]) if parts[1] == "channels" and len(parts) > 2 else ".".join(parts[:2])


def height(room: str) -> int:
    """0 for the lowest layer. KeyError-like failure when a room stands in no layer: it must be given a place."""
    name = ".".join(room.split(".")[:2])
    for level, layer in enumerate(reversed(layers())):
        if name in layer:
            return level
    raise AssertionError(f"{room} stands in no layer of pyproject.toml")


def may_know(upper: str, lower: str) -> bool:
    """Whether `upper` may depend on `lower`: itself, or any room of a lower layer; never a sibling. The shared root of
    the channels ("balcao.channels") is open to each of them."""
    return (
        upper == lower or lower == "balcao.channels" == ".".join(upper.split(".")[:2]) or height(upper) > height(lower)
    )


def room_of_file(path: Path) -> str:
    module = ".".join(("balcao", *path.relative_to(SOURCE).parent.parts))
    return room_of(module) or "balcao"


def sources(under: Path = SOURCE) -> Iterator[Path]:
    """Our Python files, without migrations and tests."""
    for path in sorted(under.rglob("*.py")):
        if not {"migrations", "tests", "node_modules"} & set(path.parts):
            yield path


@lru_cache(maxsize=1024)
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), str(path))


def templates() -> Iterator[Path]:
    for path in sorted(SOURCE.rglob("templates/**/*")):
        if path.suffix in {".html", ".txt", ".svg", ".xml"} and "node_modules" not in path.parts:
            yield path


def where(path: Path, line: int) -> str:
    return f"{path.relative_to(ROOT)}:{line}"
