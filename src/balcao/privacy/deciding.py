"""What may become of a demand now, and why. Everything that clears asks here first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind, Outcome
from balcao.inbox.models import Delivery
from balcao.inbox.states import DeliveryState
from balcao.organization.models import Agency

from .models import Cleared, LegalHold, RetentionRule, Stage, Then

OPEN, HELD, BOUND, SENDING, DONE, CLEAR = "open", "held", "bound", "sending", "done", "clear"


@dataclass(frozen=True)
class Verdict:
    """`code` is CLEAR where something is done (`how`), else the reason in one word; `why` says it to the person."""

    case: Case
    code: str
    how: str = ""
    why: str = ""


def stage_of(case: Case) -> Stage:
    if case.sealed or case.kind == Kind.DENUNCIA:
        return Stage.SEALED
    return Stage.REFUSED if case.outcome == Outcome.REFUSED else Stage.ANSWERED


def rules_of(agency: Agency | int) -> dict[tuple[int | None, str], RetentionRule]:
    """The active rules of an agency by service (None: all others) and stage."""
    found = RetentionRule.objects.filter(agency=agency, is_active=True).exclude(stage=Stage.TALK)
    return {(rule.service_id, rule.stage): rule for rule in found}


def rule_for(case: Case, rules: dict[tuple[int | None, str], RetentionRule]) -> RetentionRule | None:
    stage = stage_of(case)
    return rules.get((case.service_id, stage)) or rules.get((None, stage))


def holds_on(case: Case, now: datetime) -> QuerySet[LegalHold]:
    about = Q(case_id=case.pk)
    if case.reporter_id:
        about |= Q(person_id=case.reporter_id)
    return LegalHold.objects.standing(now).filter(about)


def decide(case: Case, rules: dict[tuple[int | None, str], RetentionRule], *, asked: bool, now: datetime) -> Verdict:
    """What may be done with `case` now. `asked`: its person wishes it; otherwise only time does it."""
    if case.state != State.CLOSED or case.closed_at is None:
        why = _("It is still open: whoever answers must know who asked. Ask again once it is closed.")
        return Verdict(case, OPEN, why=why)
    if hold := holds_on(case, now).first():
        why = _("It must be kept as it is: %(reason)s") % {"reason": hold.reason}
        if hold.until:
            why += " " + _("Until %(day)s.") % {"day": date_format(hold.until)}
        return Verdict(case, HELD, why=why)
    if Delivery.objects.filter(message__case=case, state=DeliveryState.QUEUED).exists():
        return Verdict(case, SENDING, why=_("A letter about it is still on its way."))
    rule = rule_for(case, rules)
    due = case.closed_at + timedelta(days=rule.days) if rule else None
    done = Cleared.objects.filter(case=case).values_list("how", flat=True).first()
    if rule and due and due <= now:
        if done == Then.DELETE or done == rule.then:
            return Verdict(case, DONE)
        return Verdict(case, CLEAR, rule.then)
    if rule and due and rule.binding:
        words = {"day": date_format(timezone.localdate(due)), "law": rule.law or _("the agency's retention table")}
        return Verdict(case, BOUND, why=_("It must be kept until %(day)s (%(law)s).") % words)
    if done or not asked:
        return Verdict(case, DONE)
    return Verdict(case, CLEAR, Then.PSEUDONYMISE)


def due_cases(agency_id: int, now: datetime, after: int = 0) -> QuerySet[Case]:
    """Closed cases that some rule may have caught up with, in the order of their ids; `decide` has the last word."""
    rules = rules_of(agency_id)
    caught = Q(pk__in=[])
    for (service, stage), rule in rules.items():
        one = Q(closed_at__lte=now - timedelta(days=rule.days)) & _in_stage(stage)
        if service is None:
            own = [s for s, other in rules if other == stage and s is not None]
            one &= ~Q(service_id__in=own)
        else:
            one &= Q(service_id=service)
        caught |= one & (Q(cleared=None) | ~Q(cleared__how=Then.DELETE) & ~Q(cleared__how=rule.then))
    return Case.objects.filter(caught, agency_id=agency_id, state=State.CLOSED, pk__gt=after).order_by(F("pk"))


def _in_stage(stage: str) -> Q:
    sealed = Q(sealed=True) | Q(kind=Kind.DENUNCIA)
    if stage == Stage.SEALED:
        return sealed
    refused = Q(outcome=Outcome.REFUSED)
    return ~sealed & (refused if stage == Stage.REFUSED else ~refused)
