"""YAML that people write: read with the line of every part, written in one form, so that a change is a small diff."""

from __future__ import annotations

import io
import re
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarstring import LiteralScalarString


class NotYaml(ValueError):
    """`line`, from 1, is where it stops making sense; `problem` says why, in English."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"{line}: {problem}")
        self.line, self.problem = line, problem


def read_yaml(text: str) -> Any:
    """What `text` holds; its mappings and lists know their lines. Raises NotYaml."""
    try:
        return YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or error.context or "cannot be read").splitlines()[0]
        raise NotYaml(mark.line + 1 if mark else 1, f"this is not YAML: {problem}") from None
    except (YAMLError, RecursionError) as error:
        raise NotYaml(1, f"this is not YAML: {str(error).splitlines()[0]}") from None


def line_of(node: Any) -> int:
    """Where a mapping or list begins."""
    return node.lc.line + 1 if hasattr(node, "lc") else 1


def line_at(node: Any, path: str) -> int:
    """The line of the deepest part of `path` ("steps[0].questions[2].when") that exists below `node`."""
    line = line_of(node)
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path):
        part: Any = int(index) if index else key
        try:
            line = (node.lc.item(part) if index else node.lc.key(part))[0] + 1
            node = node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line


def plain(value: Any) -> Any:
    """ruamel's own types as Python's; dates stay dates."""
    if isinstance(value, CommentedMap | dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, CommentedSeq | list):
        return [plain(item) for item in value]
    if isinstance(value, bool | date) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return value


def as_json(value: Any) -> Any:
    """What JSON can hold of it: days and moments as text."""
    if isinstance(value, dict):
        return {key: as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


def write_yaml(data: Any) -> str:
    """`data` as YAML: keys as they stand, long texts over several lines, letters as they are."""
    yaml = YAML()
    yaml.width = 110
    yaml.allow_unicode = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    text = io.StringIO()
    yaml.dump(data if isinstance(data, CommentedMap) else _literal(data), text)  # what was read keeps its comments
    return text.getvalue()


def _literal(value: Any) -> Any:
    if isinstance(value, str):
        return LiteralScalarString(value) if "\n" in value else value
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return value
