"""One question as a form for somebody who has never seen its data, and as the person who answers will see it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.scripts import STANDARD
from balcao.dialogue import Text

TYPES = {
    "singlevaluelist": gettext_lazy("One choice from a list"),
    "multivaluelist": gettext_lazy("Several choices from a list"),
    "boolean": gettext_lazy("Yes or no"),
    "string": gettext_lazy("One line of words"),
    "text": gettext_lazy("Several lines of words"),
    "number": gettext_lazy("A number"),
    "money": gettext_lazy("An amount of money"),
    "scale": gettext_lazy("A grade from 0 to 10"),
    "name": gettext_lazy("Somebody's name"),
    "date": gettext_lazy("A date"),
    "datetime": gettext_lazy("A date and a time"),
    "statement": gettext_lazy("No question: just something to tell"),
    "end": gettext_lazy("No question: the request ends here, and nothing is sent"),
}
LISTS = ("singlevaluelist", "multivaluelist")
SILENT = ("statement", "end", "computed")
_INPUTS = {"string": "text", "text": "textarea", "number": "number", "date": "date", "datetime": "datetime-local"}
_ASKED = (
    "string",
    "text",
    "number",
    "money",
    "scale",
    "name",
    "date",
    "datetime",
    "singlevaluelist",
    "multivaluelist",
    "boolean",
    "email",
    "phone",
)


def said(text: Any, locale: str) -> str:
    return Text.of(text).say(locale) if text else ""


def in_language(old: Any, new: str, locale: str) -> Any:
    """`new` in one language; the other languages that `old` has stay."""
    return {**old, locale: new} if isinstance(old, dict) else new


class QuestionForm(forms.Form):
    """The parts of a question that a public servant decides; what it has besides (other languages, patterns) stays."""

    use_required_attribute = False
    prompt = forms.CharField(label=gettext_lazy("The question, as people read it"), max_length=300)
    type = forms.ChoiceField(label=gettext_lazy("How is it answered?"), widget=forms.RadioSelect)
    options = forms.CharField(
        label=gettext_lazy("Choices, one on each line"),
        help_text=gettext_lazy("Only for lists."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    required = forms.BooleanField(
        label=gettext_lazy("It must be answered"),
        help_text=gettext_lazy("Ask for as little as you can: each question loses somebody."),
        required=False,
    )
    help = forms.CharField(
        label=gettext_lazy("A word of help"),
        help_text=gettext_lazy("Stands below the question."),
        required=False,
        max_length=500,
    )
    why = forms.CharField(label=gettext_lazy("Why do we ask?"), required=False, max_length=300)
    next_step = forms.CharField(
        label=gettext_lazy("What can the person do instead?"),
        help_text=gettext_lazy("Only where the request ends."),
        required=False,
        max_length=500,
    )
    when = forms.ChoiceField(label=gettext_lazy("When is it asked?"), required=False)
    min = forms.FloatField(label=gettext_lazy("Smallest number"), required=False)
    max = forms.FloatField(label=gettext_lazy("Largest number"), required=False)

    def __init__(
        self,
        *args: Any,
        question: Mapping[str, Any] | None,
        before: Sequence[Mapping[str, Any]],
        taken: set[str],
        locale: str,
        **kwargs: Any,
    ) -> None:
        self.question, self.taken, self.locale = dict(question or {}), taken, locale
        old = self.question
        options = "\n".join(said(o["label"], locale) for o in old.get("options", []))
        initial = {k: said(old.get(k), locale) for k in ("prompt", "help", "why", "next_step")} | {
            "type": old.get("type", "singlevaluelist"),
            "options": options,
            "required": old.get("required", False),
            "when": json.dumps(old["when"], sort_keys=True) if old.get("when") else "",
            "min": old.get("min"),
            "max": old.get("max"),
        }
        super().__init__(*args, **kwargs, initial=initial)  # type: ignore[misc]
        types = dict(TYPES)
        if old.get("type") and old["type"] not in types:
            types[old["type"]] = old["type"]
        self.fields["type"].choices = list(types.items())  # type: ignore[attr-defined]
        self.fields["when"].choices = self._conditions(before)  # type: ignore[attr-defined]

    def _conditions(self, before: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        found = [("", _("Always"))]
        for q in before:
            prompt = said(q.get("prompt"), self.locale)
            for condition, words in _conditions_on(q, self.locale):
                sentence = _("Only when “%(question)s” is answered with “%(answer)s”")
                if not words:
                    sentence = _("Only when “%(question)s” was answered")
                found.append((json.dumps(condition, sort_keys=True), sentence % {"question": prompt, "answer": words}))
        old = self.initial["when"]
        if old and old not in dict(found):
            found.append((old, _("As it is now: %(condition)s") % {"condition": old}))
        return found

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        lines = [line.strip() for line in data.get("options", "").splitlines() if line.strip()]
        if data.get("type") in LISTS and len(lines) < 2:
            self.add_error("options", _("Write at least two choices, one on each line."))
        elif len({line.casefold() for line in lines}) < len(lines):
            self.add_error("options", _("The same choice stands twice."))
        low, high = data.get("min"), data.get("max")
        if low is not None and high is not None and low > high:
            self.add_error("max", _("The largest number is below the smallest."))
        return data

    def data_of(self) -> dict[str, Any]:
        """The question's data, as `dialogue.load_script` takes it."""
        data, old, kind = self.cleaned_data, self.question, self.cleaned_data["type"]
        same_type = old.get("type") == kind
        new: dict[str, Any] = dict(old) if same_type else {k: old[k] for k in ("example",) if k in old}
        new |= {"code": old.get("code") or self._code(data["prompt"]), "type": kind}
        for key in ("prompt", "help", "why", "next_step"):
            if data[key] and (key != "next_step" or kind == "end"):
                new[key] = in_language(old.get(key), data[key], self.locale)
            else:
                new.pop(key, None)
        _put(new, "required", data["required"] and kind not in SILENT)
        _put(new, "when", json.loads(data["when"]) if data["when"] else None)
        if kind in LISTS:
            new["options"] = self._options(data["options"])
        if kind in ("number", "money"):
            for key in ("min", "max"):
                value = data[key]
                _put(new, key, int(value) if value is not None and value.is_integer() else value, zero=True)
        return new

    def _options(self, text: str) -> list[dict[str, Any]]:
        kept = {said(o["label"], self.locale).casefold(): o for o in self.question.get("options", [])}
        found: list[dict[str, Any]] = []
        taken = {o["value"] for o in kept.values()}
        for line in (part.strip() for part in text.splitlines()):
            if not line:
                continue
            option = kept.get(line.casefold())
            if option is None:
                value = _free(slugify(line)[:40] or "option", taken)
                option = {"value": value, "label": line}
            taken.add(option["value"])
            found.append({**option, "label": in_language(option["label"], line, self.locale)})
        return found

    def _code(self, prompt: str) -> str:
        code = slugify(prompt).replace("-", "_")[:40].strip("_")
        return _free(code if code[:1].isalpha() else f"q_{code}", self.taken | STANDARD, "_")


