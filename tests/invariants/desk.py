"""What a machine of demands needs: a desk, its people, a mailbox that has moods, and a way to choose among cases."""

from __future__ import annotations

import contextlib
from datetime import datetime
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.inbox.outbound import Outgoing, Rejected, TryLater
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import AT_WORK
from tests.world import World


class Mailbox:
    """A channel whose other side accepts, hesitates or refuses as the machine tells it."""

    mood = "accepts"

    def send(self, message: Outgoing) -> None:
        if self.mood == "hesitates":
            raise TryLater("busy")
        if self.mood == "refuses":
            raise Rejected("no such box")


class Desk(RuleBasedStateMachine):
    """The machine sets these up; `kept` and `due` are what its promises remember from one step to the next."""

    world: World
    now: datetime
    box: Mailbox
    supervisor: Actor
    manager: Actor
    protocols: list[str]
    kept: dict[str, set[Any]]
    due: dict[int, datetime]

    def attempt(self, action, **kwargs) -> None:
        """Whatever is refused leaves everything as it was; anything else than a Refusal is a defect."""
        with contextlib.suppress(Refusal):
            action(now=self.now, **kwargs)

    def pks(self, *states: str) -> list[int]:
        found = Case.objects.filter(state__in=states) if states else Case.objects.all()
        return list(found.order_by("pk").values_list("pk", flat=True))

    def pick(self, which: int, *likely: str) -> Case:
        """Mostly a case in a state where the rule leads somewhere, now and then any other."""
        among = (which % 5 and self.pks(*likely)) or self.pks()
        pk = among[which % len(among)]
        return Case.objects.select_related("deadline", "service__agency").get(pk=pk)

    def order(self, which: int) -> WorkOrder | None:
        case = self.pick(which, State.WORKING)
        return WorkOrder.objects.filter(case=case, state__in=AT_WORK).first()
