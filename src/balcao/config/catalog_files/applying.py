"""The differences are made through the console's own actions, in one transaction: all of them or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from balcao.cases.offering import offer_service
from balcao.cases.promises import area_outlasts
from balcao.catalog import actions as catalog
from balcao.catalog.models import Service, ServiceGroup, Template
from balcao.inbox.conversations.settings import change_account, change_line
from balcao.inbox.interviews.actions import save_draft
from balcao.inbox.models import Account, Line
from balcao.organization import actions as organization
from balcao.organization.models import Agency, Area, Holiday, Place, WorkingCalendar
from balcao.organization.queries import calendar_for
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.privacy import actions as privacy
from balcao.privacy.models import RetentionRule
from balcao.workorders import actions as workorders
from balcao.workorders.models import ResponsibilityRule

from .comparing import Difference, compare, order_changed
from .keys import DAYS, split_hours
from .nouns import INTERVIEWS, MATRIX, NOUNS, RENAMED, SERVICES, Noun
from .reading import BadFiles, Files

REFERRED: dict[str, Any] = {
    "areas": Area, "places": Place, "groups": ServiceGroup, "services": Service, "calendars": WorkingCalendar,
    "lines": Line,
}  # fmt: skip


@dataclass(frozen=True)
class Done:
    """What was, or would be, changed; `warnings`: what no rule forbids, and somebody should look at."""

    differences: Sequence[Difference]
    reordered: bool
    applied: bool
    warnings: Sequence[str] = ()

    def lines(self) -> Iterator[str]:
        for difference in self.differences:
            yield from difference.lines()
        if self.reordered:
            yield "~ matrix: the order of the rules"
        if all(d.verb == "wait" for d in self.differences) and not self.reordered:
            yield "Nothing to change: the files and the agency say the same."
            return
        if self.warnings:
            yield ""
            yield from self.warnings
        by_verb = {verb: sum(d.verb == verb for d in self.differences) for verb in ("add", "change", "remove")}
        yield ""
        yield f"{by_verb['add']} to add, {by_verb['change']} to change, {by_verb['remove']} to remove."
        yield (
            "Applied." if self.applied else "Nothing was changed yet. Run it again with --apply to make these changes."
        )


class _Back(Exception):
    """Ends a dry run's transaction."""


def run(*, agency: Agency, files: Files, apply: bool) -> Done:
    """Make the differences, or (apply false) try them and take everything back, so that a refusal shows in both.

    BadFiles names each row that was refused, and why."""
    actor = Actor.system(agency.pk)
    try:
        with transaction.atomic():
            differences, reordered = compare(agency, files), order_changed(agency, files)
            bad = _make(actor, agency, files, differences)
            if bad:
                raise BadFiles(bad)
            warnings = list(_late_areas(agency, differences))
            if not apply:
                raise _Back
    except _Back:
        pass
    return Done(differences, reordered, apply, warnings)


def _late_areas(agency: Agency, differences: Sequence[Difference]) -> Iterator[str]:
    """The console's warning, with file and line: an area's time that ends after the date promised to the citizen."""
    for difference in differences:
        if difference.noun is not SERVICES or difference.entry is None:
            continue
        service = Service.objects.get(agency=agency, slug=difference.row["slug"])
        found = area_outlasts(service, calendar_for(agency.pk, service.calendar_id), timezone.now())
        if found:
            name = next((n for n in ("area_amount", "area_rule", "amount") if n in difference.entry.row), "")
            area, promise = (moment.date().isoformat() for moment in found)
            yield (
                f"{difference.entry.where(name)}: warning: for a demand of these days the area's time would end on "
                f"{area}, and the promise to the citizen on {promise}; give the area less time (area_amount)"
            )


def _make(actor: Actor, agency: Agency, files: Files, differences: Sequence[Difference]) -> list[str]:
    bad: list[str] = []

    def attempt(where: Callable[[str], str], action: Callable[[], Any]) -> None:
        try:
            with transaction.atomic():
                action()
        except Invalid as error:
            bad.append(f"{where(error.field)}: {error.sentence}")
        except Refusal as error:
            bad.append(f"{where('')}: {error.sentence}")

    writing = [d for d in differences if d.verb in ("add", "change")]
    for difference in _parents_first(writing):
        entry = difference.entry
        assert entry is not None
        attempt(entry.where, lambda d=difference: _write(actor, agency, d))  # type: ignore[misc]
    if not bad:
        if MATRIX.name in files.entries:
            attempt(lambda _: MATRIX.file, lambda: _finish_matrix(actor, agency, files, differences))
        removing = [d for d in differences if d.verb == "remove" and d.noun is not MATRIX]
        for difference in sorted(removing, key=lambda d: -NOUNS.index(d.noun)):
            attempt(_where_missing(difference), lambda d=difference: _take_out(actor, d))  # type: ignore[misc]
    return bad


def _where_missing(difference: Difference) -> Callable[[str], str]:
    return lambda _: f"{difference.noun.file}: “{difference.name}” is not in it"


