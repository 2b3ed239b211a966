"""What must hold after every step, whatever people did in whatever order."""

from __future__ import annotations

from typing import Any

from django.db.models import F
from hypothesis.stateful import invariant

from balcao.cases.models import Answer, Case, Gathering, Remark
from balcao.cases.states import State
from balcao.clocks.models import Alarm, Deadline, Extension
from balcao.inbox.models import Delivery
from balcao.inbox.states import DeliveryState
from balcao.platform.models import Event, Fault
from balcao.workorders.models import AreaReport
from balcao.workorders.states import OPEN

from .desk import Desk


class Promises(Desk):
    @invariant()
    def whoever_is_open_has_one_next_actor_and_one_deadline(self) -> None:
        for case in Case.objects.select_related("deadline"):
            assert (case.next_actor == "") == (case.state == State.CLOSED), case.state
            if case.state == State.CLOSED:
                assert case.deadline.state == "stopped"
            else:
                assert case.deadline.state in ("running", "paused")
                assert case.deadline.due_at or case.deadline.state == "paused"
            if case.state in (State.WORKING, State.REVIEW):
                assert case.area_id and case.orders.filter(state__in=OPEN).count() == 1
            if case.state in (State.TRIAGE, State.DRAFTING, State.CLOSED, State.FOLLOWING, State.GATHERED):
                assert not case.orders.filter(state__in=OPEN).exists()

    @invariant()
    def whoever_follows_follows_one_that_is_worked_on(self) -> None:
        over = (State.CLOSED, State.ANSWERING, State.FOLLOWING)
        assert not Case.objects.filter(state=State.FOLLOWING, primary__state__in=over).exists()
        assert not Case.objects.filter(state=State.FOLLOWING, primary=None).exists()

    @invariant()
    def whoever_is_gathered_belongs_to_one_problem_and_its_area_must_act(self) -> None:
        assert set(self.pks(State.GATHERED)) == set(
            Gathering.objects.filter(ended_at=None).values_list("case", flat=True)
        )
        for held in Gathering.objects.filter(ended_at=None).select_related("case", "incident"):
            assert (held.case.next_actor, held.case.area_id) == ("area", held.incident.area_id)
            assert not held.case.sealed and held.case.kind != "denuncia"
        for held in Gathering.objects.filter(answer__isnull=False).select_related("answer", "incident"):
            assert held.answer.case_id == held.case_id and held.incident.report in held.answer.body
        assert not Fault.objects.filter(kind="incident").exists()

    @invariant()
    def it_closes_only_with_an_answer_that_was_attempted(self) -> None:
        for case in Case.objects.filter(state=State.CLOSED):
            answer = case.answers_given.get(number=case.reopened + 1)
            assert answer.sent_at and answer.attempted_at and answer.body
            if case.contact_id:
                assert Delivery.objects.filter(message__answer=answer, attempts__gt=0).exists()

    @invariant()
    def an_answer_on_its_way_has_a_delivery_or_somebody_who_mends_it(self) -> None:
        for case in Case.objects.filter(state=State.ANSWERING):
            deliveries = Delivery.objects.filter(message__answer__case=case, message__answer__number=case.reopened + 1)
            states = set(deliveries.values_list("state", flat=True))
            assert DeliveryState.QUEUED in states or (DeliveryState.GIVEN_UP in states and case.next_actor == "triage")

    @invariant()
    def what_was_given_up_stands_on_the_operators_page_until_somebody_ends_it(self) -> None:
        ended = Fault.objects.filter(kind="delivery", ended_by__isnull=False).values_list("key", flat=True)
        given_up = {str(pk) for pk in Delivery.objects.filter(state="given_up").values_list("pk", flat=True)}
        listed = set(Fault.objects.filter(kind="delivery", ended_at=None).values_list("key", flat=True))
        assert given_up - set(ended) == listed

    @invariant()
    def histories_only_grow(self) -> None:
        now: dict[str, set[Any]] = {
            "events": set(Event.objects.values_list("pk", "kind", "case_id", "at")),
            "words": set(Remark.objects.values_list("pk", "text", "at")),
            "answers": set(Answer.objects.exclude(sent_at=None).values_list("pk", "body", "outcome", "sent_at")),
            "reports": set(AreaReport.objects.values_list("pk", "text", "outcome", "filed_at")),
            "alarms": set(Alarm.objects.values_list("pk", "level", "at")),
            "extensions": set(Extension.objects.values_list("pk", "amount", "reason", "at")),
        }
        for name, rows in now.items():
            assert self.kept.get(name, set()) <= rows, name
        self.kept = now

    @invariant()
    def protocols_never_repeat(self) -> None:
        assert len(set(self.protocols)) == len(self.protocols) == Case.objects.values("protocol").distinct().count()

    @invariant()
    def waiting_is_never_made_shorter_on_paper(self) -> None:
        for pk, due in Deadline.objects.exclude(due_at=None).values_list("pk", "due_at"):
            assert due >= self.due.get(pk, due)
            self.due[pk] = due
        assert not Deadline.objects.filter(due_at__lt=F("original_due_at")).exists()
