"""A service's own questions: a list of question data (see dialogue/README.md), kept with each version of the service.

`ServiceVersion.script` is `{"questions": [...]}`, with `"running": "move"` where interviews that began before are to go
on with this version (dialogue.Running); who shows them puts them between the questions that every demand has. They are
checked as a script of one step, so what is saved here always loads there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from balcao.dialogue import Question, Running, ScriptError, load_script, walk
from balcao.platform.errors import Invalid

from .models import Kind, ServiceVersion
from .scripts import STANDARD

WAYS = 300  # walked at once when questions are kept: a third of a second for two hundred questions at the worst


class BadQuestion(Invalid):
    """`path` is where, as `questions[2].when`; `field` the part of the question."""

    def __init__(self, path: str, reason: str) -> None:
        number = re.search(r"questions\[(\d+)\]", path)
        self.path = path
        sentence = _("Question %(n)s: %(why)s") % {"n": int(number[1]) + 1, "why": reason} if number else reason
        super().__init__(sentence, field=path.rsplit(".", 1)[-1], log=f"{path}: {reason}")


def questions_of(version: ServiceVersion | None) -> list[dict[str, Any]]:
    """The question data of a version; none for None."""
    return list((version.script if version else {}).get("questions") or [])


def running_of(version: ServiceVersion | None) -> str:
    """What a version says of the interviews that began before it: they `finish` with their own, or `move` over."""
    return str((version.script if version else {}).get("running") or Running.FINISH)


def check_questions(slug: str, questions: Sequence[Any], *, kinds: Sequence[str] = ()) -> None:
    """Raise BadQuestion, which says what is wrong and where, unless these can be asked, and somebody can come to each.

    Conditions may look at the questions before their own, and at `kind` where a service takes several."""
    if not questions:
        return
    asked = list(questions)
    before: list[dict[str, Any]] = []
    if len(kinds) > 1:
        options = [{"value": kind, "label": kind} for kind in kinds]
        before = [{"code": "kind", "type": "singlevaluelist", "prompt": "kind", "options": options}]
    for number, question in enumerate(asked):
        if isinstance(question, dict) and question.get("code") in STANDARD:
            raise BadQuestion(f"questions[{number}].code", _("This code is taken by a question that every demand has."))
    step = {"slug": "service", "title": slug, "questions": before + asked}
    try:
        script = load_script({"slug": slug, "version": 1, "steps": [step]})
    except ScriptError as error:
        path = re.sub(
            r"questions\[(\d+)\]",
            lambda m: f"questions[{int(m[1]) - len(before)}]",
            error.path.removeprefix("steps[0]."),
        )
        raise BadQuestion(path, error.reason) from None
    for code in walk(script, limit=WAYS).unreachable:
        number = next((n for n, question in enumerate(asked) if _stands_for(question, code)), 0)
        raise BadQuestion(
            f"questions[{number}].when", _("Nobody can come to this question: its condition never holds.")
        )


def _stands_for(question: dict[str, Any], code: str) -> bool:
    """Whether this is the question `code`, or the shorthand that was written out to it."""
    own = question["code"]
    return bool(code == own or (question.get("type") == "identity" and code.startswith(f"{own}_")))


def read_questions(version: ServiceVersion) -> list[Question]:
    """The service's own questions in order, to show with their answers; none when they can no longer be read."""
    kinds = [{"value": kind, "label": kind} for kind in Kind.values]
    kind = {"code": "kind", "type": "singlevaluelist", "prompt": "kind", "options": kinds}  # conditions may name it
    step = {"slug": "own", "title": "own", "questions": [kind, *questions_of(version)]}
    try:
        return list(load_script({"slug": "own", "version": 1, "steps": [step]}).questions())[1:]
    except ScriptError:
        return []
