"""Permissions are code; roles are data (a role is a named set of these)."""

from django.utils.translation import gettext_lazy as _

PERMISSIONS = {
    "case.read": _("Read cases"),
    "case.search": _("Search cases by person, document or text"),
    "case.open": _("Open a case for somebody"),
    "case.triage": _("Classify, merge, ask, refuse, transfer and answer"),
    "case.publish": _("Review what the public sees of a case"),
    "case.note": _("Write internal notes"),
    "person.read": _("See who asked: name, document, contacts"),
    "person.sealed": _("See the sealed author of a denúncia"),
    "inbox.attend": _("Talk with people: take conversations of one's lines, answer, close"),
    "inbox.lead": _("See and move every conversation of the agency"),
    "order.read": _("See the orders of one's areas"),
    "order.work": _("Work on orders: accept, plan, report"),
    "order.assign": _("Assign orders and give them back"),
    "report.review": _("Review area reports and send answers"),
    "deadline.change": _("Pause, resume and extend deadlines"),
    "faults.mend": _("Mend what failed: deliveries, jobs, refused rows"),
    "settings.edit": _("Edit catalogue, areas, places, calendars, templates and the matrix"),
    "staff.edit": _("Invite staff and give roles"),
    "privacy.manage": _("Export and erase a person's data, set how long it is kept"),
    "audit.read": _("Read the logs of reads and changes"),
}

# What concerns no single area: a role that is given in one area only does not carry these.
AGENCY_ONLY = frozenset({"settings.edit", "staff.edit", "faults.mend", "privacy.manage", "inbox.lead"})

_ATTENDANT = ["case.read", "case.search", "case.open", "case.triage", "case.note", "person.read", "inbox.attend"]
_FIELD = ["order.read", "order.work", "case.note"]
_MANAGER = [*_FIELD, "case.read", "order.assign", "deadline.change"]
_SUPERVISOR = [
    *_ATTENDANT, "order.read", "order.assign", "report.review", "deadline.change", "faults.mend", "person.sealed",
    "audit.read", "case.publish", "inbox.lead",
]  # fmt: skip

# slug -> (name, permissions, whether a second factor is required): what a new agency starts with.
DEFAULT_ROLES = {
    "attendant": (_("Attendant"), _ATTENDANT, False),
    "area_manager": (_("Area manager"), _MANAGER, False),
    "field_agent": (_("Field agent"), _FIELD, False),
    "supervisor": (_("Supervisor"), _SUPERVISOR, False),
    "administrator": (_("Administrator"), sorted(PERMISSIONS), True),
}
