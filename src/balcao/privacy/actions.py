"""Erasure, retention, holds and the table of rules. Each begins with a plan that changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.inbox.conversations.states import State
from balcao.inbox.models import CaseLink, Conversation
from balcao.organization.editing import check
from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.events import emit

from .clearing import clear, forget_talks
from .deciding import CLEAR, DONE, Verdict, decide, due_cases, rules_of
from .events import ErasureRefused, HoldLifted, HoldPlaced, PersonErased, TalkCleared
from .models import LegalHold, RetentionRule, Stage, Then
from .talks import TALKS, due_talks, plan_talks

PERMISSION = "privacy.manage"
BATCH = 50  # cases a transaction: an open writer holds back the live stream


@dataclass(frozen=True)
class Plan:
    """What an erasure does, demand by demand. `person_goes`: nothing keeps the person's own row. `talks`: of so many
    conversations the words go besides those that go with a demand."""

    person_id: int
    verdicts: tuple[Verdict, ...]
    talks: int = 0

    @property
    def kept(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.code not in (CLEAR, DONE))

    @property
    def cleared(self) -> tuple[Verdict, ...]:
        return tuple(v for v in self.verdicts if v.code == CLEAR)

    @property
    def person_goes(self) -> bool:
        return not self.kept


def plan_erasure(*, actor: Actor, person: Person, now: datetime | None = None) -> Plan:
    """The dry run: what `erase_person` would do now. A held person keeps everything."""
    actor.same_agency(person.agency_id)
    actor.require(PERMISSION)
    now = now or timezone.now()
    rules = rules_of(person.agency_id)
    cases = Case.objects.filter(reporter=person).select_related("service", "reporter").order_by("pk")
    verdicts = [decide(case, rules, asked=True, now=now) for case in cases]
    held = LegalHold.objects.standing(now).filter(person_id=person.pk).exists()
    if not cases and held:
        raise Refusal(_("This person's data must be kept: there is a legal hold."), log="hold without cases")
    plan = Plan(person.pk, tuple(verdicts))
    return plan if held else replace(plan, talks=_free_talks(person, plan).count())


def _free_talks(person: Person, plan: Plan) -> QuerySet[Conversation]:
    """Their conversations that are about no demand, or about what has been cleared already. Where the person's own row
    must stay, one that is still going on stays too: they are talking with us."""
    found = Conversation.objects.filter(person=person)
    found = found.exclude(pk__in=CaseLink.objects.filter(case__cleared=None).values("conversation"))
    return found if plan.person_goes else found.filter(state=State.CLOSED)


@action
def erase_person(*, actor: Actor, person: Person, now: datetime | None = None) -> Plan:
    """Do what the plan says, in one transaction. What must be kept stays, with its reason in the plan that returns;
    the person's own row goes as soon as nothing needs it. The log of reads and the events stay: they hold no words."""
    now = now or timezone.now()
    person = Person.objects.select_for_update().get(pk=person.pk)
    list(Case.objects.select_for_update(of=("self",)).filter(reporter=person).order_by("pk").values_list("pk"))
    plan = plan_erasure(actor=actor, person=person, now=now)
    for verdict in plan.cleared:
        clear(verdict.case, verdict.how, actor=actor, now=now)
    agency = person.agency_id
    if plan.person_goes:
        Case.objects.filter(reporter=person).update(reporter=None, contact=None)
        forget_talks(Conversation.objects.filter(person=person), actor)
        Conversation.objects.filter(person=person).update(person=None)  # those that are still going on
        pk = person.pk
        person.delete()
        fact = PersonErased(person_id=pk, cases=len(plan.verdicts))
        emit(fact, actor=actor, agency_id=agency, at=now)
    else:
        if plan.talks:
            forget_talks(_free_talks(person, plan), actor)
        refused = ErasureRefused(person_id=person.pk, cleared=len(plan.cleared), kept=len(plan.kept))
        emit(refused, actor=actor, agency_id=agency, at=now)
    return plan


def plan_retention(*, actor: Actor, agency_id: int, now: datetime | None = None, limit: int = 10_000) -> Counter[str]:
    """The dry run: how many demands would be cleared now, by how ("pseudonymise", "delete") or kept, by why; and of how
    many conversations without a demand the words would go ("talks") or stay ("talks_held", "talks_sending")."""
    actor.same_agency(agency_id)
    actor.require(PERMISSION)
    now = now or timezone.now()
    rules = rules_of(agency_id)
    found = due_cases(agency_id, now).select_related("reporter")[:limit]
    demands = Counter((v.how or v.code) for v in (decide(case, rules, asked=False, now=now) for case in found))
    return demands + plan_talks(agency_id, now, limit)


