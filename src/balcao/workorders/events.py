"""Facts about work orders."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class OrderIssued(Fact):
    order_id: int
    area_id: int
    rule_id: int | None


@dataclass(frozen=True, kw_only=True)
class OrderAccepted(Fact):
    order_id: int


@dataclass(frozen=True, kw_only=True)
class OrderAssigned(Fact):
    order_id: int
    staff_id: int


@dataclass(frozen=True, kw_only=True)
class OrderReleased(Fact):
    """Whoever had it handed it back to their own area; `staff_id` had it."""

    order_id: int
    staff_id: int


@dataclass(frozen=True, kw_only=True)
class OrderPlanned(Fact):
    """`planned_for` is an ISO date."""

    order_id: int
    planned_for: str


@dataclass(frozen=True, kw_only=True)
class OrderGivenBack(Fact):
    order_id: int


@dataclass(frozen=True, kw_only=True)
class OrderReported(Fact):
    order_id: int
    report_id: int
    outcome: str


@dataclass(frozen=True, kw_only=True)
class OrderSentBack(Fact):
    order_id: int
    report_id: int


@dataclass(frozen=True, kw_only=True)
class OrderDone(Fact):
    order_id: int
    report_id: int


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Fact):
    order_id: int


@dataclass(frozen=True, kw_only=True)
class OrderForwarded(Fact):
    """The system of the area has it, under a reference that stands with the order."""

    order_id: int
    system_id: int


@dataclass(frozen=True, kw_only=True)
class OrderCalledOff(Fact):
    """The system of the area was told that the order, which ended here, is not wanted any more."""

    order_id: int
    system_id: int
