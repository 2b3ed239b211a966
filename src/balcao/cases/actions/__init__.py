"""Everything that changes a case. Each action is one transaction, one lock, one event per fact."""

from .answering import answer_undelivered, delivery_attempted, draft_answer, send_answer
from .hearing import add_information, ask_citizen, reopen_case
from .merging import follow_case, merge_case, part_case
from .notes import write_note
from .opening import Location, Opened, open_case
from .triage import classify_case, dispatch_case, give_back_case, refuse_case, transfer_case
from .working import report_received, report_sent_back

__all__ = [
    "Location",
    "Opened",
    "add_information",
    "answer_undelivered",
    "ask_citizen",
    "classify_case",
    "delivery_attempted",
    "dispatch_case",
    "draft_answer",
    "follow_case",
    "give_back_case",
    "merge_case",
    "open_case",
    "part_case",
    "refuse_case",
    "reopen_case",
    "report_received",
    "report_sent_back",
    "send_answer",
    "transfer_case",
    "write_note",
]
