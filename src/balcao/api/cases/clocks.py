"""A case's clocks, each with the arithmetic of its date: the person's answer, and its areas' orders."""

from datetime import datetime
from typing import Any

from django.utils.translation import get_language
from ninja import Schema
from pydantic import Field

from balcao.clocks.explain import explain
from balcao.clocks.models import Deadline
from balcao.workorders.models import WorkOrder

from ..door import ERRORS, KeyRequest, scoped, seen
from . import router
from .finding import case_of


class ClockOut(Schema):
    kind: str = Field(description="answer: to the person; order: of an area")
    order: int | None = Field(description="the order's id; empty for the answer's clock")
    rule: str = Field(description="see `/settings/deadline-rules`")
    started_at: datetime
    original_due_at: datetime = Field(description="before pauses and extensions")
    due_at: datetime | None = Field(description="empty while it is paused")
    state: str = Field(description="running, paused or stopped")
    stopped_at: datetime | None
    explained: list[str] = Field(description="from the receipt to the date, in the language of `Accept-Language`")


@router.get("/{protocol}/clocks", response={200: list[ClockOut], **ERRORS}, summary="Its dates, and why these")
@scoped("case.read", "order.read")
def list_clocks(request: KeyRequest, protocol: str) -> Any:
    """The answer's clock first, then those of the orders that the key may see."""
    case = case_of(request.auth, protocol)
    seen(request, "case", [case.pk], "clocks")
    orders = WorkOrder.objects.visible_to(request.auth).filter(case=case).select_related("deadline").order_by("pk")
    found = [(case.deadline, None), *((order.deadline, order.pk) for order in orders)]
    return [_told(deadline, order) for deadline, order in found]


def _told(deadline: Deadline, order: int | None) -> dict[str, Any]:
    plain = ("kind", "started_at", "original_due_at", "due_at", "state", "stopped_at")
    told = {name: getattr(deadline, name) for name in plain}
    language = get_language() or "en"
    return {**told, "order": order, "rule": deadline.rule_slug, "explained": explain(deadline, language)}