def _put(data: dict[str, Any], key: str, value: Any, *, zero: bool = False) -> None:
    if value or (zero and value is not None):
        data[key] = value
    else:
        data.pop(key, None)


def _free(wanted: str, taken: set[str] | frozenset[str], sep: str = "-") -> str:
    if wanted not in taken:
        return wanted
    return next(f"{wanted}{sep}{n}" for n in range(2, len(taken) + 3) if f"{wanted}{sep}{n}" not in taken)


def _conditions_on(question: Mapping[str, Any], locale: str) -> list[tuple[dict[str, Any], str]]:
    code, kind = question["code"], question.get("type")
    if kind in LISTS:
        op = "eq" if kind == "singlevaluelist" else "contains"
        return [({op: [code, o["value"]]}, said(o["label"], locale)) for o in question.get("options", [])]
    if kind == "boolean":
        return [({"eq": [code, True]}, _("Yes")), ({"eq": [code, False]}, _("No"))]
    return [({"answered": code}, "")] if kind in _ASKED else []


def card(question: Mapping[str, Any], locale: str, all_questions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What the list says of a question, and its preview."""
    when = question.get("when")
    words = ""
    if when:
        words = _("Only in some cases")
        for other in all_questions:
            for condition, answer in _conditions_on(other, locale):
                if condition == when:
                    sentence = (
                        _("Only when “%(question)s” is “%(answer)s”")
                        if answer
                        else _("Only when “%(question)s” was answered")
                    )
                    words = sentence % {"question": said(other.get("prompt"), locale), "answer": answer}
    kind = question.get("type", "")
    return {
        "prompt": said(question.get("prompt"), locale),
        "type": TYPES.get(kind, kind),
        "required": question.get("required", False),
        "when": words,
        "preview": preview(question, locale),
        "statement": kind in SILENT,
    }


def preview(question: Mapping[str, Any], locale: str) -> dict[str, Any]:
    """The question as a field, as the portal draws it; it sends nothing."""
    kind = question.get("type", "string")
    options = [(o["value"], said(o["label"], locale)) for o in question.get("options", [])]
    if kind == "boolean":
        options = [("yes", _("Yes")), ("no", _("No"))]
    shape = {"singlevaluelist": "radio", "multivaluelist": "checkboxes", "boolean": "radio"}.get(kind)
    return {
        "name": f"preview_{question.get('code')}",
        "label": said(question.get("prompt"), locale),
        "help": " ".join(filter(None, (said(question.get("help"), locale), said(question.get("why"), locale)))),
        "type": shape or _INPUTS.get(kind, "text"),
        "required": question.get("required", False),
        "options": options,
    }
