"""A service's own questions, edited as a draft: nothing is asked of anybody until the draft is put into use."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from balcao.catalog.actions import change_questions
from balcao.catalog.models import Service
from balcao.catalog.questions import BadQuestion, check_questions, questions_of
from balcao.console.shell import StaffRequest, attempt, render, staff_page

from .editing import mine
from .question_form import QuestionForm, card
from .services import tabs

MOVE = gettext_noop("Whoever has begun already goes on with these questions, and is asked again what no longer fits")


class Draft:
    """The draft of one service's questions, kept in the session of whoever edits them."""

    def __init__(self, request: StaffRequest, service: Service) -> None:
        self.request, self.service, self.key = request, service, f"questions-{service.pk}"
        self.saved = questions_of(service.current)
        kept = request.session.get(self.key) or {}
        self.stale = bool(kept) and kept.get("version") != service.current_id
        self.questions: list[dict[str, Any]] = list(kept["questions"]) if kept else list(self.saved)

    @property
    def changed(self) -> bool:
        return self.questions != self.saved

    def keep(self, questions: list[dict[str, Any]]) -> None:
        """Keep these as the draft. BadQuestion when one could not be asked, for instance before what it hangs on."""
        check_questions(self.service.slug, questions, kinds=self.service.kinds)
        base = self.request.session.get(self.key, {}).get("version", self.service.current_id)
        self.request.session[self.key] = {"version": base, "questions": questions}

    def forget(self) -> None:
        self.request.session.pop(self.key, None)


@staff_page("settings.edit")
def listing(request: StaffRequest, pk: int) -> HttpResponse:
    """The questions in their order, and how they look to whoever answers."""
    service = mine(Service, request, pk)
    draft = Draft(request, service)
    locale = service.agency.locale
    context = {
        "service": service,
        "tabs": tabs(service, "questions"),
        "draft": draft,
        "move": {"name": "move", "type": "checkbox", "label": _(MOVE)},
        "cards": [card(q, locale, draft.questions) for q in draft.questions],
        "version": service.current.number if service.current else 0,
    }
    return render(request, "console/settings/questions.html", context)


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int, number: int | None = None) -> HttpResponse:
    """Add a question to the draft, or change the one in this place (from 0)."""
    service = mine(Service, request, pk)
    draft = Draft(request, service)
    if number is not None and number >= len(draft.questions):
        return redirect("console:settings_questions", pk=pk)
    question = draft.questions[number] if number is not None else None
    before = draft.questions[: number if number is not None else None]
    form = QuestionForm(
        request.POST or None,
        question=question,
        before=before,
        taken={q["code"] for q in draft.questions},
        locale=service.agency.locale,
    )
    if request.method == "POST" and form.is_valid():
        questions = list(draft.questions)
        if number is None:
            questions.append(form.data_of())
        else:
            questions[number] = form.data_of()
        try:
            draft.keep(questions)
        except BadQuestion as error:
            form.add_error(error.field if error.field in form.fields else None, str(error.sentence))
        else:
            messages.success(request, _("The question is in the draft. Put the draft into use when it is ready."))
            return redirect("console:settings_questions", pk=pk)
    trail = [
        (gettext_lazy("Settings"), "/console/settings/"),
        (_("Services"), reverse("console:settings_services")),
        (service.name, reverse("console:settings_service", args=[pk])),
        (_("Questions"), reverse("console:settings_questions", args=[pk])),
        (_("New question") if number is None else _("Change the question"), ""),
    ]
    return render(request, "console/settings/question.html", {"service": service, "form": form, "trail": trail})


@staff_page("settings.edit")
def change(request: StaffRequest, pk: int) -> HttpResponse:
    """The small forms of the list: up, down, remove, use, discard."""
    service = mine(Service, request, pk)
    if request.method == "POST":
        _change(request, service, Draft(request, service))
    return redirect("console:settings_questions", pk=pk)


def _change(request: StaffRequest, service: Service, draft: Draft) -> None:
    what, _sep, place = request.POST.get("do", "").partition(":")
    move = bool(request.POST.get("move"))
    if what == "discard":
        draft.forget()
        messages.success(request, _("The draft is gone. The questions in use are as they were."))
    elif what == "use":
        if attempt(
            request,
            lambda: change_questions(
                actor=request.actor, service=service, questions=draft.questions, running="move" if move else "finish"
            ),
            _("The questions are in use, also for whoever has begun already.")
            if move
            else _("The questions are in use. Whoever has begun already goes on with the questions they started with."),
        ):
            draft.forget()
    elif place.isdigit() and int(place) < len(draft.questions):
        attempt(request, lambda: draft.keep(_moved(draft.questions, what, int(place))), _("The draft is changed."))


def _moved(questions: list[dict[str, Any]], what: str, at: int) -> list[dict[str, Any]]:
    moved = list(questions)
    if what == "remove":
        del moved[at]
    to = {"up": at - 1, "down": at + 1}.get(what, -1)
    if 0 <= to < len(moved):
        moved[at], moved[to] = moved[to], moved[at]
    return moved
