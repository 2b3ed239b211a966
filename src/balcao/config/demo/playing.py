"""The stories of the demonstration, played in order through the normal actions, each step at its own moment.

A step that would lie in the future is left out, and so is what follows it: those demands are still on their way."""

from __future__ import annotations

import heapq
import logging
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from balcao.cases import actions as cases
from balcao.cases.incident_models import Incident
from balcao.cases.models import Case
from balcao.citizens.actions import know_person
from balcao.citizens.models import ContactPoint, Person, PriorityGroup
from balcao.clocks.actions import extend_deadline
from balcao.clocks.events import DeadlineBreached, DeadlineEscalated, DeadlineWarned
from balcao.clocks.sweep import sweep
from balcao.config import wiring
from balcao.inbox.models import Delivery
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.outbound import SENDERS, Outgoing, Rejected
from balcao.inbox.sending import deliver
from balcao.inbox.states import DeliveryState
from balcao.organization.models import Place
from balcao.platform import events
from balcao.platform.actors import Actor
from balcao.platform.files.actions import store_file
from balcao.questionnaires.actions import rate_answer
from balcao.workorders import actions as orders
from balcao.workorders.models import WorkOrder

from .documents import document
from .drawings import drawing
from .making import Made

FULL_MAILBOX = "caixa-cheia"  # an address that begins like this refuses what it is sent
SAMPLE_CODE = "V1TASERENA1"  # the access code of the demand that `balcao up` prints
# Working hours after the step before, unless the story says "days".
PACE = {
    **{"accept": 20, "plan": 22, "note": 6, "assign": 4, "report": 70, "review": 20, "send": 4, "rate": 26, "ask": 18},
    **{"know": 1, "gather": 1},
}


class Rehearsal:
    """Takes every letter and sends it nowhere; a full mailbox refuses."""

    def send(self, message: Outgoing) -> None:
        if message.address.startswith(FULL_MAILBOX):
            raise Rejected("the mail server answered 552", "smtp:552")


@contextmanager
def rehearsal() -> Iterator[list[dict[str, Any]]]:
    """While it lasts nothing goes out, and what should follow a fact is collected instead of left to the worker.

    The alarms of past weeks stand in the history; their e-mails to the staff would be of no use to anybody."""
    later: list[dict[str, Any]] = []
    clocks = (DeadlineWarned, DeadlineBreached, DeadlineEscalated)
    events.wire(wiring.AT_ONCE, {fact: then for fact, then in wiring.LATER.items() if fact not in clocks}, later.extend)
    SENDERS["email"] = Rehearsal()
    log = logging.getLogger("balcao.inbox.sending")
    log.setLevel(logging.ERROR)  # the full mailbox is part of the play
    try:
        yield later
    finally:
        log.setLevel(logging.NOTSET)
        wiring.install()


@dataclass
class Story:
    """One demand and what becomes of it. `case` is set once it is open."""

    plan: Mapping[str, Any]
    number: int
    opened_at: datetime
    case: Case | None = None
    steps: Iterator[Any] = field(default_factory=lambda: iter(()))

    def fresh(self) -> Case:
        assert self.case
        return Case.objects.select_related("service", "deadline").get(pk=self.case.pk)

    def order(self) -> WorkOrder:
        return WorkOrder.objects.select_related("case", "deadline").filter(case=self.case).latest("number")


