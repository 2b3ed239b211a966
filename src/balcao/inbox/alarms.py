"""Which colleague is told when a date comes near or passes, when somebody calls them, hands an order back to them or
gives them something to mend: by e-mail; the console shows it live."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings

from balcao.cases.letters import staff_letter
from balcao.cases.models import Case, Remark
from balcao.cases.states import State
from balcao.catalog.templates import render
from balcao.organization.models import Staff
from balcao.organization.queries import managers_of, staff_with
from balcao.platform.events import Happened
from balcao.platform.models import Event, Fault
from balcao.platform.numbering import format_protocol

from .conversations.lines import called
from .models import Message
from .sending import queue_area_letter, queue_staff_letter


def _case(happened: Happened) -> Case:
    wanted = ("agency", "service", "deadline", "reporter", "area__agency")
    return Case.objects.select_related(*wanted).get(pk=happened.case_id or 0)


def _responsible(case: Case, level: int = 0) -> Iterable[Staff]:
    """The managers of the area that has the case (or `level` steps above); triage's supervisors where none has it."""
    if case.area is not None and (found := list(managers_of(case.area, level))):
        return found
    reviewers = staff_with(case.agency_id, "report.review", memberships__area=None)
    # A small agency may have nobody but its administrator: an alarm is never for nobody.
    return (
        reviewers.exclude(memberships__role__slug="administrator")
        or reviewers
        or staff_with(case.agency_id, "settings.edit")
    )


def _tell(happened: Happened, case: Case, purpose: str, staff: Iterable[Staff], **extra: str) -> None:
    for colleague in staff:
        queue_staff_letter(
            staff=colleague,
            letter=staff_letter(case, purpose, staff=colleague, **extra),
            purpose="alarm",
            key=f"{purpose}:{happened.event_id}:{colleague.pk}",
            case_id=case.pk,
            now=happened.at,
        )


def _ring(happened: Happened, purpose: str, level: int = 0) -> None:
    """The people, and the address that the area has given for its alarms."""
    case = _case(happened)
    if case.state == State.CLOSED:
        return  # a breach noted at the closing itself: nobody waits any more
    _tell(happened, case, purpose, _responsible(case, level))
    if case.area is not None and case.area.email:
        queue_area_letter(
            area=case.area,
            letter=staff_letter(case, purpose, staff=case.area),
            purpose="alarm",
            key=f"{purpose}:{happened.event_id}:area-{case.area_id}",
            case_id=case.pk,
            now=happened.at,
        )


def warn(happened: Happened) -> None:
    """DeadlineWarned: whoever has it is told."""
    _ring(happened, "alarm_warned")


def breach(happened: Happened) -> None:
    """DeadlineBreached: whoever has it is told that a person still waits."""
    _ring(happened, "alarm_breached")


def escalate(happened: Happened) -> None:
    """DeadlineEscalated: one manager further up each time."""
    _ring(happened, "alarm_escalated", happened.fact.step)


def tell_given(happened: Happened) -> None:
    """FaultGiven: the colleague who is to mend it, where it is still open; nobody writes to themselves."""
    fault = Fault.objects.filter(pk=happened.fact.fault_id, ended_at=None).first()
    staff = Staff.objects.filter(pk=happened.fact.staff_id, is_active=True).first()
    giver = Event.objects.filter(pk=happened.event_id).values_list("actor_id", flat=True).first()
    if fault is None or staff is None or giver == staff.pk:
        return
    case = Case.objects.filter(pk=fault.case_id or 0).first()
    letter = render(
        {
            "staff": staff.name,
            "protocol": format_protocol(case.protocol) if case else "",
            "agency": staff.agency.name,
            "link": f"{settings.BASE_URL.rstrip('/')}/console/faults/{fault.pk}/",
        },
        agency_id=staff.agency_id,
        service_id=None,
        purpose="fault_given",
        locale=staff.locale,
    )
    queue_staff_letter(
        staff=staff,
        letter=letter,
        purpose="alarm",
        key=f"fault_given:{happened.event_id}",
        case_id=None,
        now=happened.at,
    )


def tell_called(happened: Happened) -> None:
    """ConversationNoted: the colleagues whom the note calls. The words stay on the conversation's page."""
    note = Message.objects.filter(pk=happened.fact.message_id).select_related("conversation").first()
    if note is None or note.conversation is None:
        return
    for staff in called(note.conversation, note.body):
        fields = {
            "staff": staff.name,
            "agency": staff.agency.name,
            "link": f"{settings.BASE_URL.rstrip('/')}/console/inbox/{note.conversation_id}/",
        }
        letter = render(fields, agency_id=staff.agency_id, service_id=None, purpose="talk_mention", locale=staff.locale)
        key = f"talk_mention:{happened.event_id}:{staff.pk}"
        queue_staff_letter(staff=staff, letter=letter, purpose="alarm", key=key, case_id=None, now=happened.at)


def tell_released(happened: Happened) -> None:
    """OrderReleased: the managers of the area, who give the order to somebody else. The reason stands in the case's
    note; no e-mail carries it, for it may name people."""
    case = _case(happened)
    by = Staff.objects.filter(pk=happened.fact.staff_id).first()
    _tell(
        happened,
        case,
        "order_released",
        [colleague for colleague in _responsible(case) if colleague != by],
        by=by.name if by else "",
        link=f"{settings.BASE_URL.rstrip('/')}/console/orders/{happened.fact.order_id}/",
    )


def tell_mentioned(happened: Happened) -> None:
    """NoteWritten: the colleagues it mentions, also where the case has its answer."""
    remark = Remark.objects.filter(pk=happened.fact.remark_id).first()
    if remark is not None:
        _tell(happened, _case(happened), "mention", remark.mentions.all())
