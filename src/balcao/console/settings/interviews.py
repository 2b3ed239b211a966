"""Interviews: written as YAML, kept as a draft, walked, tried on a phone, published."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, pgettext
from django.views.decorators.http import require_POST

from balcao.catalog.models import Service
from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.dialogue import Running, ScriptError
from balcao.inbox.interviews.actions import BadInterview, discard, publish, save_draft
from balcao.inbox.interviews.definitions import Outcome, in_order, walk_definition
from balcao.inbox.interviews.models import Interview
from balcao.inbox.models import Line
from balcao.organization.models import Agency
from balcao.platform.errors import Refusal
from balcao.platform.history import last_change
from balcao.platform.search import SortKey
from balcao.platform.written import NotYaml, as_json, line_at, plain, read_yaml, write_yaml

from .editing import own_agency
from .history import entries_of

FINISH = gettext_noop("They finish with the version that they began with")
MOVE = gettext_noop("They go on with this one, and are asked again what no longer fits")
EXAMPLE = """\
title: {title}
steps:
  - slug: start
    title: {start}
    questions:
      - {{code: who_name, type: name, required: true, prompt: {name}}}
      - code: subject
        type: singlevaluelist
        required: true
        prompt: {subject}
        options:
          - {{value: talk, label: {talk}}}
          - {{value: none, label: {nothing}}}
outcomes:
  - when: {{eq: [subject, none]}}
    close: {bye}
