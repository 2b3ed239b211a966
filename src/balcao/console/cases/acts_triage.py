"""Triage's forms: classify, send to an area, refuse, join and part."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import classify_case, dispatch_case, merge_case, part_case, refuse_case, transfer_case
from balcao.cases.duplicates import Likely, likely_duplicates
from balcao.cases.models import Case
from balcao.cases.words import MAX_WORDS
from balcao.catalog.models import Kind, Service
from balcao.citizens.models import PriorityGroup
from balcao.organization.models import Area
from balcao.platform.errors import Invalid
from balcao.platform.numbering import UnknownProtocol, format_protocol, parse_protocol
from balcao.platform.search import SortKey
from balcao.workorders.matrix import route

from .acts import Act, Ask, Field

NO_PRIORITY = 9
SAME = "same"  # the box under a number that names a demand for another service


def _classify_fields(ask: Ask) -> list[Field]:
    case = ask.case
    services = Service.objects.filter(agency_id=case.agency_id).select_related("group")
    ranks: dict[int, list[str]] = {}
    for group in PriorityGroup.objects.in_force(case.agency.jurisdiction):
        ranks.setdefault(group.rank, []).append(group.name)
    ranks.pop(NO_PRIORITY, None)
    ranks.setdefault(case.priority, [_("as it is")]) if case.priority != NO_PRIORITY else None
    return [
        ask.field(
            "service",
            _("Service"),
            default=case.service_id,
            type="select",
            required=True,
            attrs={"autofocus": True},
            options=[
                {"value": s.pk, "label": s.name, "group": s.group.name}
                for s in services.order_by("group__position", "group__name", "group_id", SortKey("name"))
            ],
        ),
        ask.field("kind", _("Kind"), default=case.kind, type="select", required=True, options=list(Kind.choices)),
        ask.field(
            "priority",
            _("Legal priority"),
            default=case.priority,
            type="select",
            options=[(NO_PRIORITY, _("No legal priority"))]
            + [(rank, f"{rank} · {', '.join(names)}") for rank, names in sorted(ranks.items())],
        ),
    ]


def _classify(ask: Ask) -> str:
    case = ask.case
    service = Service.objects.filter(pk=ask.number("service") or 0, agency_id=case.agency_id).first()
    if service is None:
        raise Invalid(_("Choose a service from the list."), field="service")
    if ask.typed("kind") not in Kind.values:
        raise Invalid(_("Choose a kind from the list."), field="kind")
    rank = ask.number("priority")
    if rank is not None and rank > NO_PRIORITY:
        raise Invalid(_("Choose a priority from the list."), field="priority")
    done = classify_case(
        actor=ask.actor, case=case, service=service, kind=ask.typed("kind"), priority=rank, version=ask.version
    )
    done.refresh_from_db()
    said = {"service": service.name, "area": done.area.name if done.area else ""}
    if done.area_id:
        return _("Classified as %(service)s. The matrix sent it to %(area)s.") % said
    return _("Classified as %(service)s. No rule catches it: send it to an area.") % said


def _dispatch_fields(ask: Ask) -> list[Field]:
    case = ask.case
    areas = Area.objects.filter(agency_id=case.agency_id, is_active=True).exclude(pk=case.area_id or 0)
    working = case.state == "working"
    return [
        ask.field(
            "area",
            _("Area"),
            type="select",
            required=True,
            attrs={"autofocus": True},
            options=[("", _("Choose the area…")), *((a.pk, a.name) for a in areas.order_by(SortKey("name")))],
        ),
        ask.field(
            "reason",
            _("Reason") if working else _("What the area should know"),
            type="textarea",
            rows=3,
            required=working,
            maxlength=MAX_WORDS,
            help=_("The area reads it. The citizen does not."),
        ),
    ]


def _dispatch(ask: Ask) -> str:
    area = Area.objects.filter(pk=ask.number("area") or 0, agency_id=ask.case.agency_id, is_active=True).first()
    if area is None:
        raise Invalid(_("Choose the area that must act."), field="area")
    if ask.case.state == "working" or ask.typed("reason").strip():
        transfer_case(actor=ask.actor, case=ask.case, area=area, reason=ask.typed("reason"), version=ask.version)
    else:
        dispatch_case(actor=ask.actor, case=ask.case, area=area, version=ask.version)
    return _("Sent to %(area)s.") % {"area": area.name}


def _why_unrouted(ask: Ask) -> dict[str, Any]:
    """What the matrix says about this case now."""
    case = ask.case
    if case.state != "triage":
        return {}
    return {"route": route(service=case.service, place=case.place, kind=case.kind)}


def _refuse_fields(ask: Ask) -> list[Field]:
    help_ = _("The citizen reads exactly these words: say why, and where they can turn to.")
    return [ask.words("reason", _("Why we cannot take it"), help_, rows=6)]


def _refuse(ask: Ask) -> str:
    refuse_case(actor=ask.actor, case=ask.case, reason=ask.typed("reason"), version=ask.version)
    return _("Refused. The reason is on its way to the citizen.")


def _merge_fields(ask: Ask) -> list[Field]:
    number = ask.field(
        "protocol",
        _("Protocol number of the demand that it repeats"),
        inputmode="numeric",
        width="short",
        attrs={"autofocus": True},  # where the list above is empty; else its first button has the focus
    )
    if SAME not in ask.errors:
        return [number]
    return [number, ask.field(SAME, _("It is the same problem all the same"), type="checkbox")]


def _likely(ask: Ask) -> dict[str, Any]:
    """What it probably repeats: one press joins it."""
    found = likely_duplicates(ask.case, ask.actor)
    return {"likely": [{"case": one.case, "hints": _duplicate(one)} for one in found]}


def _duplicate(likely: Likely) -> str:
    hints = [str(likely.case.get_state_display())]
    if likely.metres is not None:
        hints.append(_("%(n)d m away") % {"n": likely.metres})
    if likely.same_person:
        hints.append(_("same person"))
    return " · ".join(hints)


def _merge(ask: Ask) -> str:
    visible = Case.objects.visible_to(ask.actor).select_related("service")
    if typed := ask.typed("protocol").strip():
        try:
            primary = visible.filter(protocol=parse_protocol(typed)).first()
        except UnknownProtocol as wrong:
            raise Invalid(str(wrong.sentence), field="protocol") from None
        if primary is None:
            raise Invalid(_("There is no demand with this number here."), field="protocol")
    else:
        primary = visible.filter(pk=ask.number("primary") or 0).first()
    if primary is None:
        raise Invalid(_("Choose the demand that it repeats, or type its protocol number."), field="protocol")
    names = {"protocol": format_protocol(primary.protocol), "service": primary.service.name}
    if primary.service_id != ask.case.service_id and not ask.typed(SAME):  # a wrong digit may be somebody's number
        sentence = _("%(protocol)s is about something else: “%(service)s”. Look at it, or tick the box and join again.")
        raise Invalid(sentence % names, field=SAME)
    merge_case(actor=ask.actor, case=ask.case, primary=primary, version=ask.version)
    return _("Joined to %(protocol)s, “%(service)s”: its author gets the same answer.") % names


def _part(ask: Ask) -> str:
    part_case(actor=ask.actor, case=ask.case, version=ask.version)
    return _("It stands by itself again, in triage.")


CLASSIFY = Act(
    code="classify",
    label=gettext_lazy("Classify"),
    icon="filter",
    key="c",
    verbs=["classify"],
    fields=_classify_fields,
    run=_classify,
    submit=gettext_lazy("Save and route again"),
    help=gettext_lazy("The date promised to the citizen stays as it is. The matrix then looks for the area anew."),
    leaves=True,
)
DISPATCH = Act(
    code="dispatch",
    label=gettext_lazy("Send to an area"),
    icon="route",
    key="d",
    verbs=["dispatch", "transfer"],
    fields=_dispatch_fields,
    run=_dispatch,
    submit=gettext_lazy("Send"),
    leaves=True,
    shown=_why_unrouted,
    template="console/cases/_route.html",
)
REFUSE = Act(
    code="refuse",
    label=gettext_lazy("Refuse"),
    icon="x-circle",
    key="r",
    verbs=["refuse"],
    fields=_refuse_fields,
    run=_refuse,
    submit=gettext_lazy("Refuse and tell the citizen"),
    leaves=True,
    danger=True,
)
MERGE = Act(
    code="merge",
    label=gettext_lazy("Join a duplicate"),
    icon="merge",
    key="m",
    verbs=["merge"],
    fields=_merge_fields,
    run=_merge,
    submit=gettext_lazy("Join"),
    leaves=True,
    help=gettext_lazy("Each person keeps their own number and gets the same answer."),
    shown=_likely,
    template="console/cases/_likely.html",
)
PART = Act(
    code="part",
    label=gettext_lazy("Not a duplicate"),
    icon="reply",
    key="x",
    verbs=["part"],
    run=_part,
    submit=gettext_lazy("Take it apart"),
    help=gettext_lazy("It goes back to triage, and the matrix routes it by itself."),
)