class Stage:
    """Plays the stories of one agency up to `now`, in the order of their moments, the alarms in between."""

    def __init__(self, made: Made, script: Mapping[str, Any], now: datetime) -> None:
        self.made, self.now, self.zone = made, now, ZoneInfo(made.agency.timezone)
        self.rng = random.Random(made.agency.slug)  # noqa: S311  a play, no secret
        self.system = Actor.system(made.agency.pk)
        self.people = {key: self._meet(key, plan) for key, plan in script["people"].items()}
        self.around: Mapping[str, Any] = script.get("around", {})
        self.problems: dict[str, Incident] = {}
        self.stories = {}
        for number, plan in enumerate(script["stories"], 1):
            story = Story(plan, number, self._opening(plan["ago"]))
            story.steps = iter(plan.get("then", ()))
            self.stories[plan.get("name", str(number))] = story

    def play(self) -> int:
        """How many demands were opened."""
        tick = count()
        line: list[tuple[datetime, int, Story | None, str, Any]] = [
            (s.opened_at, next(tick), s, "open", None) for s in self.stories.values()
        ]
        first = min(s.opened_at for s in self.stories.values())
        line += [(first + timedelta(hours=h), next(tick), None, "sweep", None) for h in range(6, 24 * 70, 24)]
        heapq.heapify(line)
        with rehearsal() as later:
            while line:
                moment, _, story, verb, given = heapq.heappop(line)
                if moment > self.now:
                    break
                if story is None:
                    while sweep(moment):
                        pass
                elif self._too_soon(story, verb, given):
                    heapq.heappush(line, (self._after(moment, verb, given), next(tick), story, verb, given))
                else:
                    VERBS[verb](self, story, given, moment)
                    if (step := next(story.steps, None)) is not None:
                        verb, given = next(iter(step.items())) if isinstance(step, Mapping) else (step, None)
                        heapq.heappush(line, (self._after(moment, verb, given), next(tick), story, verb, given))
                self._settle(later, moment)
            while sweep(self.now):
                self._settle(later, self.now)
        return sum(s.case is not None for s in self.stories.values())

    def _too_soon(self, story: Story, verb: str, given: Any) -> bool:
        """Whether a step speaks of what another story has not come to yet: weekends stretch one more than another."""
        if verb == "gather":
            return given not in self.problems
        other = {"open": story.plan.get("joins"), "merge": given}.get(verb)
        return other is not None and self.stories[other].case is None

    def _settle(self, later: list[dict[str, Any]], moment: datetime) -> None:
        """What the worker would do: the reactions that come after a commit, then the letters."""
        while later:
            events.react(**later.pop(0))
        waiting = Delivery.objects.filter(message__agency=self.made.agency, state=DeliveryState.QUEUED)
        for delivery in waiting.values_list("pk", flat=True):
            deliver(delivery, now=moment)

    def _meet(self, key: str, plan: Mapping[str, Any]) -> tuple[Person, ContactPoint | None]:
        agency, mail = self.made.agency, key
        address = f"{FULL_MAILBOX}.{mail}" if plan.get("email") == "full" else mail
        contacts = {"email": f"{address}@correio.example" if plan.get("email") else "", "phone": plan.get("phone", "")}
        if agency.jurisdiction == "PT" and contacts["phone"]:
            contacts["phone"] = f"+351 {contacts['phone']}"
        priority = PriorityGroup.objects.in_force(agency.jurisdiction).filter(slug=plan.get("priority", "")).first()
        person, points = know_person(
            actor=Actor.citizen(agency.pk),
            agency_id=agency.pk,
            name=plan["name"],
            document=document(plan.get("document", ""), key),
            contacts=contacts,
            priority=priority,
            locale=agency.locale,
        )
        return person, points.get("email") or points.get("phone")

    def _opening(self, ago: float) -> datetime:
        day = (self.now - timedelta(days=ago)).astimezone(self.zone)
        if ago < 1:
            return day
        return day.replace(hour=self.rng.randint(7, 21), minute=self.rng.randint(0, 59), second=self.rng.randint(0, 59))

    def _after(self, moment: datetime, verb: str, given: Any) -> datetime:
        """A believable moment for the next step: citizens at any hour, staff on weekdays between 8:30 and 16:30."""
        days = given.get("days") if isinstance(given, Mapping) else None
        hours = PACE.get(verb, 24) * self.rng.uniform(0.7, 1.3) if days is None else days * 24
        later = (moment + timedelta(hours=hours)).astimezone(self.zone)
        if verb in ("rate", "hear", "reopen"):
            return later
        while later.weekday() > 4:
            later += timedelta(days=1)
        if not 8 <= later.hour < 16:
            later = later.replace(hour=self.rng.randint(8, 15), minute=self.rng.randint(30, 59))
        return max(later, moment + timedelta(minutes=7))

    # --- the steps ------------------------------------------------------------------------------------------

    def open(self, story: Story, _given: Any, now: datetime) -> None:
        plan, agency = story.plan, self.made.agency
        service = self.made.services[plan["service"]]
        person, contact = self.people[plan["who"]] if plan.get("who") else (None, None)
        helped = plan.get("channel") in ("phone", "counter")
        actor = self.made.actor("attendant") if helped else Actor.citizen(agency.pk, person.pk if person else None)
        picture = plan.get("photo")
        files = [self._picture(actor, picture, story.number)] if picture else []
        joining = self.stories[plan["joins"]].fresh() if plan.get("joins") else None
        opened = open_and_acknowledge(
            actor=actor,
            joining=joining,
            service=service,
            kind=plan.get("kind", service.kinds[0]),
            channel=plan.get("channel", "portal"),
            description=plan["text"],
            answers=plan.get("answers", {}),
            location=self._where(plan, joining),
            reporter=person,
            contact=None if plan.get("by_page") else contact,
            files=files,
            external_id=f"demo:{plan.get('name', story.number)}",
            access_code=SAMPLE_CODE if plan.get("name") == "sample" else None,
            locale=agency.locale,
            now=now,
        )
        story.case = opened.case

    def _where(self, plan: Mapping[str, Any], joining: Case | None) -> cases.Location:
        if not plan.get("at"):
            return cases.Location()
        place: Place = self.made.places[plan["at"]]
        lat, lon = self.made.city.somewhere(plan["at"], self.rng)
        if joining is not None and joining.lat and joining.lon:
            lat, lon = joining.lat + 0.0002, joining.lon - 0.0002
        return cases.Location(address=f"{plan['address']}, {place.name}", lat=lat, lon=lon, place=place)

    def _picture(self, actor: Actor, name: str, seed: int, *, after: bool = False):
        upload = drawing(name, after=after, seed=seed)
        return store_file(actor=actor, agency_id=self.made.agency.pk, upload=upload, name=upload.name)

    def accept(self, story: Story, _given: Any, now: datetime) -> None:
        order = story.order()
        orders.accept_order(actor=self.made.actor("area_manager", order.area_id), order=order, now=now)

    def assign(self, story: Story, name: str, now: datetime) -> None:
        order, staff = story.order(), self.made.staff[name]
        orders.assign_order(actor=self.made.actor("area_manager", order.area_id), order=order, staff=staff, now=now)

    def plan(self, story: Story, given: Any, now: datetime) -> None:
        order, ahead = story.order(), given if isinstance(given, int) else given["ahead"]
        day = (now + timedelta(days=ahead)).date()
        orders.plan_order(actor=self.made.actor("area_manager", order.area_id), order=order, planned_for=day, now=now)

    def report(self, story: Story, given: Mapping[str, Any], now: datetime) -> None:
        order = story.order()
        actor = self.made.actor("field_agent", order.area_id)
        if order.area_id not in actor.area_ids:
            actor = self.made.actor("area_manager", order.area_id)
        photos = {}
        if picture := story.plan.get("photo"):
            before = self._picture(actor, picture, story.number)
            photos = {"before": [before], "after": [self._picture(actor, picture, story.number, after=True)]}
        orders.file_report(
            actor=actor,
            order=order,
            outcome=given["outcome"],
            text=given["text"],
            impossible_because=given.get("because", ""),
            photos=photos if given["outcome"] == "solved" else None,
            now=now,
        )

    def review(self, story: Story, _given: Any, now: datetime) -> None:
        report = story.order().reports.get(verdict="filed")
        orders.accept_report(actor=self.made.actor("supervisor"), report=report, now=now)

    def send_back(self, story: Story, note: str, now: datetime) -> None:
        report = story.order().reports.get(verdict="filed")
        orders.send_report_back(actor=self.made.actor("supervisor"), report=report, note=note, now=now)

    def send(self, story: Story, _given: Any, now: datetime) -> None:
        cases.send_answer(actor=self.made.actor("supervisor"), case=story.fresh(), now=now)

    def rate(self, story: Story, given: Mapping[str, Any], now: datetime) -> None:
        case = story.fresh()
        rate_answer(
            actor=self._citizen(case),
            answer=case.answers_given.latest("number"),
            score=given["score"],
            comment=given.get("comment", ""),
            now=now,
        )

    def ask(self, story: Story, given: Any, now: datetime) -> None:
        question = given if isinstance(given, str) else given["text"]
        cases.ask_citizen(actor=self.made.actor("attendant"), case=story.fresh(), question=question, now=now)

    def hear(self, story: Story, given: Any, now: datetime) -> None:
        case, text = story.fresh(), given if isinstance(given, str) else given["text"]
        cases.add_information(actor=self._citizen(case), case=case, text=text, now=now)

    def reopen(self, story: Story, reason: str, now: datetime) -> None:
        case = story.fresh()
        cases.reopen_case(actor=self._citizen(case), case=case, reason=reason, now=now)

    def refuse(self, story: Story, reason: str, now: datetime) -> None:
        cases.refuse_case(actor=self.made.actor("attendant"), case=story.fresh(), reason=reason, now=now)

    def dispatch(self, story: Story, area: str, now: datetime) -> None:
        actor = self.made.actor("attendant")
        cases.dispatch_case(actor=actor, case=story.fresh(), area=self.made.areas[area], now=now)

    def transfer(self, story: Story, given: Mapping[str, str], now: datetime) -> None:
        area = self.made.areas[given["area"]]
        actor = self.made.actor("attendant")
        cases.transfer_case(actor=actor, case=story.fresh(), area=area, reason=given["reason"], now=now)

    def give_back(self, story: Story, reason: str, now: datetime) -> None:
        order = story.order()
        actor = self.made.actor("area_manager", order.area_id)
        orders.give_back_order(actor=actor, order=order, reason=reason, now=now)

    def merge(self, story: Story, into: str, now: datetime) -> None:
        primary = self.stories[into].fresh()
        cases.merge_case(actor=self.made.actor("attendant"), case=story.fresh(), primary=primary, now=now)

    def know(self, story: Story, given: Mapping[str, Any], now: datetime) -> None:
        """Whoever does the triage makes a known problem of this demand, and gathers it first."""
        problem = Incident(
            agency=self.made.agency,
            title=given["title"],
            text=given["text"],
            area=self.made.areas[given["area"]],
            began_at=story.opened_at,
            expected_by=now + timedelta(days=given["within"]),
        )
        actor, case = self.made.actor("attendant"), story.fresh()
        places = [case.place] if case.place else []
        self.problems[given["name"]] = cases.keep_incident(
            actor=actor, incident=problem, services=[case.service], places=places, now=now
        )
        self.gather(story, given["name"], now)

    def gather(self, story: Story, problem: str, now: datetime) -> None:
        actor = self.made.actor("attendant")
        cases.gather_case(actor=actor, case=story.fresh(), incident=self.problems[problem], now=now)

    def note(self, story: Story, text: str, now: datetime) -> None:
        cases.write_note(actor=self.made.actor("attendant"), case=story.fresh(), text=text, now=now)

    def extend(self, story: Story, reason: str, now: datetime) -> None:
        case = story.fresh()
        extend_deadline(actor=self.made.actor("supervisor"), deadline=case.deadline, reason=reason, now=now)

    def _citizen(self, case: Case) -> Actor:
        return Actor.citizen(case.agency_id, case.reporter_id)


VERBS: Mapping[str, Callable[[Stage, Story, Any, datetime], None]] = {
    name: getattr(Stage, name)
    for name in (
        *("open", "accept", "assign", "plan", "report", "review", "send_back", "send", "rate", "ask", "hear"),
        *("reopen", "refuse", "dispatch", "transfer", "give_back", "merge", "note", "extend", "know"),
        "gather",
    )
}
