"""Everything that changes a work order."""

from .clock import extend_order, go_on_with_order, hold_order
from .issuing import cancel_order, issue_order, route_case
from .reporting import accept_report, file_report, send_report_back
from .working import accept_order, assign_order, give_back_order, plan_order

__all__ = [
    "accept_order",
    "accept_report",
    "assign_order",
    "cancel_order",
    "extend_order",
    "file_report",
    "give_back_order",
    "go_on_with_order",
    "hold_order",
    "issue_order",
    "plan_order",
    "route_case",
    "send_report_back",
]
