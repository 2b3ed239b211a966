"""Lives of demands, through the actions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction

from balcao.cases import actions
from balcao.cases.models import Answer, Case
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.questionnaires.actions import rate_answer
from balcao.workorders import actions as orders
from balcao.workorders.models import AreaReport, WorkOrder
from tests.world import World, make_world

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
STEPS = tuple(
    ["open", "report", "accept", "send", "reopen", "rate", "refuse", "move", "merge", "classify", "denounce", "wait"]
)


class City:
    """Lives of demands, through the actions; what is refused changes nothing."""

    def __init__(self) -> None:
        self.world: World = make_world()
        self.boss = Actor.system(self.world.agency.pk)
        self.now = NOW

    def step(self, what: str, which: int, extra: int) -> None:
        cases = list(Case.objects.select_related("service__agency", "deadline").order_by("pk"))
        if what == "wait":
            self.now += timedelta(days=extra * 5, minutes=7)
        elif what == "open" or not cases:
            kind = ("solicitacao", "reclamacao", "denuncia")[extra % 3]
            place = actions.Location(place=self.world.district if extra % 2 else None, lat=-23.5, lon=-46.6)
            channel = ("portal", "phone")[which % 2]
            self.world.open(kind=kind, location=place, channel=channel, now=self.now)
        else:
            self.act(what, cases[which % len(cases)], cases[extra % len(cases)], extra)

    def act(self, what: str, case: Case, other: Case, extra: int) -> None:
        boss, now = self.boss, self.now
        order = WorkOrder.objects.filter(case=case).order_by("number").last()
        report = AreaReport.objects.filter(order__case=case).last()
        answer = Answer.objects.filter(case=case).order_by("number").last()
        outcome = ("solved", "informed", "partly")[extra % 3]
        acts = {
            "report": lambda: orders.file_report(actor=boss, order=order, outcome=outcome, text="Feito", now=now),
            "accept": lambda: orders.accept_report(actor=boss, report=report, now=now),
            "send": lambda: self.send(case),
            "reopen": lambda: actions.reopen_case(actor=boss, case=case, reason="Continua", now=now),
            "rate": lambda: rate_answer(actor=boss, answer=answer, score=extra % 11, now=now),
            "refuse": lambda: actions.refuse_case(actor=boss, case=case, reason="Não cabe", now=now),
            "move": lambda: actions.transfer_case(actor=boss, case=case, area=self.world.roads, reason="x", now=now),
            "merge": lambda: actions.merge_case(actor=boss, case=case, primary=other, now=now),
            "classify": lambda: actions.classify_case(
                actor=boss, case=case, service=self.world.unrouted, kind="reclamacao", now=now
            ),
            "denounce": lambda: actions.classify_case(
                actor=boss, case=case, service=self.world.service, kind="denuncia", now=now
            ),
        }
        needs = {"report": order, "accept": report, "rate": answer}
        if needs.get(what, case) is None:
            return
        try:
            with transaction.atomic():
                acts[what]()
                for sent in Answer.objects.filter(sent_at__isnull=False, attempted_at=None):
                    actions.delivery_attempted(actor=boss, answer=sent, now=now)
        except Refusal:
            pass

    def send(self, case: Case) -> None:
        actions.draft_answer(actor=self.boss, case=case, outcome="solved", body="Pronto", now=self.now)
        actions.send_answer(actor=self.boss, case=case, now=self.now)
