"""Who reacts to what. Read this and you have seen the whole machine.

AT_ONCE runs in the transaction of the fact: what the promise needs holds when it commits.
LATER runs as jobs after the commit, at least once: each is idempotent."""

from collections.abc import Mapping, Sequence

from balcao.api.webhooks.actions import retry_dead
from balcao.cases import digest as case_digest
from balcao.cases import events as case
from balcao.cases import incident_batches
from balcao.cases import sweeps as case_sweeps
from balcao.channels.email.channel import AcrossByMail, EmailChannel
from balcao.channels.open311 import jobs as open311_jobs
from balcao.channels.open311 import letting_go as open311_letting_go
from balcao.channels.open311.client import Open311Client
from balcao.channels.portal import letting_go as portal_letting_go
from balcao.channels.signed_http.client import SignedHttp
from balcao.channels.webchat.visitors import AcrossInTheWindow
from balcao.channels.whatsapp import asking as whatsapp_asking
from balcao.channels.whatsapp import reading as whatsapp_reading
from balcao.channels.whatsapp import taking as whatsapp_taking
from balcao.channels.whatsapp import templates as whatsapp_templates
from balcao.channels.whatsapp.channel import WhatsAppChannel
from balcao.channels.whatsapp.contacts import AcrossByNumber
from balcao.clocks import events as clock
from balcao.clocks import sweep
from balcao.inbox import alarms, digest, letters, mailing
from balcao.inbox import mending as inbox_mending
from balcao.inbox import sweeps as inbox_sweeps
from balcao.inbox.approved.outside import FETCHERS
from balcao.inbox.conversations import events as talk
from balcao.inbox.conversations import jobs as talk_jobs
from balcao.inbox.conversations import sweeps as talk_sweeps
from balcao.inbox.handing import answering, passing
from balcao.inbox.handing.across import ACROSS
from balcao.inbox.interviews import grading
from balcao.inbox.interviews import running as interviews
from balcao.inbox.interviews.rendering import BY_LETTER, RENDERERS, bubbles
from balcao.inbox.interviews.rendering import letters as questions_by_letter
from balcao.inbox.outbound import SENDERS
from balcao.inbox.sending import possible_repeats
from balcao.platform import (
    events,
    fault_digest,
    faults,
    health,
    housekeeping,
    jobs,
    reactions,
    room_watch,
    stuck,
    waiting_jobs,
)
from balcao.platform.events import Fact, Reaction
from balcao.privacy.parts import PARTS
from balcao.workorders import digest as order_digest
from balcao.workorders import events as order
from balcao.workorders import reactions as orders
from balcao.workorders import sweeps as order_sweeps
from balcao.workorders.actions import forwarding
from balcao.workorders.remote import CONNECTORS

AT_ONCE: Mapping[type[Fact], Sequence[Reaction]] = {
    case.CaseOpened: [orders.route],
    case.CaseReopened: [orders.route],
    case.CaseParted: [orders.route],
    case.CaseClassified: [orders.route_again],
    case.CaseDispatched: [orders.issue],
    case.CaseTransferred: [orders.issue],
    case.CaseMerged: [orders.cancel],
    case.CaseGathered: [orders.cancel],
    case.CaseReleased: [orders.route],
    case.CaseRefused: [orders.cancel],
    case.CitizenAsked: [orders.pause],
    case.CitizenHeard: [orders.resume],
    case.AnswerSent: [letters.send_answer],
    talk.ConversationClosed: [grading.ask],
    talk.MessageReceived: [answering.hear],
}

LATER: Mapping[type[Fact], Sequence[Reaction]] = {
    case.CitizenAsked: [letters.send_question],
    case.CaseReopened: [letters.send_reopened],
    case.NoteWritten: [alarms.tell_mentioned],
    talk.MessageReceived: [interviews.hear],
    talk.FilesCame: [interviews.hear],
    talk.HandoverAnswered: [passing.carry_out],
    talk.ConversationQueued: [talk_jobs.give_out, talk_jobs.say_hours],
    talk.ConversationClosed: [talk_jobs.give_out],
    talk.ConversationSnoozed: [talk_jobs.give_out],
    talk.AttendantCame: [talk_jobs.give_out],
    talk.ConversationNoted: [alarms.tell_called],
    talk.ConversationRead: [whatsapp_reading.show_read],
    order.OrderReleased: [alarms.tell_released],
    events.FaultGiven: [alarms.tell_given],
    clock.DeadlineWarned: [alarms.warn],
    clock.DeadlineBreached: [alarms.breach],
    clock.DeadlineEscalated: [alarms.escalate],
}


# Each has its own tick; named here so that the worker knows them.
TICKS = (stuck.sweep_stuck, housekeeping.clear_night, room_watch.watch_room)


def install() -> None:
    """Called once, when Django is ready."""
    events.wire(AT_ONCE, LATER, reactions.defer)
    SENDERS["email"] = EmailChannel()
    SENDERS["whatsapp"] = WhatsAppChannel()
    ACROSS.update({"email": AcrossByMail(), "webchat": AcrossInTheWindow(), "whatsapp": AcrossByNumber()})
    FETCHERS["whatsapp"] = whatsapp_templates.fetch
    BY_LETTER["email"] = questions_by_letter
    RENDERERS.update({"whatsapp": whatsapp_asking.messages, "webchat": bubbles})
    CONNECTORS.update({"open311": Open311Client(), "signed_http": SignedHttp()})
    faults.MENDERS.update(
        {
            "delivery": inbox_mending.retry_delivery,
            "job": jobs.retry_failed,
            "alarm": sweep.retry_alarm,
            "stuck": stuck.retry,
            "disk": room_watch.retry,
            "webhook": retry_dead,
            "media": open311_jobs.retry,
            "remote": forwarding.retry,
            "whatsapp": whatsapp_taking.retry,
            "incident": incident_batches.retry,
            "mail": mailing.retry_kept,
            "flood": whatsapp_taking.retry_flood,
        }
    )
    health.COUNTED["balcao_deliveries_possible_repeats"] = (
        "Tries of a delivery whose end nobody knows; each was repeated with the same Message-ID",
        possible_repeats,
    )
    PARTS[:] = [portal_letting_go.forget_case, open311_letting_go.forget_case]
    stuck.install([*case_sweeps.CHECKS, *order_sweeps.CHECKS, *inbox_sweeps.CHECKS, *waiting_jobs.CHECKS])
    digest.SECTIONS[:] = [case_digest.lines, talk_sweeps.lines, order_digest.lines, fault_digest.lines]
