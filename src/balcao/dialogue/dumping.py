"""Scripts to plain data (what JSON or YAML holds), as `loading` reads them."""

from __future__ import annotations

from typing import Any

from .computing import dump_term
from .conditions import dump_condition
from .loading import QUESTION_KEYS
from .questions import Option, Question
from .scripts import Running, Script, Step
from .text import Text


def dump_script(script: Script) -> dict[str, Any]:
    """Plain data that `load_script` reads back to an equal script; what is left at its default is left out."""
    table: dict[str, Any] = {"slug": script.slug, "version": script.version}
    if script.running is not Running.FINISH:
        table["running"] = script.running.value
    if script.title:
        table["title"] = script.title.data()
    table["steps"] = [_dump_step(step) for step in script.steps]
    return table


def _dump_step(step: Step) -> dict[str, Any]:
    table: dict[str, Any] = {"slug": step.slug, "title": step.title.data()}
    if step.intro:
        table["intro"] = step.intro.data()
    table["questions"] = [_dump_question(question) for question in step.questions]
    return table


def _dump_question(question: Question) -> dict[str, Any]:
    table: dict[str, Any] = {"code": question.code, "type": question.type.value}
    for key in QUESTION_KEYS[2:-1]:
        value = getattr(question, key)
        if isinstance(value, Text):
            value = value.data()
        if key == "options":
            value = [_dump_option(option) for option in value]
        elif key in ("validators", "unsure"):
            value = [str(name) for name in value]
        elif key == "currency" and value == "BRL":
            continue
        elif key == "compute" and value is not None:
            value = dump_term(value)
        elif key == "when" and value is not None:
            value = dump_condition(value)
        if value is None or (value is False and key != "default") or value in ("", []):
            continue
        table[key] = value
    return table


def _dump_option(option: Option) -> dict[str, Any]:
    table: dict[str, Any] = {"value": option.value, "label": option.label.data()}
    if option.help:
        table["help"] = option.help.data()
    return table
