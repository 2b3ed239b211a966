"""The documentation says what the code does: pages that come from it are current, names and commands exist."""

from __future__ import annotations

import ast
import re
import sys

import pytest

from balcao.config.cli import COMMANDS
from tests.architecture.rooms import ROOT, sources, tree

DOCS = ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md"])


@pytest.fixture(scope="module")
def generated():
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        import docs

        return docs.pages()
    finally:
        sys.path.remove(str(ROOT / "tools"))


@pytest.mark.parametrize("name", ["data-model.md", "events.md", "rules.md"])
def test_what_comes_from_the_code_is_current(generated, name):
    assert (DOCS / "reference" / name).read_text() == generated[name], "run `make docs`"


def _settings_in_code() -> set[str]:
    names = set()
    for path in sources():
        for node in ast.walk(tree(path)):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and re.fullmatch(r"BALCAO_[A-Z_]+|DATABASE_URL", text):
                names.add(text)
    return names


def test_every_setting_is_documented_and_every_documented_setting_exists():
    page = (DOCS / "reference" / "settings.md").read_text()
    documented = set(re.findall(r"^\| `(BALCAO_[A-Z_]+|DATABASE_URL)`", page, re.MULTILINE))
    assert documented == _settings_in_code()


def test_no_page_names_a_setting_that_does_not_exist():
    known = _settings_in_code()
    for page in PAGES:
        unknown = set(re.findall(r"\bBALCAO_[A-Z_]+\b", page.read_text())) - known
        assert not unknown, f"{page.relative_to(ROOT)}: {unknown}"


def test_every_command_in_the_docs_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    seen = 0
    for page in PAGES:
        blocks = re.findall(r"```(?:sh|ini|yaml)\n(.*?)```", page.read_text(), re.DOTALL)
        code = "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", page.read_text())])
        for command in re.findall(r"(?:^|\s|/)balcao ([a-z]+)", code):
            seen += 1
            assert command in COMMANDS, f"{page.relative_to(ROOT)}: balcao {command}"
        for target in re.findall(r"(?:^|\s)make ([a-z-]+)", code):
            assert target in targets, f"{page.relative_to(ROOT)}: make {target}"
    assert seen > 20


def test_every_link_between_the_pages_leads_somewhere():
    broken = []
    for page in PAGES:
        for link in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text()):
            if not link.startswith(("http://", "https://", "mailto:")) and not (page.parent / link).exists():
                broken.append(f"{page.relative_to(ROOT)} → {link}")
    assert not broken, "\n".join(broken)


def test_a_decision_is_short_and_says_context_decision_consequences():
    decisions = sorted((DOCS / "adr").glob("[0-9]*.md"))
    assert len(decisions) >= 10
    for number, page in enumerate(decisions, 1):
        text = page.read_text()
        assert page.name.startswith(f"{number:04d}-"), "numbered without a gap"
        assert len(text.splitlines()) <= 40, page.name
        for part in ("## Context", "## Decision", "## Consequences"):
            assert part in text, f"{page.name} has no {part}"
