"""`balcao dialogue`: a look at the scripts of interviews, without a database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from balcao.dialogue import Script, ScriptError, Walk, load_script, walk
from balcao.inbox.interviews.definitions import load_definition, walk_definition

# What every demand is asked first: a service's own conditions may look at it (docs/reference/catalogue-format.md).
KINDS = ("solicitacao", "reclamacao", "denuncia", "sugestao", "elogio", "informacao")


@click.group()
def dialogue() -> None:
    """Look at the scripts of interviews."""


@dialogue.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
def check(files: tuple[Path, ...]) -> None:
    """Walk every branch of FILES: scripts, or interviews and services of an exported catalogue.

    Says how many ways lead through each, how many questions a person is asked, and which question nobody can come to.
    Ends with 1 when there is something to mend.
    """
    wrong = False
    for file in files:
        try:
            lines = list(_told(*_read(file)))
        except (YAMLError, UnicodeDecodeError) as fault:
            lines = [(True, f"is no YAML: {' '.join(str(fault).split())}")]
        except ScriptError as fault:
            lines = [(True, str(fault))]
        for bad, line in lines:
            wrong |= bad
            click.echo(f"{file}: {line}", err=bad)
    if wrong:
        raise SystemExit(1)


def _read(file: Path) -> tuple[Script, Walk]:
    """A script, an interview with its outcomes, or a service's questions: what it asks, and the walk through it."""
    data: Any = YAML(typ="safe").load(file.read_text("utf-8"))
    if isinstance(data, dict) and "group" in data:  # a service; its charter has a text called “steps” too
        data = _of_service(data)
    if not isinstance(data, dict) or "version" in data:
        script = load_script(data)
        return script, walk(script)
    return load_definition(data).script, walk_definition(data)


def _of_service(service: dict[str, Any]) -> dict[str, Any]:
    kinds = service.get("kinds") or KINDS
    kind = {"code": "kind", "type": "singlevaluelist", "prompt": "kind", "required": True}
    options = [{"value": str(value), "label": str(value)} for value in kinds]
    questions = [kind | {"options": options}, *(service.get("questions") or [])]
    step = {"slug": "service", "title": str(service.get("name") or "service"), "questions": questions}
    return {"slug": service.get("slug"), "version": 1, "steps": [step]}


def _told(script: Script, found: Walk) -> Iterator[tuple[bool, str]]:
    """(to be mended, sentence)."""
    asked = sum(1 for question in script.questions() if question.asks)
    ends = f"; may end at {', '.join(found.ends)}" if found.ends else ""
    some = "" if found.whole else " at least (too many to walk them all)"
    people = f"{found.shortest} to {found.longest} questions asked"
    yield False, f"{asked} questions, {found.branches} branches{some}, {people}{ends}"
    for code in found.unreachable:
        yield True, f"nobody can come to “{code}”: its condition is never true after the answers before it"
    for code in found.untried:
        yield False, f"no way that was tried came to “{code}”"
