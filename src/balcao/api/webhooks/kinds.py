"""What can be subscribed to: facts about cases, orders and their dates. Their data are ids and codes, never words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "CaseOpened": _("A case was opened"),
    "CaseClassified": _("Its service or kind was set anew"),
    "CaseDispatched": _("It was given to an area"),
    "CaseTransferred": _("It was moved to another area"),
    "CaseGivenBack": _("An area gave it back"),
    "CitizenAsked": _("Whoever asked was asked for more"),
    "CitizenHeard": _("They added something"),
    "CaseMerged": _("It was joined to another case"),
    "CaseParted": _("It was taken apart again"),
    "ReportReceived": _("An area reported"),
    "AnswerSent": _("Its answer left"),
    "AnswerUndelivered": _("Its answer did not arrive"),
    "CaseRefused": _("It was refused"),
    "CaseClosed": _("It was answered"),
    "CaseReopened": _("It was reopened"),
    "CasePublished": _("It was reviewed for everybody to see"),
    "CaseUnpublished": _("It was taken back from everybody's sight"),
    "OrderIssued": _("A work order was issued"),
    "OrderAccepted": _("An area accepted an order"),
    "OrderAssigned": _("An order was given to somebody"),
    "OrderPlanned": _("An order has a day"),
    "OrderReported": _("An order was reported"),
    "OrderDone": _("An order was done"),
    "OrderGivenBack": _("An order was given back"),
    "OrderCancelled": _("An order was cancelled"),
    "DeadlineWarned": _("A date comes near"),
    "DeadlineBreached": _("A date has passed"),
    "DeadlineExtended": _("A date was extended"),
}
