"""Everything that changes a work order."""

from .areas import change_area
from .clock import extend_order, go_on_with_order, hold_order
from .forwarding import change_system, settle_doubt
from .issuing import cancel_order, issue_order, route_case
from .matrix import change_rule, move_rule, order_rules, remove_rule, route_unrouted
from .reporting import accept_report, file_report, report_to_review, send_report_back
from .working import accept_order, assign_order, give_back_order, plan_order, release_order

__all__ = [
    "accept_order",
    "accept_report",
    "assign_order",
    "cancel_order",
    "change_area",
    "change_rule",
    "change_system",
    "extend_order",
    "file_report",
    "give_back_order",
    "go_on_with_order",
    "hold_order",
    "issue_order",
    "move_rule",
    "order_rules",
    "plan_order",
    "release_order",
    "remove_rule",
    "report_to_review",
    "route_case",
    "route_unrouted",
    "send_report_back",
    "settle_doubt",
]
