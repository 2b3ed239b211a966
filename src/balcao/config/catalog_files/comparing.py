"""What the files would change, in lines that a person reads before saying yes."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from balcao.inbox.conversations.settings import OPENED_HERE
from balcao.inbox.models import Interview
from balcao.organization.models import Agency

from .nouns import ACCOUNTS, AGENCY, INTERVIEWS, MATRIX, NOUNS, RETENTION, SERVICES, Noun, Row, interview_row
from .reading import Entry, Files

LONG = 60
OFF = "switched off, not deleted"
KEPT = {"services": "unpublished, not deleted", "areas": OFF, "lines": OFF, "accounts": "closed, not deleted"}


@dataclass(eq=False)
class Difference:
    """One object that is added, changed or removed, or waits for something else (`note`). `fields`: (name, before,
    after)."""

    noun: Noun
    verb: str
    name: str
    entry: Entry | None
    obj: Any
    row: Row
    fields: list[tuple[str, Any, Any]] = field(default_factory=list)
    note: str = ""

    def lines(self) -> Iterator[str]:
        sign = {"add": "+", "change": "~", "remove": "-", "wait": "!"}[self.verb]
        yield f"{sign} {self.noun.name} {self.name}" + (f"  ({self.note})" if self.note else "")
        for name, before, after in self.fields:
            yield from _field_lines(name, before, after, self.verb)


def compare(agency: Agency, files: Files) -> list[Difference]:
    """The differences between the files and the agency, in the order in which they can be made."""
    found: list[Difference] = []
    for noun in NOUNS:
        if noun.name in files.entries:
            found += _of_noun(noun, agency, files)
    return found


def _of_noun(noun: Noun, agency: Agency, files: Files) -> Iterator[Difference]:
    existing = {noun.identity(row): (obj, row) for obj, row in noun.objects(agency)}
    for entry in files.entries[noun.name]:
        row = noun.full(entry.row)
        name = noun.identity(row | ({"#": entry.row["#"]} if "#" in entry.row else {}))
        obj, now = existing.pop(name, (None, None))
        note = ""
        if noun is SERVICES and row["published"] and not (now and now["published"]):
            # Promotion is two steps: what comes from a file is looked at before people find it.
            row["published"], note = False, "stays unpublished: publish it in the console"
        if noun is RETENTION and row["active"] and not (now and now["active"]):
            # … and what deletes people's words is switched on by somebody who looked at what it would delete.
            row["active"], note = False, "stays switched off: switch it on in the console"
        if noun is ACCOUNTS and row["active"] and not (now and now["active"]):
            row["active"], note = False, "stays closed: open it in the console"
        if noun is ACCOUNTS and now is None and row["channel"] not in OPENED_HERE:
            yield Difference(noun, "wait", name, entry, None, row, [], f"connect it first: balcao {row['channel']}")
            continue
        if noun is INTERVIEWS:
            if now != row and row in _drafts(agency, row["slug"]):
                continue
            note = "stays a draft: publish it in the console"
        if now is None:
            short = noun.short(row).items()
            yield Difference(noun, "add", name, entry, None, row, [(n, None, v) for n, v in short], note)
            continue
        fields = [(n, now.get(n), v) for n, v in row.items() if now.get(n) != v]
        if fields:
            yield Difference(noun, "change", name, entry, obj, row, fields, note)
    if noun.name in files.complete and noun not in (AGENCY, INTERVIEWS):  # an interview is asked where a line says so
        for name, (obj, now) in existing.items():
            if (now.get("active") is False and noun is not MATRIX) or (noun is SERVICES and not now["published"]):
                continue  # it is out of use already; its history stays
            note = KEPT.get(noun.name, "")
            yield Difference(noun, "remove", name, None, obj, now, [], note)


def _drafts(agency: Agency, slug: str) -> list[Row]:
    found = Interview.objects.filter(agency=agency, slug=slug, published_at=None)
    return [interview_row(draft) for draft in found]


def order_changed(agency: Agency, files: Files) -> bool:
    """Whether the rules that stay stand in another order."""
    if MATRIX.name not in files.entries:
        return False
    now = [MATRIX.identity(row) for _obj, row in MATRIX.objects(agency)]
    then = [MATRIX.identity(entry.row) for entry in files.entries[MATRIX.name]]
    return [n for n in now if n in then] != [n for n in then if n in now]


def _field_lines(name: str, before: Any, after: Any, verb: str) -> Iterator[str]:
    if name == "boundary":
        yield "    boundary: " + ("removed" if after is None else "changed" if before else "added")
        return
    old, new = _say(before), _say(after)
    if verb == "add":
        yield f"    {name}: {_cut(new)}"
    elif max(len(old), len(new)) <= LONG and "\n" not in old + new:
        yield f"    {name}: {old or '(nothing)'} → {new or '(nothing)'}"
    else:
        yield f"    {name}:"
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), n=1, lineterm=""):
            if not line.startswith(("---", "+++", "@@")):
                yield f"      {line}"


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 100 else f"{line[:97]}…"


def _say(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)
    return str(value)
