"""Who reacts to what. Read this and you have seen the whole machine.

AT_ONCE runs in the transaction of the fact: what the promise needs holds when it commits.
LATER runs as jobs after the commit, at least once: each is idempotent."""

from collections.abc import Mapping, Sequence

from balcao.cases import events as case
from balcao.channels.email.channel import EmailChannel
from balcao.clocks import events as clock
from balcao.clocks import sweep
from balcao.inbox import alarms, letters
from balcao.inbox import mending as inbox_mending
from balcao.inbox.outbound import SENDERS
from balcao.platform import events, faults, jobs, reactions
from balcao.platform.events import Fact, Reaction
from balcao.workorders import reactions as orders

AT_ONCE: Mapping[type[Fact], Sequence[Reaction]] = {
    case.CaseOpened: [orders.route],
    case.CaseReopened: [orders.route],
    case.CaseParted: [orders.route],
    case.CaseClassified: [orders.route_again],
    case.CaseDispatched: [orders.issue],
    case.CaseTransferred: [orders.issue],
    case.CaseMerged: [orders.cancel],
    case.CaseRefused: [orders.cancel],
    case.CitizenAsked: [orders.pause],
    case.CitizenHeard: [orders.resume],
    case.AnswerSent: [letters.send_answer],
}

LATER: Mapping[type[Fact], Sequence[Reaction]] = {
    case.CitizenAsked: [letters.send_question],
    case.CaseReopened: [letters.send_reopened],
    case.NoteWritten: [alarms.tell_mentioned],
    clock.DeadlineWarned: [alarms.warn],
    clock.DeadlineBreached: [alarms.breach],
    clock.DeadlineEscalated: [alarms.escalate],
}


def install() -> None:
    """Called once, when Django is ready."""
    events.wire(AT_ONCE, LATER, reactions.defer)
    SENDERS["email"] = EmailChannel()
    faults.MENDERS.update(
        {
            "delivery": inbox_mending.retry_delivery,
            "job": jobs.retry_failed,
            "alarm": sweep.retry_alarm,
        }
    )
