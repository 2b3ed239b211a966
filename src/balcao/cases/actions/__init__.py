"""Everything that changes a case. Each action is one transaction, one lock, one event per fact."""

from .answering import answer_retried, answer_undelivered, delivery_attempted, draft_answer, send_answer
from .assuming import assume_case, let_go_of_case
from .bouncing import answer_bounced
from .gathering import gather_case, release_case, settle_case
from .hearing import add_information, ask_citizen, reopen_case
from .incidents import keep_incident, report_incident, withdraw_incident
from .merging import follow_case, merge_case, part_case
from .notes import write_note
from .opening import Location, NewId, Opened, open_case, opened_before
from .publishing import publish_case, unpublish_case
from .triage import classify_case, dispatch_case, give_back_case, refuse_case, transfer_case
from .way_back import make_way_back, renew_access_code, use_way_back
from .working import report_received, report_sent_back

__all__ = [
    "Location",
    "NewId",
    "Opened",
    "add_information",
    "answer_bounced",
    "answer_retried",
    "answer_undelivered",
    "ask_citizen",
    "assume_case",
    "classify_case",
    "delivery_attempted",
    "dispatch_case",
    "draft_answer",
    "follow_case",
    "gather_case",
    "give_back_case",
    "keep_incident",
    "let_go_of_case",
    "make_way_back",
    "merge_case",
    "open_case",
    "opened_before",
    "part_case",
    "publish_case",
    "refuse_case",
    "release_case",
    "renew_access_code",
    "reopen_case",
    "report_incident",
    "report_received",
    "report_sent_back",
    "send_answer",
    "settle_case",
    "transfer_case",
    "unpublish_case",
    "use_way_back",
    "withdraw_incident",
    "write_note",
]
