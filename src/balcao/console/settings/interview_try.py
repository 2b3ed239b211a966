"""An interview on a phone: the real engine, answered by whoever wrote it. Nothing is kept: the page carries it all."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.dialogue import ScriptError, display
from balcao.dialogue.rendering.chat import Expects
from balcao.dialogue.rendering.choices import Choice
from balcao.inbox.interviews.models import Interview
from balcao.inbox.interviews.trying import MOST, PHOTO, Trial, play

from .editing import own_agency
from .interviews import said_outcome

LINES = (Expects.LINES,)
INPUTS = {Expects.NUMBER: "decimal", Expects.EMAIL: "email", Expects.PHONE: "tel"}


@staff_page("settings.edit")
def page(request: StaffRequest, slug: str, version: int) -> HttpResponse:
    """The phone: what was said, and what may be answered. POST takes one answer more, or goes back by one."""
    agency = own_agency(request)
    kept = get_object_or_404(Interview.objects.select_related("agency"), agency=agency, slug=slug, version=version)
    given = _given(request)
    trial: Trial | None = None
    try:
        trial = play(kept.load(), given, agency=agency)
    except ScriptError as error:
        problem = str(error)
    else:
        problem = ""
    context: dict[str, Any] = {
        "interview": kept, "trial": trial, "problem": problem, "told": json.dumps(given, ensure_ascii=False),
        "count": len(given), "ticks": _ticks(trial), "taps": _taps(trial),
        "answers": _answers(kept, trial),
        "files": bool(trial and trial.waits and trial.waits.expects == Expects.FILES),
        "many": bool(trial and trial.waits and trial.waits.expects in LINES),
        "inputmode": INPUTS.get(trial.waits.expects, "text") if trial and trial.waits else "text",
        "outcome": said_outcome(trial.outcome, agency) if trial and trial.over == "sent" else "",
        "trail": [
            (gettext_lazy("Settings"), "/console/settings/"),
            (_("Interviews"), reverse("console:settings_interviews")),
            (kept.title, reverse("console:settings_interview", args=[slug])),
            (_("Try it"), ""),
        ],
    }  # fmt: skip
    return render(request, "console/settings/interview_try.html", context)


def _answers(kept: Interview, trial: Trial | None) -> list[tuple[str, str]]:
    """What was answered, by code, as a person reads it."""
    if trial is None:
        return []
    asked = kept.load().script.by_code
    return [(code, display(asked[code], value, kept.agency.locale)) for code, value in trial.answers.items()]


def _ticks(trial: Trial | None) -> list[tuple[str, str]]:
    """What may be ticked, where several may be chosen."""
    if trial is None or trial.waits is None or trial.waits.expects != Expects.SEVERAL:
        return []
    return [(choice.id.partition("=")[2], choice.label) for choice in trial.waits.choices if not choice.aside]


def _taps(trial: Trial | None) -> list[Choice]:
    if trial is None or trial.waits is None:
        return []
    return [choice for choice in trial.waits.choices if choice.aside or trial.waits.expects != Expects.SEVERAL]


def _given(request: StaffRequest) -> list[Any]:
    """What was said before, and what was said now."""
    if request.method != "POST":
        return []
    try:
        before = json.loads(request.POST.get("told") or "[]")
    except (ValueError, RecursionError):
        before = []
    given = before[:MOST] if isinstance(before, list) else []
    if "again" in request.POST:
        return []
    if "undo" in request.POST:
        return given[:-1]
    if tap := request.POST.get("tap"):
        return [*given, {"tap": tap}]
    if "photo" in request.POST:
        return [*given, {"raw": [PHOTO]}]
    if ticked := request.POST.getlist("raw"):
        return [*given, {"raw": ticked}]
    if (text := request.POST.get("text", "")).strip():
        return [*given, {"text": text}]
    return given