"""


class Wrong(NamedTuple):
    """What is wrong with what was typed: a sentence, and the line that it is about (0: none)."""

    sentence: str
    line: int = 0
    words: str = ""


def rows_of(request: StaffRequest, slug: str) -> tuple[Interview | None, Interview | None]:
    """The draft and the version in force of one of the reader's agency's interviews; 404 when there is neither."""
    found = (
        Interview.objects.filter(agency=own_agency(request), slug=slug).select_related("agency").order_by("-version")
    )
    versions = list(found)
    if not versions:
        raise Http404
    published = next((one for one in versions if one.published_at), None)
    return (versions[0] if versions[0].published_at is None else None), published


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """The interviews by title: which version is asked, whether there is a draft, which lines ask it."""
    agency = own_agency(request)
    lines: dict[str, list[str]] = {}
    for slug, name in Line.objects.filter(agency=agency).exclude(interview="").values_list("interview", "name"):
        lines.setdefault(slug, []).append(name)
    rows: dict[str, dict[str, Any]] = {}
    for one in Interview.objects.filter(agency=agency).order_by(SortKey("title"), "version"):
        row = rows.setdefault(one.slug, {"lines": ", ".join(lines.get(one.slug, []))})
        row |= {"slug": one.slug, "title": one.title, "force" if one.published_at else "draft": one}
    return render(request, "console/settings/interviews.html", {"rows": list(rows.values())})


@staff_page("settings.edit")
def edit(request: StaffRequest, slug: str = "") -> HttpResponse:
    """Write an interview: a new one, or the next draft of one. What is wrong stands beside what was typed."""
    draft, force = rows_of(request, slug) if slug else (None, None)
    kept = draft or force
    seen = f"{kept.pk}.{last_change(kept)}" if kept else ""
    text = request.POST.get("text", "") if request.method == "POST" else source_of(kept) if kept else _example()
    wrong: Wrong | None = None
    if request.method == "POST":
        if kept is not None and request.POST.get("seen") != seen:
            wrong = Wrong(_("Somebody else changed this while you were writing. What you typed is kept: look at the "
                            "history beside it, then save again."))  # fmt: skip
        else:
            saved = _save(request, slug, text)
            if isinstance(saved, Interview):
                if saved.published_at:
                    messages.info(request, _("Nothing is new: this is the version in use."))
                else:
                    messages.success(request, _("The draft is saved. Nobody is asked it until you publish it."))
                to = "try" if request.POST.get("do") == "try" else ""
                return redirect(
                    reverse("console:settings_interview_try", args=[saved.slug, saved.version])
                    if to
                    else reverse("console:settings_interview", args=[saved.slug])
                )
            wrong = saved
    title = kept.title if kept else _("New interview")
    context: dict[str, Any] = {
        "slug": slug, "title": title, "wrong": wrong, "seen": seen, "draft": draft, "force": force,
        "yaml": _yaml_field(text),
        "choice": _choice_field(kept.definition.get("running", Running.FINISH.value)) if kept else None,
        "walk": walked(kept) if kept else None,
        "history": entries_of(kept) if kept else [],
        "versions": Interview.objects.filter(agency=own_agency(request), slug=slug, published_at__isnull=False)
        .order_by("-version")[:20] if slug else [],
        "trail": [
            (gettext_lazy("Settings"), "/console/settings/"),
            (_("Interviews"), reverse("console:settings_interviews")),
            (title, ""),
        ],
    }  # fmt: skip
    return render(request, "console/settings/interview.html", context)


def _yaml_field(text: str) -> dict[str, Any]:
    return {
        "name": "text", "type": "textarea", "label": _("The interview, as YAML"), "value": text,
        "rows": min(max(text.count("\n") + 3, 16), 40),
        "help": _("Steps with questions, and what follows from the answers. The guide “Conversations” tells how."),
    }  # fmt: skip


def _choice_field(chosen: str) -> dict[str, Any]:
    return {
        "name": "running", "type": "radio", "label": _("Whoever is in the middle of an older version"),
        "value": chosen, "options": [("finish", _(FINISH)), ("move", _(MOVE))],
    }  # fmt: skip


def source_of(kept: Interview) -> str:
    """As it was written; what came as data is written out."""
    return kept.source or write_yaml(in_order(kept.definition, kept.slug))


def _example() -> str:
    words = {
        "title": pgettext("example of an interview", "First contact"),
        "start": pgettext("example of an interview", "Hello"),
        "name": pgettext("example of an interview", "What is your name?"),
        "subject": pgettext("example of an interview", "How can we help?"),
        "talk": pgettext("example of an interview", "I want to talk with somebody"),
        "nothing": pgettext("example of an interview", "Nothing, thank you"),
        "bye": pgettext("example of an interview", "See you soon!"),
    }
    return EXAMPLE.format(**{key: f'"{value}"' for key, value in words.items()})


def _save(request: StaffRequest, slug: str, text: str) -> Interview | Wrong:
    text = text.replace("\r\n", "\n")
    lines = text.split("\n")
    try:
        node = read_yaml(text)
    except NotYaml as fault:
        return Wrong(fault.problem, fault.line, lines[fault.line - 1] if fault.line <= len(lines) else "")
    data = as_json(plain(node))
    if not isinstance(data, dict):
        return Wrong(_("Write keys and values, such as “title: …” and “steps: …”."))
    if slug and data.get("slug", slug) != slug:
        return Wrong(_("This is the interview “%(slug)s”: another name is another interview.") % {"slug": slug},
                     line_at(node, "slug"))  # fmt: skip
    named = slug or str(data.get("slug") or "")
    if not slug and named and Interview.objects.filter(agency=own_agency(request), slug=named).exists():
        return Wrong(_("There is an interview of this name already. Choose another slug."), line_at(node, "slug"))
    agency_id = own_agency(request).pk
    try:
        return save_draft(actor=request.actor, agency_id=agency_id, slug=named, definition=data, source=text)
    except BadInterview as error:
        number = line_at(node, error.path) if error.path else 0
        return Wrong(str(error.sentence), number, lines[number - 1] if number else "")
    except Refusal as error:
        return Wrong(str(error.sentence))


def walked(kept: Interview) -> dict[str, Any] | None:
    """The walk through every branch, in words; None when it can no longer be read."""
    try:
        read, found = kept.load(), walk_definition(kept.definition, slug=kept.slug)
    except ScriptError:
        return None
    locale = kept.agency.locale
    names = {code: question.prompt.say(locale) for code, question in read.script.by_code.items()}
    names |= {f"outcomes[{n}]": said_outcome(one, kept.agency) for n, one in enumerate(read.outcomes)}
    return {
        "walk": found,
        "unreachable": [(code, names.get(code, code)) for code in found.unreachable],
        "untried": [(code, names.get(code, code)) for code in found.untried],
        "ends": [names[code] for code in found.ends],
        "outcomes": [said_outcome(one, kept.agency) for one in read.outcomes],
    }


def said_outcome(outcome: Outcome | None, agency: Agency) -> str:
    """What follows, in a sentence."""
    if outcome is None:
        return _("It waits in the conversation's own line.")
    if outcome.open:
        found: Any = Service.objects.filter(agency=agency, slug=outcome.open).first()
        return _("A demand is opened for the service “%(slug)s”.") % {"slug": found.name if found else outcome.open}
    if outcome.line:
        found = Line.objects.filter(agency=agency, slug=outcome.line).first()
        return _("It waits in the line “%(slug)s”.") % {"slug": found.name if found else outcome.line}
    return _("We say “%(words)s”, and it is closed.") % {"words": outcome.close.say(agency.locale)}


@require_POST
@staff_page("settings.edit")
def put_into_use(request: StaffRequest, slug: str) -> HttpResponse:
    """Publish the draft; `running` says what becomes of whoever is in the middle of an older version."""
    draft, _force = rows_of(request, slug)
    if draft is None:
        raise Http404
    running = Running.MOVE if request.POST.get("running") == "move" else Running.FINISH

    def act() -> None:
        publish(actor=request.actor, interview=_saying(request, draft, running))

    done = (
        _("It is in use, also for whoever has begun already.")
        if running is Running.MOVE
        else _("It is in use. Whoever has begun already finishes with the version they began with.")
    )
    attempt(request, act, done)
    return redirect("console:settings_interview", slug=slug)


def _saying(request: StaffRequest, draft: Interview, running: Running) -> Interview:
    """The draft, saying what was chosen; its text keeps its comments."""
    if draft.definition.get("running", Running.FINISH.value) == running.value:
        return draft
    node = read_yaml(source_of(draft))
    node["running"] = running.value
    return save_draft(
        actor=request.actor,
        agency_id=draft.agency_id,
        slug=draft.slug,
        definition={**draft.definition, "running": running.value},
        source=write_yaml(node),
    )


@require_POST
@staff_page("settings.edit")
def throw_away(request: StaffRequest, slug: str) -> HttpResponse:
    """Discard the draft."""
    draft, force = rows_of(request, slug)
    if draft is None:
        raise Http404
    done = _("The draft is gone. The version in use is as it was.") if force else _("The draft is gone.")
    gone = attempt(request, lambda: discard(actor=request.actor, interview=draft), done)
    if gone and force is None:
        return redirect("console:settings_interviews")
    return redirect("console:settings_interview", slug=slug)