def retain(*, actor: Actor, agency_id: int, now: datetime | None = None, limit: int = 10_000) -> Counter[str]:
    """Apply the table: batch by batch, each its own transaction, oldest ids first, `limit` demands at most. Without an
    active rule nothing happens. A person whom nothing names any more goes too."""
    actor.same_agency(agency_id)
    actor.require(PERMISSION)
    now = now or timezone.now()
    done: Counter[str] = Counter()
    after, left = 0, limit
    while left > 0:
        ids = list(due_cases(agency_id, now, after).values_list("pk", flat=True)[: min(BATCH, left)])
        if not ids:
            break
        after, left = ids[-1], left - len(ids)
        done += _batch(actor, agency_id, ids, now)
    after = 0
    while left > 0 and (ids := list(due_talks(agency_id, now, after).values_list("pk", flat=True)[: min(BATCH, left)])):
        after, left = ids[-1], left - len(ids)
        done += _talks(actor, agency_id, ids, now)
    return +done


@action
def _batch(actor: Actor, agency_id: int, ids: list[int], now: datetime) -> Counter[str]:
    done: Counter[str] = Counter()
    rules, people = rules_of(agency_id), set()
    cases = Case.objects.select_for_update(of=("self",)).filter(pk__in=ids).select_related("reporter").order_by("pk")
    for case in cases:
        verdict = decide(case, rules, asked=False, now=now)
        done[verdict.how or verdict.code] += 1
        if verdict.code == CLEAR:
            if case.reporter_id:
                people.add(case.reporter_id)
            clear(case, verdict.how, actor=actor, now=now)
    done["people"] += _let_go(people, actor, agency_id, now)
    return +done


def _let_go(people: set[int], actor: Actor, agency_id: int, now: datetime) -> int:
    """Those of these people whom nothing names any more go; how many."""
    held = LegalHold.objects.standing(now).filter(person_id__in=people).values_list("person_id", flat=True)
    gone = list(Person.objects.filter(pk__in=people - set(held), cases=None, conversations=None))
    for person in gone:
        pk = person.pk
        person.delete()
        emit(PersonErased(person_id=pk, cases=0), actor=actor, agency_id=agency_id, at=now)
    return len(gone)


@action
def _talks(actor: Actor, agency_id: int, ids: list[int], now: datetime) -> Counter[str]:
    """All words go, with their files; moments and counts stay. Who was held meanwhile, or got a demand, stays."""
    locked = Conversation.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=ids).order_by("pk")
    list(locked.values_list("pk"))
    still = dict(due_talks(agency_id, now).filter(pk__in=ids).values_list("pk", "person_id"))
    forget_talks(Conversation.objects.filter(pk__in=still), actor)
    for pk in still:
        emit(TalkCleared(conversation_id=pk), actor=actor, agency_id=agency_id, at=now)
    gone = _let_go({person for person in still.values() if person}, actor, agency_id, now)
    return +Counter({TALKS: len(still), "people": gone})


@action
def place_hold(
    *,
    actor: Actor,
    agency_id: int,
    reason: str,
    case: Case | None = None,
    person: Person | None = None,
    until: date | None = None,
) -> LegalHold:
    """Keep a demand, or everything of a person, as it is."""
    actor.same_agency(agency_id)
    actor.require(PERMISSION)
    if not reason.strip():
        raise Refusal(_("Say why it must be kept: whoever asks for an erasure reads it."), log="hold without a reason")
    for thing in (case, person):
        if thing is not None:
            actor.same_agency(thing.agency_id)
    hold = LegalHold.objects.create(
        agency_id=agency_id,
        case=case,
        person_id=person.pk if person else None,
        reason=reason.strip()[:300],
        until=until,
    )
    emit(HoldPlaced(hold_id=hold.pk), actor=actor, agency_id=agency_id, case_id=case.pk if case else None)
    return hold


@action
def lift_hold(*, actor: Actor, hold: LegalHold, now: datetime | None = None) -> None:
    actor.same_agency(hold.agency_id)
    actor.require(PERMISSION)
    if not LegalHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=now or timezone.now()):
        raise Refusal(_("Somebody has lifted it already."), log="hold lifted before")
    emit(HoldLifted(hold_id=hold.pk), actor=actor, agency_id=hold.agency_id, case_id=hold.case_id)


@action
def keep_rule(*, actor: Actor, rule: RetentionRule) -> RetentionRule:
    """A line of the retention table, new or changed, with its history. Invalid when there is one for the same. Of a
    conversation all words go, whatever the line says of people or of being bound."""
    actor.same_agency(rule.agency_id)
    actor.require(PERMISSION)
    if rule.service_id and rule.service and rule.service.agency_id != rule.agency_id:
        raise Refusal(_("This service belongs to another agency."), log="foreign service")
    if rule.line_id and rule.line and rule.line.agency_id != rule.agency_id:
        raise Refusal(_("This team belongs to another agency."), log="foreign line")
    if rule.stage == Stage.TALK:
        rule.then, rule.binding = Then.DELETE, False
        if rule.service_id:
            raise Invalid(_("A conversation without a demand has no service: choose a team, or none."), field="service")
    elif rule.line_id:
        raise Invalid(_("A team is for conversations without a demand only."), field="line")
    check(rule)
    return history.keep(actor=actor, obj=rule)


@action
def remove_rule(*, actor: Actor, rule: RetentionRule) -> None:
    actor.same_agency(rule.agency_id)
    actor.require(PERMISSION)
    history.remove(actor=actor, obj=rule)
