"""Who has it and where it goes: taken, given back, passed on, put off, closed."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.inbox.conversations.lines import claim, let_go, transfer
from balcao.inbox.conversations.pausing import close, snooze
from balcao.inbox.conversations.states import State
from balcao.inbox.handing.places import places
from balcao.inbox.models import Line
from balcao.platform.errors import Invalid
from balcao.platform.search import SortKey

from .acts import OPEN, Act, Ask, Done, Field

MORNING = time(9)


def _take(ask: Ask) -> Done:
    ask.request.session.pop("inbox-away", None)  # whoever takes one is there
    claim(actor=ask.actor, conversation=ask.talk)
    return Done(_("It is with you."))


def _back(ask: Ask) -> Done:
    let_go(actor=ask.actor, conversation=ask.talk)
    return Done(_("It is back at its place in line."), "/console/inbox/")


def _transfer_fields(ask: Ask) -> list[Field]:
    lines = Line.objects.filter(agency_id=ask.talk.agency_id, is_active=True).exclude(pk=ask.talk.line_id or 0)
    options = [("", _("Choose the line…")), *lines.order_by(SortKey("name"), "pk").values_list("slug", "name")]
    return [
        ask.field("line", _("Line"), type="select", options=options, required=True, attrs={"autofocus": True}),
        ask.words("note", _("Note for the colleagues there"),
                  help=_("What is it about, what did you find out already? The person does not read it.")),
    ]  # fmt: skip


def _transfer(ask: Ask) -> Done:
    line = Line.objects.filter(agency_id=ask.talk.agency_id, slug=ask.typed("line"), is_active=True).first()
    if line is None:
        raise Invalid(_("Choose a line from the list."), field="line")
    transfer(actor=ask.actor, conversation=ask.talk, line=line, note=ask.typed("note"))
    return Done(_("Passed on to %(line)s. They keep their place: nobody waits twice.") % {"line": line.name},
                "/console/inbox/")  # fmt: skip


def moments(now: datetime) -> dict[str, datetime]:
    """The usual moments to put something off to, on the agency's clock; what is past today is left out."""
    local = timezone.localtime(now)
    morning = datetime.combine(local.date() + timedelta(days=1), MORNING, local.tzinfo)
    monday = morning + timedelta(days=(7 - morning.weekday()) % 7)
    found = {"tomorrow": morning, "monday": monday}
    if local.hour < 18:
        found = {"later": now + timedelta(hours=3)} | found
    return found


def _snooze_fields(ask: Ask) -> list[Field]:
    now = timezone.now()
    labels = {"later": _("Later today"), "tomorrow": _("Tomorrow morning"), "monday": _("Monday morning")}
    options: list[tuple[str, str]] = [
        (code, f"{labels[code]} · {date_format(timezone.localtime(at), 'SHORT_DATETIME_FORMAT')}")
        for code, at in moments(now).items()
    ]
    options.append(("date", _("Another moment")))
    return [
        ask.field("when", _("Until when?"), type="radio", options=options, default=options[0][0]),
        ask.field("until", _("Another moment"), type="datetime-local", help=_("It comes back by itself, or as soon as "
                  "the person writes.")),
    ]  # fmt: skip


def _snooze(ask: Ask) -> Done:
    until = moments(timezone.now()).get(ask.typed("when"))
    if until is None:
        try:
            said = parse_datetime(ask.typed("until"))
        except ValueError:
            said = None
        if said is None:
            raise Invalid(_("Choose a moment within the next sixty days."), field="until")
        until = timezone.make_aware(said) if timezone.is_naive(said) else said
    snooze(actor=ask.actor, conversation=ask.talk, until=until, all_read=True)
    told = date_format(timezone.localtime(until), "SHORT_DATETIME_FORMAT")
    return Done(_("Put off until %(moment)s, or until the person writes.") % {"moment": told}, "/console/inbox/")


def _close_fields(ask: Ask) -> list[Field]:
    help_ = _("Empty: the usual kind words of the line. Then the person is asked for a grade, on the same channel.")
    return [ask.words("notice", _("Words to part with"), help=help_, rows=3, attrs={"autofocus": True})]


def _close(ask: Ask) -> Done:
    close(actor=ask.actor, conversation=ask.talk, notice=ask.typed("notice").strip() or None, all_read=True)
    return Done(_("Closed. Whoever writes again within seven days goes on with it."), "/console/inbox/")


def _options(**more: Any) -> dict[str, Any]:
    return {"states": frozenset({State.HELD, State.SNOOZED}), **more}


TAKE = Act(
    code="take",
    label=gettext_lazy("Take it"),
    icon="user",
    key="t",
    run=_take,
    press=True,
    keeps=True,
    mine=False,
    states=OPEN | {State.CLOSED},
)
BACK = Act(code="back", label=gettext_lazy("Give it back"), icon="reply", key="b", run=_back, press=True, **_options())
TRANSFER = Act(
    code="transfer",
    label=gettext_lazy("Pass it on"),
    icon="arrow-right",
    key="p",
    run=_transfer,
    fields=_transfer_fields,
    submit=gettext_lazy("Pass it on"),
    templates=["console/inbox/_transfer_agency.html"],
    shown=lambda ask: {"elsewhere": places(ask.talk.agency_id).exists()},
)
SNOOZE = Act(
    code="snooze",
    label=gettext_lazy("Put it off"),
    icon="clock",
    key="s",
    run=_snooze,
    fields=_snooze_fields,
    submit=gettext_lazy("Put it off"),
    states=frozenset({State.HELD}),
)
CLOSE = Act(
    code="close",
    label=gettext_lazy("Close it"),
    icon="check",
    key="e",
    run=_close,
    fields=_close_fields,
    submit=gettext_lazy("Close it"),
)
