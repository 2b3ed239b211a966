"""Forms of words: ask the citizen, keep what they told us, answer, note."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import add_information, ask_citizen, draft_answer, send_answer, write_note
from balcao.cases.letters import fields_of
from balcao.cases.models import Answer
from balcao.cases.words import MAX_ANSWER, MAX_WORDS
from balcao.catalog.models import Outcome
from balcao.catalog.templates import Letter, render
from balcao.organization.models import Staff
from balcao.platform.errors import Invalid
from balcao.platform.search import SortKey

from .acts import Act, Ask, Field

ANSWERABLE = [o for o in Outcome if o != Outcome.REFUSED]  # refusing is an act of its own


def _ask_fields(ask: Ask) -> list[Field]:
    return [
        ask.field(
            "question",
            _("What do we need to know?"),
            type="textarea",
            rows=5,
            required=True,
            maxlength=MAX_WORDS,
            help=_("The citizen reads exactly these words. One question at a time is answered best."),
            attrs={"autofocus": True},
        )
    ]


def _ask(ask: Ask) -> str:
    ask_citizen(actor=ask.actor, case=ask.case, question=ask.typed("question"), version=ask.version)
    return _("The question is on its way to the citizen.")


def _hear_fields(ask: Ask) -> list[Field]:
    return [
        ask.field(
            "text",
            _("What did the citizen tell us?"),
            type="textarea",
            rows=5,
            required=True,
            maxlength=MAX_WORDS,
            help=_("By phone or at the counter. It stands in their history, and they can read it."),
            attrs={"autofocus": True},
        )
    ]


def _hear(ask: Ask) -> str:
    add_information(actor=ask.actor, case=ask.case, text=ask.typed("text"))
    return _("Kept. The case goes on.")


def _note_fields(ask: Ask) -> list[Field]:
    return [
        ask.field(
            "text",
            _("Note"),
            type="textarea",
            rows=4,
            required=True,
            maxlength=MAX_WORDS,
            help=_("Only colleagues read it. Write @name to call one."),
            attrs={"autofocus": True},
        ),
        ask.field(
            "mention",
            _("Call a colleague"),
            help=_("Begin to type their name or e-mail."),
            attrs={"list": "colleagues", "autocomplete": "off"},
        ),
    ]


def _colleagues(ask: Ask) -> dict[str, Any]:
    staff = Staff.objects.filter(agency_id=ask.case.agency_id, is_active=True).exclude(pk=ask.actor.id or 0)
    return {"colleagues": staff.order_by(SortKey("name"), "pk")[:300]}


def _note(ask: Ask) -> str:
    text, called = ask.typed("text"), ask.typed("mention").strip()
    if called and text.strip():
        colleague = Staff.objects.filter(
            agency_id=ask.case.agency_id, is_active=True, email__iexact=called.split()[-1].strip("<>@ ")
        ).first()
        if colleague is None:
            raise Invalid(_("Choose a colleague from the list, or leave this empty."), field="mention")
        text = f"{text}\n\n@{colleague.email}"
    note = write_note(actor=ask.actor, case=ask.case, text=text)
    called_names = ", ".join(s.name for s in note.mentions.all())
    return _("Note kept. We tell %(names)s.") % {"names": called_names} if called_names else _("Note kept.")


def _current(ask: Ask) -> Answer | None:
    return ask.case.answers_given.filter(number=ask.case.reopened + 1, sent_at=None).first()


def _chosen_outcome(ask: Ask, draft: Answer | None) -> str:
    chosen = ask.typed("outcome") or (draft.outcome if draft else "")
    return chosen if chosen in [o.value for o in ANSWERABLE] else Outcome.INFORMED.value


def _template(ask: Ask, outcome: str) -> Letter:
    """The agency's text for this outcome, with a gap where the answer itself goes. A sealed author is not named, also
    where the writer knows them: the area reads the answer too."""
    case = ask.case
    gap = "…"
    fields = fields_of(case, locale=case.locale, sealed=case.sealed) | {"report": gap, "because": gap}
    fields["area"] = fields["area"] or case.agency.name
    return render(
        fields,
        agency_id=case.agency_id,
        service_id=case.service_id,
        purpose="answer",
        outcome=outcome,
        locale=case.locale,
    )


def _answer_fields(ask: Ask) -> list[Field]:
    draft = _current(ask)
    outcome = _chosen_outcome(ask, draft)
    if draft is not None and outcome == draft.outcome:
        subject, body = draft.subject, draft.body
    else:
        letter = _template(ask, outcome)
        subject, body = letter.subject, letter.body
    return [
        {"name": "outcome", "label": "", "type": "hidden", "value": outcome},
        ask.field("subject", _("Subject"), default=subject, maxlength=200),
        ask.field(
            "body",
            _("Answer"),
            default=body,
            type="textarea",
            rows=14,
            required=True,
            maxlength=MAX_ANSWER,
            help=_("The citizen reads exactly these words. Put your own where the “…” stands."),
            attrs={"autofocus": True},
        ),
    ]


def _outcomes(ask: Ask) -> dict[str, Any]:
    chosen = _chosen_outcome(ask, _current(ask))
    return {
        "outcomes": [{"code": o.value, "label": o.label, "current": o.value == chosen} for o in ANSWERABLE],
        "two_buttons": True,
    }


@transaction.atomic
def _answer(ask: Ask) -> str:
    if "…" in ask.typed("body"):
        raise Invalid(_("Put your own words where the “…” stands."), field="body")
    draft_answer(
        actor=ask.actor,
        case=ask.case,
        outcome=_chosen_outcome(ask, None),
        subject=ask.typed("subject")[:200],
        body=ask.typed("body"),
        version=ask.version,
    )
    if ask.typed("do") == "draft":
        return _("Draft kept. It waits to be sent.")
    send_answer(actor=ask.actor, case=ask.case)
    return _("The answer is on its way to the citizen.")


ASK = Act(
    "ask",
    gettext_lazy("Ask the citizen"),
    "help",
    "p",
    ["ask"],
    ["case.triage"],
    _ask_fields,
    _ask,
    gettext_lazy("Ask"),
    leaves=True,
    help=gettext_lazy("The clock waits with us where the law lets it; the reason is your question."),
)
HEAR = Act(
    "hear",
    gettext_lazy("Keep what they told us"),
    "message",
    "i",
    [],
    ["case.triage", "case.open"],
    _hear_fields,
    _hear,
    gettext_lazy("Keep"),
    condition=lambda case: case.state not in ("closed", "answering"),
)
NOTE = Act(
    "note",
    gettext_lazy("Note"),
    "edit",
    "n",
    [],
    ["case.note"],
    _note_fields,
    _note,
    gettext_lazy("Keep the note"),
    shown=_colleagues,
    template="console/cases/_colleagues.html",
)
ANSWER = Act(
    "answer",
    gettext_lazy("Answer"),
    "send",
    "a",
    ["draft"],
    ["case.triage", "report.review"],
    _answer_fields,
    _answer,
    gettext_lazy("Send now"),
    leaves=True,
    variant="primary",
    shown=_outcomes,
    template="console/cases/_outcomes.html",
    condition=lambda case: case.state in ("triage", "drafting"),  # a report under review is accepted first
)