def _parents_first(differences: Sequence[Difference]) -> list[Difference]:
    ordered: list[Difference] = []
    waiting = list(differences)
    while waiting:
        names = {(d.noun.name, d.name) for d in waiting if d.verb == "add"}
        ready = [d for d in waiting if (d.noun.name, d.row.get("parent")) not in names] or waiting
        # a circle among new ones: the actions refuse it, with its line
        ordered += ready
        waiting = [d for d in waiting if d not in ready]
    # the usual calendar first: it takes that from the other, which may not give it up by itself
    return sorted(ordered, key=lambda d: (NOUNS.index(d.noun), not d.row.get("usual", False)))


def _write(actor: Actor, agency: Agency, difference: Difference) -> None:
    noun, row = difference.noun, difference.row
    if noun is INTERVIEWS:
        save_draft(actor=actor, agency_id=agency.pk, slug=row["slug"], definition=INTERVIEWS.short(row))
        return
    values = {name: _value(noun, name, value, agency) for name, value in row.items()}
    obj = difference.obj or _MODELS[noun.name](agency=agency)
    for name, value in values.items():
        if name not in ("weekly", "days", "questions", "running"):
            setattr(obj, RENAMED.get(name, name), value)
    _WRITERS[noun.name](actor, obj, row)


def _value(noun: Noun, name: str, value: Any, agency: Agency) -> Any:
    refers = noun.keys[name].refers if name in noun.keys else ""
    if not refers:
        return value
    if not value:
        return None
    found = REFERRED[refers].objects.filter(agency=agency, slug=value).first()
    if found is None:
        raise Invalid(f"“{name}”: there is no “{value}” among the {refers}.", field=name)
    return found


def _calendar(actor: Actor, calendar: WorkingCalendar, row: dict[str, Any]) -> None:
    calendar.weekly = [split_hours(row["weekly"].get(day, "")) for day in DAYS]
    calendar = organization.change_calendar(actor=actor, calendar=calendar)
    kept = {holiday.date.isoformat(): holiday for holiday in calendar.holidays.all()}
    for day in row["days"]:
        holiday = kept.pop(day["date"], None) or Holiday(calendar=calendar, date=date.fromisoformat(day["date"]))
        holiday.name, holiday.kind = day["name"], day.get("kind", "holiday")
        holiday.yearly, holiday.hours = day.get("yearly", False), split_hours(day.get("hours", "")) or None
        holiday.with_easter = day.get("with_easter", False)
        organization.change_holiday(actor=actor, holiday=holiday)
    for holiday in kept.values():
        organization.remove_holiday(actor=actor, holiday=holiday)


def _service(actor: Actor, service: Service, row: dict[str, Any]) -> None:
    service.unit = service.area_unit = ""
    service = offer_service(actor=actor, service=service)
    catalog.change_questions(actor=actor, service=service, questions=row["questions"], running=row["running"])


_MODELS: dict[str, Any] = REFERRED | {
    "agency": Agency, "templates": Template, "matrix": ResponsibilityRule, "retention": RetentionRule,
    "accounts": Account,
}  # fmt: skip
_WRITERS: dict[str, Callable[[Actor, Any, dict[str, Any]], Any]] = {
    "agency": lambda actor, obj, row: organization.change_agency(actor=actor, agency=obj),
    "groups": lambda actor, obj, row: catalog.change_group(actor=actor, group=obj),
    "areas": lambda actor, obj, row: workorders.change_area(actor=actor, area=obj),
    "places": lambda actor, obj, row: organization.change_place(actor=actor, place=obj),
    "calendars": _calendar,
    "services": _service,
    "templates": lambda actor, obj, row: catalog.change_template(actor=actor, template=obj),
    "matrix": lambda actor, obj, row: workorders.change_rule(actor=actor, rule=obj),
    "retention": lambda actor, obj, row: privacy.keep_rule(actor=actor, rule=obj),
    "lines": lambda actor, obj, row: change_line(actor=actor, line=obj),
    "accounts": lambda actor, obj, row: change_account(actor=actor, account=obj),
}


def _finish_matrix(actor: Actor, agency: Agency, files: Files, differences: Sequence[Difference]) -> None:
    """Rules that the file lacks go; the others stand in the file's order."""
    for difference in differences:
        if difference.noun is MATRIX and difference.verb == "remove":
            workorders.remove_rule(actor=actor, rule=difference.obj)
    by_name = {MATRIX.identity(row): rule for rule, row in MATRIX.objects(agency)}
    ids = [by_name[MATRIX.identity(entry.row)].pk for entry in files.entries[MATRIX.name]]
    workorders.order_rules(actor=actor, agency=agency, ids=ids)


def _take_out(actor: Actor, difference: Difference) -> None:
    obj, name = difference.obj, difference.noun.name
    if name == "services":
        obj.is_published = False
        catalog.keep_service(actor=actor, service=obj)
    elif name == "areas":
        obj.is_active = False
        workorders.change_area(actor=actor, area=obj)
    elif name == "lines":
        obj.is_active = False
        change_line(actor=actor, line=obj)
    elif name == "accounts":
        obj.is_active = False
        change_account(actor=actor, account=obj)
    elif name == "groups":
        catalog.remove_group(actor=actor, group=obj)
    elif name == "places":
        organization.remove_place(actor=actor, place=obj)
    elif name == "calendars":
        organization.remove_calendar(actor=actor, calendar=obj)
    elif name == "retention":
        privacy.remove_rule(actor=actor, rule=obj)
    else:
        catalog.reset_template(actor=actor, template=obj)
