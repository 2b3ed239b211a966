"""A case's history as staff read it: every fact in words, with what people wrote, internal and public told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from balcao.cases.models import Answer, Case, Remark
from balcao.catalog.models import Outcome, Service
from balcao.organization.keys import names_of_keys
from balcao.organization.models import Area, Staff
from balcao.platform.models import Event

Entry = dict[str, Any]


@dataclass
class Names:
    """What the events of one case point at, fetched together."""

    remarks: Mapping[int, Remark]
    areas: Mapping[int, str]
    services: Mapping[int, str]
    staff: Mapping[int, str]
    answers: Mapping[int, Answer]
    reasons: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[int, str] = field(default_factory=dict)


def history(case: Case) -> list[Entry]:
    """The entries for the `timeline` tag, the oldest first. At most six queries, however long the history."""
    events = list(Event.objects.filter(case_id=case.pk).order_by("id"))
    data = [event.data for event in events]
    deadline = case.deadline
    names = Names(
        remarks={r.pk: r for r in case.remarks.prefetch_related("attachments")},
        areas=dict(Area.objects.filter(pk__in=_ids(data, "area_id", "from_area_id")).values_list("pk", "name")),
        services=dict(Service.objects.filter(pk__in=_ids(data, "service_id")).values_list("pk", "name")),
        staff=dict(
            Staff.objects.filter(
                pk__in={e.actor_id or 0 for e in events if e.actor_kind == "staff"} | _ids(data, "staff_id")
            ).values_list("pk", "name")
        ),
        answers={a.pk: a for a in case.answers_given.all()},
        keys=names_of_keys(e.actor_id for e in events if e.actor_kind == "key"),
        reasons={f"pause:{p.pk}": p.reason for p in deadline.pauses.all()}
        | {f"extension:{e.pk}": e.reason for e in deadline.extensions.all()},
    )
    # A question pauses the clock and a reply lets it run: one line says both.
    said = {e.at for e in events if e.data.get("paused") or e.data.get("resumed")}
    told = [e for e in events if e.kind not in ("DeadlinePaused", "DeadlineResumed") or e.at not in said]
    entries = [entry for event in told if (entry := _entry(event, names))]
    if entries:
        entries[-1]["current"] = True
    return entries


def _ids(data: list[dict[str, Any]], *keys: str) -> set[int]:
    return {d[key] for d in data for key in keys if d.get(key)}


def _entry(event: Event, names: Names) -> Entry | None:
    write = WORDS.get(event.kind)
    if write is None or (event.kind.startswith("Deadline") and event.data.get("kind") == "order"):
        return None
    entry = write(event.data, names)
    remark = names.remarks.get(event.data.get("remark_id") or 0)
    if remark is not None:
        entry.setdefault("body", remark.text)
        entry["badge"] = _("The citizen reads it") if remark.public else _("Internal")
    entry["when"] = event.at
    entry.setdefault("who", _who(event, names))
    entry.setdefault("tone", "")
    return entry


def _who(event: Event, names: Names) -> str:
    if event.actor_kind == "staff":
        return names.staff.get(event.actor_id or 0, _("a former colleague"))
    if event.actor_kind == "key":
        return names.keys.get(event.actor_id or 0, _("another system"))
    return _("the citizen") if event.actor_kind == "citizen" else _("Balcão, by its rules")


def _area(names: Names, area_id: int | None) -> str:
    return names.areas.get(area_id or 0, _("an area"))


def _dispatched(d: Mapping[str, Any], n: Names) -> Entry:
    area = {"area": _area(n, d["area_id"])}
    if d.get("rule_id"):
        return {"title": _("The matrix sent it to %(area)s") % area, "icon": "route", "who": _("Balcão, by its rules")}
    return {"title": _("Sent to %(area)s") % area, "icon": "route"}


def _classified(d: Mapping[str, Any], n: Names) -> Entry:
    return {
        "title": _("Classified as %(service)s") % {"service": n.services.get(d["service_id"], "")},
        "icon": "filter",
    }


def _opened(d: Mapping[str, Any], n: Names) -> Entry:
    return {"title": _("Opened"), "body": n.services.get(d["service_id"], ""), "icon": "inbox", "tone": "info"}


def _asked(d: Mapping[str, Any], n: Names) -> Entry:
    title = _("The citizen was asked, and the clock paused") if d["paused"] else _("The citizen was asked")
    return {"title": title, "icon": "help", "tone": "warning"}


def _heard(d: Mapping[str, Any], n: Names) -> Entry:
    return {
        "title": _("The citizen replied") if d["resumed"] else _("Information added"),
        "icon": "message",
        "tone": "info",
    }


def _outcome(code: str) -> str:
    return str(Outcome(code).label) if code in Outcome.values else code


def _answer(
    title: str, icon: str, tone: str = "", *, body: bool = False
) -> Callable[[Mapping[str, Any], Names], Entry]:
    def write(d: Mapping[str, Any], n: Names) -> Entry:
        answer = n.answers.get(d.get("answer_id", 0))
        entry: Entry = {"title": _(title), "icon": icon, "tone": tone}
        if body and answer is not None:
            entry |= {"body": answer.body, "badge": _("The citizen reads it")}
        elif d.get("outcome"):
            entry["body"] = _outcome(d["outcome"])
        return entry

    return write


def _plain(title: str, icon: str, tone: str = "") -> Callable[[Mapping[str, Any], Names], Entry]:
    return lambda d, n: {"title": _(title), "icon": icon, "tone": tone}


def _reason(title: str, icon: str, kind: str, tone: str = "") -> Callable[[Mapping[str, Any], Names], Entry]:
    def write(d: Mapping[str, Any], n: Names) -> Entry:
        return {"title": _(title), "icon": icon, "tone": tone, "body": n.reasons.get(f"{kind}:{d[f'{kind}_id']}", "")}

    return write


WORDS: Mapping[str, Callable[[Mapping[str, Any], Names], Entry]] = {
    "CaseOpened": _opened,
    "CaseAssumed": lambda d, n: {
        "title": _("%(name)s takes care of it") % {"name": n.staff.get(d["staff_id"], _("a former colleague"))},
        "icon": "user",
    },
    "CaseLetGo": _plain(gettext_noop("Left to whoever comes next"), "user"),
    "CaseClassified": _classified,
    "CaseDispatched": _dispatched,
    "CaseTransferred": lambda d, n: {
        "title": _("Transferred to %(area)s") % {"area": _area(n, d["area_id"])},
        "icon": "route",
    },
    "CaseGivenBack": lambda d, n: {
        "title": _("%(area)s gave it back") % {"area": _area(n, d["from_area_id"])},
        "icon": "reply",
        "tone": "warning",
    },
    "CitizenAsked": _asked,
    "CitizenHeard": _heard,
    "NoteWritten": _plain(gettext_noop("Note"), "edit"),
    "ReportReceived": _answer(gettext_noop("The area reported"), "clipboard", "info"),
    "ReportSentBack": _plain(gettext_noop("The report was sent back"), "reply", "warning"),
    "AnswerDrafted": _answer(gettext_noop("Answer drafted"), "edit"),
    "AnswerSent": _answer(gettext_noop("Answer sent"), "send", "success", body=True),
    "AnswerUndelivered": _plain(gettext_noop("The answer did not arrive"), "alert", "danger"),
    "AnswerRetried": _plain(gettext_noop("The answer sets out again"), "refresh"),
    "CaseRefused": _plain(gettext_noop("Refused, with the reason as its answer"), "x-circle", "danger"),
    "CaseClosed": _answer(gettext_noop("Answered: the case is closed"), "check-circle", "success"),
    "CaseMerged": lambda d, n: {
        "title": _("Joined to another demand, by the citizen") if d["by_citizen"] else _("Joined to another demand"),
        "icon": "merge",
        "href": f"/console/cases/{d['primary_id']}/",
    },
    "CaseParted": _plain(gettext_noop("No duplicate after all: back to triage"), "reply"),
    "CaseGathered": lambda d, n: {
        "title": _("The citizen said “me too”") if d["by_citizen"] else _("Gathered under a known problem"),
        "icon": "users",
        "href": f"/console/incidents/{d['incident_id']}/",
    },
    "CaseReleased": _plain(gettext_noop("Let go of the known problem: back to triage"), "reply"),
    "WayBackSent": _plain(gettext_noop("The code was lost: a link went to the case's own e-mail"), "mail"),
    "WayBackUsed": _plain(gettext_noop("The link was opened: the e-mail is verified"), "check"),
    "AccessCodeRenewed": _plain(gettext_noop("The case has a new access code"), "lock"),
    "ContactCorrected": lambda d, n: {
        "title": _("The citizen told us where to write") if d["contact_id"] else _("The citizen wants no e-mails"),
        "icon": "mail",
    },
    "CasePublished": lambda d, n: {
        "title": _("Reviewed: neighbours see a text about it"),
        "body": _("Photos shown: %(n)s") % {"n": d["photos"]},
        "icon": "eye",
    },
    "CaseUnpublished": _plain(gettext_noop("Neighbours no longer see a text about it"), "eye-off"),
    "CaseReopened": _plain(gettext_noop("Reopened: it was not solved"), "refresh", "warning"),
    "OrderAccepted": _plain(gettext_noop("The area accepted the order"), "check"),
    "OrderForwarded": _plain(gettext_noop("The order was forwarded to the other system"), "send"),
    "OrderCalledOff": _plain(gettext_noop("The other system was told that the order is not wanted any more"), "send"),
    "OrderAssigned": lambda d, n: {
        "title": _("Order given to %(name)s") % {"name": n.staff.get(d["staff_id"], "")},
        "icon": "user",
    },
    "OrderReleased": _plain(gettext_noop("The order was handed back to its area"), "reply", "warning"),
    "OrderPlanned": lambda d, n: {
        "title": _("Work planned"),
        "body": date_format(date.fromisoformat(d["planned_for"]), "DATE_FORMAT"),
        "icon": "calendar",
    },
    "OrderDone": _plain(gettext_noop("The report was accepted"), "check-circle", "success"),
    "OrderCancelled": _plain(gettext_noop("The order was cancelled"), "x"),
    "DeadlinePaused": _reason(gettext_noop("The clock was paused"), "pause", "pause", "warning"),
    "DeadlineResumed": _plain(gettext_noop("The clock runs again"), "play"),
    "DeadlineRestarted": _plain(gettext_noop("The clock runs again"), "play"),
    "DeadlineExtended": _reason(gettext_noop("The date was extended"), "calendar", "extension", "warning"),
    "DeadlineWarned": _plain(gettext_noop("The date comes near"), "clock", "warning"),
    "DeadlineBreached": _plain(gettext_noop("The date has passed"), "alert", "danger"),
    "DeadlineEscalated": _plain(gettext_noop("The next manager was told"), "megaphone", "danger"),
}
