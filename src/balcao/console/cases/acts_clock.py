"""The clock's forms: pause, resume, extend, where the rule of the deadline allows it."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.models import Case
from balcao.clocks.actions import extend_deadline, may_pause, pause_deadline, resume_deadline
from balcao.clocks.explain import amount_in_words
from balcao.platform.errors import Invalid

from .acts import Act, Ask, Field


def may_extend(case: Case) -> bool:
    """Whether the rule gives more time, it was not taken yet, and the date has not passed."""
    due = _extensible(case)
    return due is not None and due >= timezone.now()


def too_late_to_extend(case: Case) -> bool:
    """Whether more time would have been given, had somebody asked before the date passed."""
    due = _extensible(case)
    return due is not None and due < timezone.now()


def _extensible(case: Case) -> datetime | None:
    """The date that the rule could still move; None where it gives no more time."""
    deadline = case.deadline
    terms = deadline.rule.extension
    more = deadline.state == "running" and terms is not None and deadline.round < terms.times
    return deadline.due_at if more else None


def _reason(ask: Ask) -> Field:
    return ask.words("reason", _("Reason"), _("The person who waits reads it beside the date."), rows=3, maxlength=1000)


def _pause(ask: Ask) -> str:
    pause_deadline(actor=ask.actor, deadline=ask.case.deadline, reason=ask.typed("reason")[:1000])
    return _("The clock is paused.")


def _resume(ask: Ask) -> str:
    resume_deadline(actor=ask.actor, deadline=ask.case.deadline)
    return _("The clock runs again.")


def _extend_fields(ask: Ask) -> list[Field]:
    terms = ask.case.deadline.rule.extension
    longest = (terms.amount if terms else None) or ask.case.deadline.amount
    return [
        ask.field(
            "amount",
            _("How much more"),
            default=longest,
            type="number",
            width="tiny",
            required=True,
            help=_("At most %(more)s.") % {"more": amount_in_words(longest, ask.case.deadline.unit)},
            attrs={"min": 1, "max": longest},
        ),
        _reason(ask),
    ]


def _extend(ask: Ask) -> str:
    amount = ask.number("amount")
    if not amount or amount > 999:
        raise Invalid(_("Write a number."), field="amount")
    extend_deadline(actor=ask.actor, deadline=ask.case.deadline, reason=ask.typed("reason")[:1000], amount=amount)
    return _("The date was extended.")


PAUSE = Act(
    code="pause",
    label=gettext_lazy("Pause the clock"),
    icon="pause",
    permissions=["deadline.change"],
    fields=lambda ask: [_reason(ask)],
    run=_pause,
    submit=gettext_lazy("Pause"),
    condition=lambda case: may_pause(case.deadline),
)
RESUME = Act(
    code="resume",
    label=gettext_lazy("Let the clock run"),
    icon="play",
    permissions=["deadline.change"],
    run=_resume,
    submit=gettext_lazy("Resume"),
    condition=lambda case: case.deadline.state == "paused",
    help=gettext_lazy("The days of the pause do not count; the new date leaves them out."),
)
EXTEND = Act(
    code="extend",
    label=gettext_lazy("Extend the date"),
    icon="calendar",
    permissions=["deadline.change"],
    fields=_extend_fields,
    run=_extend,
    submit=gettext_lazy("Extend"),
    condition=may_extend,
)
