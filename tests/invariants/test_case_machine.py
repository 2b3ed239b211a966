"""The promise, as a machine: whatever people do in whatever order, every open case has one next actor and one deadline,
and it ends only with an answer. Real actions, real PostgreSQL."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from balcao.cases import actions
from balcao.cases.models import Answer, Case
from balcao.cases.states import State
from balcao.catalog.models import Service
from balcao.clocks.actions import extend_deadline
from balcao.clocks.sweep import sweep
from balcao.inbox import sending
from balcao.inbox.models import Delivery
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.outbound import SENDERS, Outgoing, Rejected, TryLater
from balcao.inbox.states import DeliveryState
from balcao.platform.errors import Refusal
from balcao.platform.models import Event, Fault
from balcao.questionnaires.actions import rate_answer
from balcao.workorders import actions as orders
from balcao.workorders.models import AreaReport, WorkOrder
from balcao.workorders.states import AT_WORK, OPEN
from tests.world import make_world

pytestmark = pytest.mark.django_db

WORDS = st.sampled_from(["Árvore seca", "Já foi podada", "Não é aqui", "A rua está escura"])


class Mailbox:
    """A channel whose other side accepts, hesitates or refuses as the machine tells it."""

    mood = "accepts"

    def __init__(self) -> None:
        self.taken: list[str] = []

    def send(self, message: Outgoing) -> None:
        if self.mood == "hesitates":
            raise TryLater("busy")
        if self.mood == "refuses":
            raise Rejected("no such box")
        self.taken.append(str(message.uid))


class Demands(RuleBasedStateMachine):
    cases = Bundle("cases")

    @initialize()
    def a_city(self) -> None:
        self.world = make_world()
        self.now = datetime(2026, 3, 2, 12, tzinfo=UTC)
        self.box = Mailbox()
        SENDERS["email"] = self.box
        self.supervisor, self.manager = self.world.actor("supervisor"), self.world.actor("area_manager")
        self.person, self.contact = self.world.person()
        self.protocols: list[str] = []
        self.events = 0
        self.due: dict[int, datetime] = {}

    def attempt(self, action, **kwargs) -> None:
        """Whatever is refused leaves everything as it was; anything else than a Refusal is a defect."""
        with contextlib.suppress(Refusal):
            action(now=self.now, **kwargs)

    # -- the citizen ---------------------------------------------------------------------------------------
    @rule(target=cases, reachable=st.booleans(), routed=st.booleans(), kind=st.sampled_from(["reclamacao", "denuncia"]))
    def opens(self, reachable: bool, routed: bool, kind: str) -> int:
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
        return case.pk

    @rule(case=cases, words=WORDS)
    def adds(self, case: int, words: str) -> None:
        self.attempt(actions.add_information, actor=self.world.citizen, case=self.get(case), text=words)

    @rule(case=cases, words=WORDS)
    def says_it_was_not_solved(self, case: int, words: str) -> None:
        self.attempt(actions.reopen_case, actor=self.world.citizen, case=self.get(case), reason=words)

    @rule(case=cases, score=st.integers(-1, 11))
    def rates(self, case: int, score: int) -> None:
        answer = Answer.objects.filter(case_id=case).last()
        if answer:
            self.attempt(rate_answer, actor=self.world.citizen, answer=answer, score=score)

    # -- triage --------------------------------------------------------------------------------------------
    @rule(case=cases, words=WORDS)
    def asks(self, case: int, words: str) -> None:
        self.attempt(actions.ask_citizen, actor=self.supervisor, case=self.get(case), question=words)

    @rule(case=cases, words=WORDS)
    def refuses(self, case: int, words: str) -> None:
        self.attempt(actions.refuse_case, actor=self.supervisor, case=self.get(case), reason=words)

    @rule(case=cases, routed=st.booleans())
    def classifies(self, case: int, routed: bool) -> None:
        service: Service = self.world.service if routed else self.world.unrouted
        self.attempt(
            actions.classify_case, actor=self.supervisor, case=self.get(case), service=service, kind="reclamacao"
        )

    @rule(case=cases, words=WORDS)
    def transfers(self, case: int, words: str) -> None:
        self.attempt(
            actions.transfer_case, actor=self.supervisor, case=self.get(case), area=self.world.roads, reason=words
        )

    @rule(case=cases, primary=cases)
    def merges(self, case: int, primary: int) -> None:
        self.attempt(actions.merge_case, actor=self.supervisor, case=self.get(case), primary=self.get(primary))

    @rule(case=cases)
    def parts(self, case: int) -> None:
        self.attempt(actions.part_case, actor=self.supervisor, case=self.get(case))

    # -- the area and its reviewer -------------------------------------------------------------------------
    @rule(case=cases, words=WORDS)
    def gives_back(self, case: int, words: str) -> None:
        if order := self.order(case):
            self.attempt(orders.give_back_order, actor=self.manager, order=order, reason=words)

    @rule(case=cases, outcome=st.sampled_from(["solved", "impossible", "refused"]), words=WORDS)
    def reports(self, case: int, outcome: str, words: str) -> None:
        if order := self.order(case):
            self.attempt(
                orders.file_report,
                actor=self.supervisor if order.area_id == self.world.roads.pk else self.manager,
                order=order,
                outcome=outcome,
                text=words,
                impossible_because=words,
            )

    @rule(case=cases, accept=st.booleans(), words=WORDS)
    def reviews(self, case: int, accept: bool, words: str) -> None:
        report = AreaReport.objects.filter(order__case_id=case).last()
        if report and accept:
            self.attempt(orders.accept_report, actor=self.supervisor, report=report)
        elif report:
            self.attempt(orders.send_report_back, actor=self.supervisor, report=report, note=words)

    @rule(case=cases, words=WORDS)
    def drafts(self, case: int, words: str) -> None:
        self.attempt(actions.draft_answer, actor=self.supervisor, case=self.get(case), outcome="informed", body=words)

    @rule(case=cases)
    def sends(self, case: int) -> None:
        self.attempt(actions.send_answer, actor=self.supervisor, case=self.get(case))

    @rule(case=cases)
    def extends(self, case: int) -> None:
        self.attempt(extend_deadline, actor=self.supervisor, deadline=self.get(case).deadline, reason="perícia")

    # -- the machine ---------------------------------------------------------------------------------------
    @rule(mood=st.sampled_from(["accepts", "hesitates", "refuses"]))
    def delivers(self, mood: str) -> None:
        self.box.mood = mood
        for pk in Delivery.objects.filter(state=DeliveryState.QUEUED).values_list("pk", flat=True):
            sending.deliver(pk)

    @rule(days=st.integers(0, 20))
    def time_passes(self, days: int) -> None:
        self.now += timedelta(days=days, hours=3)
        while sweep(self.now):
            pass

    def get(self, pk: int) -> Case:
        return Case.objects.select_related("deadline", "service__agency").get(pk=pk)

    def order(self, case: int) -> WorkOrder | None:
        return WorkOrder.objects.filter(case_id=case, state__in=AT_WORK).first()

    # -- what must hold, always ----------------------------------------------------------------------------
    @invariant()
    def whoever_is_open_has_one_next_actor_and_one_deadline(self) -> None:
        for case in Case.objects.select_related("deadline"):
            assert (case.next_actor == "") == (case.state == State.CLOSED), case.state
            if case.state == State.CLOSED:
                assert case.deadline.state == "stopped"
            else:
                assert case.deadline.state in ("running", "paused")
                assert case.deadline.due_at or case.state in (State.WAITING, State.ANSWERING, State.FOLLOWING)
            if case.state in (State.WORKING, State.REVIEW):
                assert case.area_id and case.orders.filter(state__in=OPEN).count() == 1
            if case.state in (State.TRIAGE, State.DRAFTING, State.CLOSED, State.FOLLOWING):
                assert not case.orders.filter(state__in=OPEN).exists()

    @invariant()
    def it_closes_only_with_an_answer_that_was_attempted(self) -> None:
        for case in Case.objects.filter(state=State.CLOSED):
            answer = case.answers_given.get(number=case.reopened + 1)
            assert answer.sent_at and answer.attempted_at and answer.body
            if case.contact_id:
                assert Delivery.objects.filter(message__answer=answer, attempts__gt=0).exists()

    @invariant()
    def what_was_given_up_stands_on_the_operators_page(self) -> None:
        given_up = Delivery.objects.filter(state=DeliveryState.GIVEN_UP).count()
        assert given_up == Fault.objects.filter(kind="delivery", ended_at=None).count()

    @invariant()
    def histories_only_grow(self) -> None:
        count = Event.objects.count()
        assert count >= self.events
        self.events = count

    @invariant()
    def protocols_never_repeat(self) -> None:
        assert len(set(self.protocols)) == len(self.protocols)

    @invariant()
    def waiting_is_never_made_shorter_on_paper(self) -> None:
        from balcao.clocks.models import Deadline

        for pk, due in Deadline.objects.exclude(due_at=None).values_list("pk", "due_at"):
            assert due >= self.due.get(pk, due)
            self.due[pk] = due
        assert not Deadline.objects.filter(due_at__lt=F("original_due_at")).exists()


@pytest.fixture
def senders():
    kept = dict(SENDERS)
    yield
    SENDERS.clear()
    SENDERS.update(kept)


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Each example in a savepoint of its own, rolled back: a fresh city every time."""
    from django.db import transaction

    class Fresh(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
            super().__init__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    run_state_machine_as_test(
        Fresh,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
            # Shrinking a machine over a real database takes longer than reading its steps.
            phases=[Phase.explicit, Phase.generate],
        ),
    )


def test_no_order_of_events_breaks_the_promise(senders):
    run(Demands, examples=25, steps=30)


@pytest.mark.slow
def test_no_order_of_events_breaks_the_promise_for_long(senders):
    run(Demands, examples=300, steps=50)
