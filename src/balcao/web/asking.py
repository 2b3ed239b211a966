"""Questions of an interview as fields of a page: the same on the portal and at the attendant's counter.

`web/components/questions.html` draws them."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext as _

from balcao.dialogue import CURRENCIES, LACKS, Interview, Problem, Question, QuestionType, display, explain
from balcao.dialogue.conditions import dump_condition

INPUT = {
    QuestionType.TEXT: "textarea",
    QuestionType.DATE: "date",
    QuestionType.DATETIME: "datetime-local",
    QuestionType.EMAIL: "email",
    QuestionType.PHONE: "tel",
    QuestionType.MULTI: "checkboxes",
    QuestionType.CONSENT: "checkbox",
    QuestionType.BOOLEAN: "radio",
}
AUTOCOMPLETE = {"who_name": "name", "who_email": "email", "who_phone": "tel"}
MANY = 9  # options from which a list folds
FEW_POINTS = 5  # of a scale that is shown as choices
Posted = Mapping[str, Sequence[str]]
Districts = Sequence[tuple[str, str]]  # slug, name


@dataclasses.dataclass
class Shown:
    """One question on a page. `kind` chooses the partial: field, location, files, statement, end. `unsure`: boxes for
    whoever does not know it or does not have it."""

    kind: str
    code: str
    label: str
    help: str = ""
    error: str = ""
    field: dict[str, Any] = dataclasses.field(default_factory=dict)
    parts: dict[str, dict[str, Any]] = dataclasses.field(default_factory=dict)
    required: bool = False
    sensitive: bool = False
    when: str = ""  # the condition as JSON, for the script that hides what does not apply
    unsure: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    next_step: str = ""
    url: str = ""
    hidden: bool = False  # it does not apply, as far as is known


def foreseen(interview: Interview, slug: str) -> tuple[Question, ...]:
    """The questions of a step that apply if what is suggested in its fields is what the person means: a page without
    JavaScript shows them at once, and what turns out not to apply is passed over."""
    page = as_suggested(interview, slug).page(slug)
    return page.questions if page else ()


def as_suggested(interview: Interview, slug: str = "") -> Interview:
    """The interview if every suggestion (of one step, or of all) were what the person means."""
    likely = interview
    for question in (q for step in interview.script.steps if step.slug == (slug or step.slug) for q in step.questions):
        suggested = likely.suggestion(question.code)
        if question.code not in likely.answers and suggested is not None:
            likely = likely.give(question.code, suggested, now=interview.started_at).interview
    return likely


def show_all(
    interview: Interview,
    *,
    posted: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    districts: Districts = (),
    leave_out: frozenset[str] = frozenset(),
) -> list[tuple[str, str, list[Shown]]]:
    """The whole interview on one page: (slug, title, questions) of each step. What does not apply, as far as the
    answers and the suggestions tell, is `hidden`; a script shows it when it comes to apply."""
    likely = as_suggested(interview)
    steps = []
    for step in interview.script.steps:
        asked = [q for q in step.questions if q.code not in leave_out]
        shown = show(asked, interview, posted=posted, errors=errors, districts=districts)
        for one in shown:
            one.hidden = not one.error and not likely.applies(one.code)
        steps.append((step.slug, step.title.say(interview.language), shown))
    return steps


def show(
    questions: Sequence[Question],
    interview: Interview,
    *,
    posted: QueryDict | None = None,
    errors: Mapping[str, str] | None = None,
    districts: Districts = (),
) -> list[Shown]:
    """The page's questions. What was just posted is shown as it was typed; else the answer kept, else the default."""
    typed: Posted | None = dict(posted.lists()) if posted is not None else None
    drawn = [q for q in questions if q.type is not QuestionType.COMPUTED]
    return [_show(q, interview, typed, (errors or {}).get(q.code, ""), districts) for q in drawn]


def errors_of(problems: Sequence[Problem]) -> dict[str, str]:
    """The sentence for each question whose answer was not taken."""
    return {problem.code: explain(problem, translate=gettext) for problem in problems}


def summary(shown: Sequence[Shown]) -> list[dict[str, str]]:
    """What the error summary lists."""
    return [{"message": s.error, "id": _target(s), "label": s.label.rstrip("?:")} for s in shown if s.error]


def _target(shown: Shown) -> str:
    return f"id_{shown.code}.address" if shown.kind == "location" else f"id_{shown.code}"


