"""The promise, as a machine: whatever people do in whatever order, every open case has one next actor and one deadline,
and it ends only with an answer. Real actions, real PostgreSQL.

Each example starts with a desk that has a case at every stage: Hypothesis switches whole rules off, and an example
that could not even open a case would prove nothing. The test says when the walk no longer gets anywhere."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)

from balcao.cases import actions
from balcao.cases.incident_batches import end_batch
from balcao.cases.models import Answer, Case, Gathering, Incident
from balcao.cases.states import State
from balcao.clocks.actions import extend_deadline, pause_deadline, resume_deadline
from balcao.clocks.sweep import sweep
from balcao.inbox import mending, sending
from balcao.inbox.models import Delivery
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.outbound import SENDERS
from balcao.inbox.states import DeliveryState
from balcao.platform.models import Fault
from balcao.questionnaires.actions import rate_answer
from balcao.workorders import actions as orders
from balcao.workorders.models import AreaReport, WorkOrder
from tests.invariants.walking import walk
from tests.world import make_world

from .desk import Mailbox
from .promises import Promises

pytestmark = pytest.mark.django_db

WORDS = st.sampled_from(["Árvore seca", "Já foi podada", "Não é aqui", "A rua está escura"])
WHICH = st.integers(0, 99)
S = State


class Demands(Promises):
    @initialize(days=st.sampled_from([0, 9, 20, 40]))
    def a_desk_with_a_case_at_every_stage(self, days: int) -> None:
        self.world = make_world()
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self.box = SENDERS["email"] = Mailbox()
        self.supervisor, self.manager = self.world.actor("supervisor"), self.world.actor("area_manager")
        self.person, self.contact = self.world.person()
        self.protocols: list[str] = []
        self.kept: dict[str, set[Any]] = {}
        self.due: dict[int, datetime] = {}
        for _ in range(7):
            self.opens(reachable=True, routed=True, kind="reclamacao")
        self.opens(reachable=False, routed=False, kind="denuncia")
        _at_work, asked, reported, drafted, sent, closed, joined, _unrouted = Case.objects.order_by("pk")
        actions.ask_citizen(actor=self.supervisor, case=asked, question="Onde fica?", now=self.now)
        for case in (reported, drafted, sent, closed):
            order = WorkOrder.objects.get(case=case)
            report = orders.file_report(actor=self.manager, order=order, outcome="solved", text="Feito", now=self.now)
            if case != reported:
                orders.accept_report(actor=self.supervisor, report=report, now=self.now)
        actions.send_answer(actor=self.supervisor, case=closed, now=self.now)
        self.delivers(mood="accepts")
        actions.send_answer(actor=self.supervisor, case=sent, now=self.now)
        actions.merge_case(actor=self.supervisor, case=joined, primary=drafted, now=self.now)
        self.becomes_known()
        self.gathers(which=1)
        self.time_passes(days=days)

    # -- the citizen ---------------------------------------------------------------------------------------
    @precondition(lambda self: Case.objects.count() < 14)
    @rule(reachable=st.booleans(), routed=st.booleans(), kind=st.sampled_from(["reclamacao", "denuncia"]))
    def opens(self, reachable: bool, routed: bool, kind: str) -> None:
        case = open_and_acknowledge(
            actor=self.world.citizen,
            service=self.world.service if routed else self.world.unrouted,
            kind=kind,
            channel="portal",
            description="Preciso de ajuda",
            reporter=self.person if reachable else None,
            contact=self.contact if reachable else None,
            now=self.now,
        ).case
        self.protocols.append(case.protocol)

    @rule(which=WHICH, words=WORDS)
    def adds(self, which: int, words: str) -> None:
        case = self.pick(which, S.WAITING)
        self.attempt(actions.add_information, actor=self.world.citizen, case=case, text=words)

    @rule(which=WHICH, words=WORDS)
    def says_it_was_not_solved(self, which: int, words: str) -> None:
        case = self.pick(which, S.CLOSED)
        self.attempt(actions.reopen_case, actor=self.world.citizen, case=case, reason=words)

    @rule(which=WHICH, score=st.integers(-1, 11))
    def rates(self, which: int, score: int) -> None:
        answer = Answer.objects.filter(case=self.pick(which, S.CLOSED)).last()
        if answer:
            self.attempt(rate_answer, actor=self.world.citizen, answer=answer, score=score)

    # -- triage --------------------------------------------------------------------------------------------
    @rule(which=WHICH, words=WORDS)
    def asks(self, which: int, words: str) -> None:
        case = self.pick(which, S.TRIAGE, S.WORKING, S.REVIEW)
        self.attempt(actions.ask_citizen, actor=self.supervisor, case=case, question=words)

    @rule(which=WHICH, words=WORDS)
    def refuses(self, which: int, words: str) -> None:
        case = self.pick(which, S.TRIAGE, S.WAITING)
        self.attempt(actions.refuse_case, actor=self.supervisor, case=case, reason=words)

    @rule(which=WHICH, routed=st.booleans())
    def classifies(self, which: int, routed: bool) -> None:
        service = self.world.service if routed else self.world.unrouted
        case = self.pick(which, S.TRIAGE)
        self.attempt(actions.classify_case, actor=self.supervisor, case=case, service=service, kind="reclamacao")

    @rule(which=WHICH, words=WORDS, roads=st.booleans())
    def transfers(self, which: int, words: str, roads: bool) -> None:
        case, area = self.pick(which, S.TRIAGE, S.WORKING), self.world.roads if roads else self.world.trees
        self.attempt(actions.transfer_case, actor=self.supervisor, case=case, area=area, reason=words)

    @rule(which=WHICH, other=WHICH)
    def merges(self, which: int, other: int) -> None:
        case, primary = self.pick(which, S.TRIAGE, S.WORKING), self.pick(other, S.WORKING, S.REVIEW, S.FOLLOWING)
        self.attempt(actions.merge_case, actor=self.supervisor, case=case, primary=primary)

    @rule(which=WHICH)
    def parts(self, which: int) -> None:
        self.attempt(actions.part_case, actor=self.supervisor, case=self.pick(which, S.FOLLOWING))

    # -- one problem, many people --------------------------------------------------------------------------
    @precondition(lambda self: Incident.objects.filter(state="open").count() < 2)
    @rule()
    def becomes_known(self) -> None:
        world = self.world
        incident = Incident(agency=world.agency, title="Adutora", text="Rompeu", area=world.roads, began_at=self.now)
        services = [world.service, world.unrouted]
        self.attempt(actions.keep_incident, actor=self.supervisor, incident=incident, services=services)

    def incident(self, which: int) -> Incident | None:
        known = list(Incident.objects.order_by("-state", "pk"))  # now and then one that is over
        return known[which % len(known)] if known else None

    @rule(which=WHICH)
    def gathers(self, which: int) -> None:
        if incident := self.incident(which):
            case = self.pick(which, S.TRIAGE, S.WORKING, S.WAITING)
            self.attempt(actions.gather_case, actor=self.supervisor, case=case, incident=incident)

    @rule(which=WHICH)
    def lets_go(self, which: int) -> None:
        self.attempt(actions.release_case, actor=self.supervisor, case=self.pick(which, S.GATHERED))

    @rule(which=WHICH, words=WORDS, withdrawn=st.booleans())
    def the_problem_ends(self, which: int, words: str, withdrawn: bool) -> None:
        incident = self.incident(which)
        if incident and withdrawn:
            self.attempt(actions.withdraw_incident, actor=self.supervisor, incident=incident)
        elif incident:
            self.attempt(
                actions.report_incident, actor=self.supervisor, incident=incident, outcome="solved", report=words
            )

    @rule(which=WHICH, some=st.booleans())
    def the_batches_run(self, which: int, some: bool) -> None:
        """At least once, in any order, and perhaps only in part."""
        ended = Gathering.objects.exclude(incident__state="open").order_by("pk").values_list("incident", "pk")
        for incident_id, pk in list(ended)[which % 3 if some else 0 :]:
            end_batch(incident_id=incident_id, first=pk, last=pk)

    # -- the area and its reviewer -------------------------------------------------------------------------
    @rule(which=WHICH, words=WORDS)
    def gives_back(self, which: int, words: str) -> None:
        if order := self.order(which):
            self.attempt(orders.give_back_order, actor=self.manager, order=order, reason=words)

    @rule(which=WHICH, days=st.integers(0, 9))
    def takes_on(self, which: int, days: int) -> None:
        if order := self.order(which):
            self.attempt(orders.accept_order, actor=self.manager, order=order)
            day = (self.now + timedelta(days=days)).date()
            self.attempt(orders.plan_order, actor=self.manager, order=order, planned_for=day)

    @rule(which=WHICH, outcome=st.sampled_from(["solved", "impossible", "refused"]), words=WORDS)
    def reports(self, which: int, outcome: str, words: str) -> None:
        if order := self.order(which):
            self.attempt(
                orders.file_report,
                actor=self.manager,
                order=order,
                outcome=outcome,
                text=words,
                impossible_because=words,
            )

    @rule(which=WHICH, accept=st.booleans(), words=WORDS)
    def reviews(self, which: int, accept: bool, words: str) -> None:
        report = AreaReport.objects.filter(order__case=self.pick(which, S.REVIEW)).last()
        if report and accept:
            self.attempt(orders.accept_report, actor=self.supervisor, report=report)
        elif report:
            self.attempt(orders.send_report_back, actor=self.supervisor, report=report, note=words)

    @rule(which=WHICH, words=WORDS)
    def drafts(self, which: int, words: str) -> None:
        case = self.pick(which, S.TRIAGE, S.DRAFTING)
        self.attempt(actions.draft_answer, actor=self.supervisor, case=case, outcome="informed", body=words)

    @rule(which=WHICH)
    def sends(self, which: int) -> None:
        self.attempt(actions.send_answer, actor=self.supervisor, case=self.pick(which, S.DRAFTING))

    # -- the clock -----------------------------------------------------------------------------------------
    @rule(which=WHICH)
    def extends(self, which: int) -> None:
        deadline = self.pick(which, S.TRIAGE, S.WORKING).deadline
        self.attempt(extend_deadline, actor=self.supervisor, deadline=deadline, reason="perícia")

    @rule(which=WHICH)
    def holds_the_clock(self, which: int) -> None:
        deadline = self.pick(which, S.TRIAGE, S.WORKING, S.REVIEW).deadline
        self.attempt(pause_deadline, actor=self.supervisor, deadline=deadline, reason="perícia")

    @rule(which=WHICH)
    def lets_the_clock_run(self, which: int) -> None:
        self.attempt(resume_deadline, actor=self.supervisor, deadline=self.pick(which, S.WORKING, S.REVIEW).deadline)

    @rule(days=st.sampled_from([0, 1, 3, 9, 30]))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, hours=3)
        while sweep(self.now):
            pass

    # -- the post ------------------------------------------------------------------------------------------
    @rule(mood=st.sampled_from(["accepts", "hesitates"]))
    def delivers(self, mood: str) -> None:
        self.box.mood = mood
        for pk in Delivery.objects.filter(state=DeliveryState.QUEUED).values_list("pk", flat=True):
            sending.deliver(pk, self.now)

    @rule()
    def refuses_every_letter(self) -> None:
        self.delivers(mood="refuses")

    @rule(which=WHICH, again=st.booleans())
    def mends(self, which: int, again: bool) -> None:
        faults = Fault.objects.filter(kind="delivery", ended_at=None).order_by("pk")
        if faults and again:
            mending.retry_delivery(faults[which % len(faults)], self.supervisor)
        elif faults:
            mending.end_delivery(actor=self.supervisor, fault=faults[which % len(faults)], reason="Mudou-se")


@pytest.fixture
def senders():
    kept = dict(SENDERS)
    yield
    SENDERS.clear()
    SENDERS.update(kept)


REACHED = {
    "OrderGivenBack", "OrderSentBack", "OrderDone", "OrderPlanned", "AnswerSent", "AnswerUndelivered", "CaseClosed",
    "CaseReopened", "CaseMerged", "CaseParted", "CaseRefused", "CaseTransferred", "CaseClassified", "CitizenAsked",
    "CitizenHeard", "DeadlinePaused", "DeadlineResumed", "DeadlineExtended", "DeadlineWarned", "DeadlineBreached",
    "DeadlineEscalated", "CaseRated", "CaseGathered", "CaseReleased", "CaseSettled", "IncidentReported",
    "IncidentWithdrawn",
}  # fmt: skip


def test_no_order_of_events_breaks_the_promise_and_the_walk_gets_about(senders):
    met = Counter[str]()
    for beginning in range(8):
        met += walk(Demands, examples=3, steps=30, beginning=beginning)
    missed = REACHED - met.keys()
    # Hypothesis switches rules off in whole runs, so one or two may be missed by chance: not a quarter of them.
    assert len(missed) <= 3, f"nobody came by {sorted(missed)}"


@pytest.mark.slow
def test_no_order_of_events_breaks_the_promise_for_long(senders):
    walk(Demands, examples=200, steps=50)
