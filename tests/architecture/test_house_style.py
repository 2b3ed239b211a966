"""The house style, as far as a machine can read it."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command

from tests.architecture.rooms import ROOT, SOURCE, sources, templates, tree, where

CEILING, TEST_CEILING = 400, 500
FRONT = SOURCE / "web" / "frontend"
PEOPLE = {"Case", "Conversation", "WorkOrder", "Person", "Message"}  # models whose rows are people's data


def _python() -> Iterator[Path]:
    for top in ("src", "tests", "tools", "bench"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if "migrations" not in path.parts and "node_modules" not in path.parts:
                yield path


def _front() -> Iterator[Path]:
    for path in sorted(FRONT.rglob("*")):
        if path.suffix in {".ts", ".css", ".mjs", ".js"} and "node_modules" not in path.parts:
            yield path


def test_a_file_can_be_read_in_one_sitting():
    long = []
    for path in [*_python(), *_front(), *templates()]:
        lines = len(path.read_text().splitlines())
        ceiling = TEST_CEILING if "tests" in path.parts or path.name.endswith(".test.ts") else CEILING
        if lines > ceiling:
            long.append(f"{path.relative_to(ROOT)}: {lines} lines, {ceiling} are allowed")
    assert not long, "\n".join(long)


def test_nothing_is_left_for_later():
    mark = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
    left = [
        where(path, number)
        for path in [*_python(), *_front(), *templates()]
        if path != Path(__file__).resolve()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if mark.search(line)
    ]
    assert not left, "\n".join(left)


@pytest.mark.django_db
def test_every_model_is_covered_by_its_migrations():
    said = io.StringIO()
    try:
        call_command("makemigrations", check=True, dry_run=True, verbosity=1, stdout=said)
    except SystemExit:
        pytest.fail(said.getvalue())


def _indexes(module: ast.Module) -> Iterator[ast.Call]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and node.name == "Meta":
            for statement in node.body:
                if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "indexes":
                    yield from (e for e in getattr(statement.value, "elts", []) if isinstance(e, ast.Call))


def test_every_index_names_the_query_that_needs_it():
    nameless, seen = [], 0
    for path in sources():
        lines = path.read_text().splitlines()
        for index in _indexes(tree(path)):
            seen += 1
            around = [lines[index.lineno - 2], *lines[index.lineno - 1 : index.end_lineno]]
            if not any("#" in line for line in around):
                nameless.append(where(path, index.lineno))
    assert seen > 10
    assert not nameless, "\n".join(nameless)


INLINE = [
    (re.compile(r"\sstyle\s*="), "a style attribute"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']"), "an event attribute"),
    (re.compile(r"\shx-on"), "an hx-on attribute, which is evaluated"),
    (re.compile(r"javascript:"), "a javascript: address"),
    (re.compile(r"<style"), "a style element"),
]
SCRIPT = re.compile(r"<script\b([^>]*)>")


def test_no_template_needs_an_exception_from_the_content_security_policy():
    wrong = []
    for path in templates():
        if path.suffix != ".html":
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            wrong += [f"{where(path, number)}: {what}" for pattern, what in INLINE if pattern.search(line)]
            for attributes in SCRIPT.findall(line):
                if "src=" not in attributes and "application/json" not in attributes:
                    wrong.append(f"{where(path, number)}: an inline script")
    assert not wrong, "\n".join(wrong)


def test_no_page_asks_another_host_for_anything():
    address = re.compile(r"""(?:src|href|action)=["']https?://""")
    wrong = [
        where(path, number)
        for path in templates()
        if path.name != "_vlibras.html" and "gallery" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if address.search(line) and "<a " not in line
    ]
    assert not wrong, "\n".join(wrong)


def _chains(module: ast.Module) -> Iterator[tuple[str, list[str], int]]:
    """(model, methods called after `.objects`, line) of each query in a module: Case.objects.filter(…).order_by(…).

    A subquery that hangs on an outer one (OuterRef) shows no more than that: it is left out."""
    inner: set[int] = set()
    for node in ast.walk(module):
        if not isinstance(node, ast.Call | ast.Attribute) or id(node) in inner:
            continue
        names: list[str] = []
        part: ast.AST = node
        while isinstance(part, ast.Call | ast.Attribute):
            inner.add(id(part))
            if isinstance(part, ast.Attribute):
                names.append(part.attr)
                part = part.value
            else:
                part = part.func
        correlated = any(getattr(n, "id", "") == "OuterRef" for n in ast.walk(node))
        if isinstance(part, ast.Name) and names and names[-1] == "objects" and not correlated:
            yield part.id, names[-2::-1], node.lineno


# What no actor asks for: (file below src/balcao, model). Each with the reason why nobody's sight is needed there.
UNSEEN: dict[tuple[str, str], str] = {
    ("channels/contract.py", "Case"): "the tests that every channel must pass, no page",
    ("channels/contract.py", "Message"): "the same",
    ("channels/whatsapp/fetching.py", "Message"): "locked, to see whether it was forgotten meanwhile; nobody reads it",
}


def test_a_face_shows_peoples_data_only_through_visible_to():
    wrong, seen = [], 0
    for face in ("console", "channels", "insights", "api"):
        for path in sources(SOURCE / face):
            for model, calls, line in _chains(tree(path)):
                if model in PEOPLE:
                    seen += 1
                    if "visible_to" not in calls and (str(path.relative_to(SOURCE)), model) not in UNSEEN:
                        wrong.append(f"{where(path, line)}: {model}.objects.{'.'.join(calls)}")
    assert seen, "the walk finds no query at all: it has gone blind"
    assert not wrong, "\n".join(wrong)


def test_nothing_is_written_in_save_or_in_a_signal():
    ours = [model for model in apps.get_models() if model.__module__.startswith("balcao.")]
    wrong = [f"{m._meta.label}.{name}()" for m in ours for name in ("save", "delete") if name in vars(m)]
    for path in sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("django.db.models.signals"):
                wrong.append(f"{where(path, node.lineno)}: a signal")
    assert ours and not wrong, "\n".join(wrong)


def test_an_action_is_marked_as_one():
    """`@action` turns a deadlock into a sentence for the person; a bare `@transaction.atomic` shows them a fault. What
    loads whole files in one go (the demonstration, a replay) answers to an operator."""
    loaders = ("config/demo/", "config/replay/")
    bare = [
        where(path, node.lineno)
        for path in sources()
        if not str(path.relative_to(SOURCE)).startswith(loaders)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(mark).startswith("transaction.atomic") for mark in node.decorator_list)
    ]
    assert not bare, "\n".join(bare)