def _show(question: Question, interview: Interview, typed: Posted | None, error: str, districts: Districts) -> Shown:
    language = interview.language
    label, why = question.prompt.say(language), question.why.say(language)
    hint = " ".join(part for part in (question.help.say(language), why) if part)
    if question.example:
        example = _("Example: %(example)s") % {"example": question.example.say(language)}
        hint = f"{hint} {example}".strip()
    base: dict[str, Any] = {
        "code": question.code,
        "label": label,
        "help": hint,
        "error": error,
        "required": question.required and not question.unsure,
        "unsure": _boxes(question, interview, typed),
        "when": json.dumps(dump_condition(question.when)) if question.when else "",
    }
    if question.type is QuestionType.STATEMENT:
        return Shown("statement", **base)
    if question.type is QuestionType.END:
        return Shown("end", **base, next_step=question.next_step.say(language), url=question.url)
    if question.type is QuestionType.FILES:
        return Shown("files", **base)
    value = interview.suggestion(question.code)
    if question.type is QuestionType.LOCATION:
        place = value if isinstance(value, dict) else {}
        return Shown("location", **base, parts=_place_fields(question, place, typed, districts))
    options = [
        {"value": o.value, "label": o.label.say(language), "help": o.help.say(language)} for o in question.options
    ]
    if question.type is QuestionType.BOOLEAN:
        options = [{"value": "yes", "label": _("Yes")}, {"value": "no", "label": _("No")}]
        value = None if value is None else ("yes" if value else "no")
    if question.type is QuestionType.SCALE:
        options = [{"value": str(point), "label": str(point), "help": ""} for point in question.points]
        value = None if value is None else str(value)
    if question.type in (QuestionType.NUMBER, QuestionType.MONEY) and value is not None:
        # as its reader writes it: 1.234 shown as it is kept would be read again as a thousand
        value = display(dataclasses.replace(question, type=QuestionType.NUMBER), value, language)
    if typed is not None:
        sent = typed.get(question.code, [])
        value = list(sent) if question.type is QuestionType.MULTI else (sent[0] if sent else "")
    kind = INPUT.get(question.type, "text")
    if question.type is QuestionType.SINGLE:
        kind = "radio" if len(options) < MANY else "select"
        if kind == "select" and not question.default:
            options = [{"value": "", "label": _("Choose one")}, *options]
    elif question.type is QuestionType.SCALE:
        kind = "radio" if len(options) <= FEW_POINTS else "select"
        options = options if kind == "radio" else [{"value": "", "label": _("Choose one")}, *options]
    drawn = {
        "name": question.code,
        "label": label,
        "help": hint,
        "error": error,
        "type": kind,
        "value": "" if value is None else value,
        "options": options,
        "required": base["required"],
        "sensitive": question.sensitive,
        "autocomplete": AUTOCOMPLETE.get(question.code, ""),
    }
    if question.type is QuestionType.TEXT:
        drawn |= {"maxlength": question.longest, "counter": True, "rows": 7}
    elif question.type is QuestionType.NUMBER:
        drawn |= {"inputmode": "decimal", "width": "short"}
    elif question.type is QuestionType.MONEY:
        drawn |= {"inputmode": "decimal", "width": "short", "prefix": CURRENCIES[question.currency]}
    elif question.type in (QuestionType.DATE, QuestionType.DATETIME) or question.type is QuestionType.DOCUMENT:
        drawn |= {"width": "short"}
    elif question.type is QuestionType.PHONE:
        drawn |= {"inputmode": "tel", "width": "short"}
    return Shown("field", **base, field=drawn, sensitive=question.sensitive)


def _boxes(question: Question, interview: Interview, typed: Posted | None) -> list[dict[str, Any]]:
    answer, boxes = interview.answers.get(question.code), []
    for lack in question.unsure:
        name = f"{question.code}.{lack}"
        marked = bool(typed.get(name)) if typed is not None else answer is not None and answer.lack is lack
        boxes.append(
            {"name": name, "type": "checkbox", "label": LACKS[lack].say(interview.language), "value": marked or ""}
        )
    return boxes


PLACE_LABELS = {
    "address": gettext_lazy("Street, square or place"),
    "number": gettext_lazy("Number, or near what"),
    "postcode": gettext_lazy("Postcode, if you know it"),
    "place": gettext_lazy("District"),
    "lat": gettext_lazy("Latitude"),
    "lon": gettext_lazy("Longitude"),
}


def _place_fields(
    question: Question, value: dict[str, Any], typed: Posted | None, districts: Districts
) -> dict[str, dict[str, Any]]:
    fields = {}
    for part, label in PLACE_LABELS.items():
        name = f"{question.code}.{part}"
        now = value.get(part, "") if typed is None else (list(typed.get(name, [])) or [""])[0]
        fields[part] = {"name": name, "label": label, "value": now, "maxlength": 250}
    fields["address"]["autocomplete"] = "street-address"
    for part in ("number", "postcode"):
        fields[part]["width"] = "short"
    fields["postcode"] |= {"inputmode": "numeric", "autocomplete": "postal-code"}
    for part in ("lat", "lon"):
        fields[part] |= {"inputmode": "decimal", "id": f"id_{question.code}_{part}", "width": "short"}
    if districts:
        names = [("", _("I do not know")), *districts]
        fields["place"] |= {"type": "select", "options": names}
    else:
        del fields["place"]
    return fields
