"""Forms of words: ask the citizen, keep what they told us, answer, note."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import add_information, ask_citizen, draft_answer, send_answer, write_note
from balcao.cases.actions.notes import unknown_names
from balcao.cases.letters import fields_of
from balcao.cases.models import Answer
from balcao.cases.words import MAX_ANSWER
from balcao.catalog.models import Outcome
from balcao.catalog.templates import Letter, render
from balcao.organization.models import Staff
from balcao.platform.action import action
from balcao.platform.errors import Invalid
from balcao.platform.search import SortKey

from .acts import Act, Another, Ask, Field

GAP = "…"  # where the writer's own words go
ANSWERABLE = [o for o in Outcome if o != Outcome.REFUSED]  # refusing is an act of its own


def _ask_fields(ask: Ask) -> list[Field]:
    help_ = _("The citizen reads exactly these words. One question at a time is answered best.")
    return [ask.words("question", _("What do we need to know?"), help_)]


def _ask(ask: Ask) -> str:
    ask_citizen(actor=ask.actor, case=ask.case, question=ask.typed("question"), version=ask.version)
    return _("The question is on its way to the citizen.")


def _hear_fields(ask: Ask) -> list[Field]:
    help_ = _("By phone or at the counter. It stands in their history, and they can read it.")
    return [ask.words("text", _("What did the citizen tell us?"), help_)]


def _hear(ask: Ask) -> str:
    add_information(actor=ask.actor, case=ask.case, text=ask.typed("text"))
    return _("Kept. The case goes on.")


def _note_fields(ask: Ask) -> list[Field]:
    return [
        ask.words("text", _("Note"), _("Only colleagues read it. Write @name to call one."), rows=4),
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
    told = list(note.mentions.all())
    said = [_("Note kept.")]
    if told:
        said.append(_("We tell %(names)s.") % {"names": ", ".join(s.name for s in told)})
    if nobody := unknown_names(text, told):
        said.append(_("Nobody here is found by %(names)s: choose from the list.") % {"names": ", ".join(nobody)})
    return " ".join(said)


def _current(ask: Ask) -> Answer | None:
    return ask.case.answers_given.filter(number=ask.case.reopened + 1, sent_at=None).first()


def _chosen_outcome(ask: Ask, draft: Answer | None) -> str:
    chosen = ask.typed("outcome") or (draft.outcome if draft else "")
    return chosen if chosen in [o.value for o in ANSWERABLE] else Outcome.INFORMED.value


def _template(ask: Ask, outcome: str) -> Letter:
    """The agency's text for this outcome, with a gap where the answer itself goes. A sealed author is not named, also
    where the writer knows them: the area reads the answer too."""
    case = ask.case
    fields = fields_of(case, locale=case.locale, sealed=case.sealed) | {"report": GAP, "because": GAP}
    fields["area"] = fields["area"] or case.agency.name
    return render(
        fields,
        agency_id=case.agency_id,
        service_id=case.service_id,
        purpose="answer",
        outcome=outcome,
        locale=case.locale,
    )


def _words_in(body: str, text: str) -> str:
    """What somebody wrote into the gap of `text`; all of `body` where they changed the text around it too."""
    before, gap, after = text.partition(GAP)
    body = body.replace("\r\n", "\n").strip()
    if gap and body.startswith(before.strip()) and body.endswith(after.strip()):
        return body[len(before.strip()) : len(body) - len(after.strip())].strip()
    return "" if body == text.strip() else body


def _other_text(ask: Ask) -> dict[str, str]:
    """The subject and the body for the outcome that was just chosen, with the words that were typed under the other."""
    was = ask.typed("before")
    before = _template(ask, was if was in ANSWERABLE else Outcome.INFORMED.value)
    letter = _template(ask, _chosen_outcome(ask, None))
    own = _words_in(ask.typed("body"), before.body)
    own = "" if own == GAP else own
    subject = ask.typed("subject")
    return {
        "subject": letter.subject if subject in ("", before.subject) else subject,
        "body": letter.body.replace(GAP, own, 1) if own and GAP in letter.body else own or letter.body,
    }


def _answer_fields(ask: Ask) -> list[Field]:
    draft = _current(ask)
    outcome = _chosen_outcome(ask, draft)
    if draft is not None and outcome == draft.outcome:
        subject, body = draft.subject, draft.body
    else:
        letter = _template(ask, outcome)
        subject, body = letter.subject, letter.body
    if ask.bound and ask.typed("do") == "text":
        ask.data = {**dict(ask.data.items()), **_other_text(ask)}
    return [
        {"name": "before", "label": "", "type": "hidden", "value": outcome},
        ask.field(
            "outcome",
            _("How it ended"),
            default=outcome,
            type="select",
            options=[(o.value, o.label) for o in ANSWERABLE],
            help=_("Each outcome has its own text. What you have written comes along."),
        ),
        ask.field("subject", _("Subject"), default=subject, maxlength=200),
        ask.words(
            "body",
            _("Answer"),
            _("The citizen reads exactly these words. Put your own where the “…” stands."),
            default=body,
            rows=14,
            maxlength=MAX_ANSWER,
        ),
    ]


@action
def _answer(ask: Ask) -> str:
    if ask.typed("do") == "text":
        raise Another
    if GAP in ask.typed("body"):
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
    code="ask",
    label=gettext_lazy("Ask the citizen"),
    icon="help",
    key="p",
    verbs=["ask"],
    fields=_ask_fields,
    run=_ask,
    submit=gettext_lazy("Ask"),
    leaves=True,
    help=gettext_lazy("The clock waits with us where the law lets it; the reason is your question."),
)
HEAR = Act(
    code="hear",
    label=gettext_lazy("Keep what they told us"),
    icon="message",
    key="i",
    permissions=["case.triage", "case.open"],
    fields=_hear_fields,
    run=_hear,
    submit=gettext_lazy("Keep"),
    condition=lambda case: case.state not in ("closed", "answering"),
)
NOTE = Act(
    code="note",
    label=gettext_lazy("Note"),
    icon="edit",
    key="n",
    permissions=["case.note"],
    fields=_note_fields,
    run=_note,
    submit=gettext_lazy("Keep the note"),
    shown=_colleagues,
    template="console/cases/_colleagues.html",
)
ANSWER = Act(
    code="answer",
    label=gettext_lazy("Write the answer"),
    icon="send",
    key="a",
    verbs=["draft"],
    permissions=["case.triage", "report.review"],
    fields=_answer_fields,
    run=_answer,
    submit=gettext_lazy("Send now"),
    leaves=True,
    shown=lambda ask: {"two_buttons": True},
    condition=lambda case: case.state in ("triage", "drafting"),  # a report under review is accepted first
)
