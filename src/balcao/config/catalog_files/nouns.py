"""What the files hold: one noun for each list, with its keys, and how an object becomes a row of its file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from balcao.catalog.models import Kind, Outcome, Service, ServiceGroup, Template
from balcao.catalog.questions import questions_of, running_of
from balcao.dialogue import Running
from balcao.inbox.interviews.definitions import in_order
from balcao.inbox.models import Account, Interview, Line
from balcao.organization.models import Agency, Area, Place, WorkingCalendar
from balcao.privacy.models import RetentionRule, Stage, Then
from balcao.workorders.models import ResponsibilityRule

from . import keys as k
from .keys import Key

Row = dict[str, Any]

# file key → the model's field, where they differ
CHARTER = (
    "who_may_ask", "what_is_needed", "steps", "how_long", "channels", "where", "waiting_time", "cost", "legal_basis",
)  # fmt: skip
RENAMED = {
    "anonymous": "allows_anonymous",
    "public": "is_public",
    "catch_all": "is_catch_all",
    "published": "is_published",
    "active": "is_active",
    "usual": "is_default",
    "warnings": "warn_fractions",
    "keep_days": "days",
}


@dataclass(frozen=True)
class Noun:
    """`objects` yields (object, row) of an agency, the row in canonical form and with every key of `keys`."""

    name: str
    file: str
    keys: Mapping[str, Key]
    identity: Callable[[Row], str]
    objects: Callable[[Agency], Iterable[tuple[Any, Row]]]

    @property
    def one_each(self) -> bool:
        """Whether `file` is a folder with one file for each object."""
        return "." not in self.file

    def full(self, row: Row) -> Row:
        """The row with the meaning of every absent key."""
        return {name: row.get(name, _fresh(key.default)) for name, key in self.keys.items() if name != "boundary"} | (
            {"boundary": row["boundary"]} if "boundary" in row else {}
        )

    def short(self, row: Row) -> Row:
        """The row without what its absence means anyway."""
        return {n: v for n, v in row.items() if self.keys[n].required or v != self.keys[n].default}


def _fresh(default: Any) -> Any:
    return type(default)(default) if isinstance(default, list | dict) else default


def _plain(obj: Any, names: Iterable[str]) -> Row:
    row: Row = {}
    for name in names:
        value = getattr(obj, RENAMED.get(name, name))
        row[name] = k.tidy(value) if isinstance(value, str) else value
    return row


def _slug(obj: Any) -> str:
    return obj.slug if obj is not None else ""


def _agency(agency: Agency) -> Iterable[tuple[Any, Row]]:
    yield agency, _plain(agency, AGENCY.keys)


def _row(obj: Any, noun: Noun) -> Row:
    """Each key's field as it stands; of what it refers to, the slug."""
    refers = [name for name, key in noun.keys.items() if key.refers]
    return _plain(obj, [n for n in noun.keys if n not in refers]) | {n: _slug(getattr(obj, n)) for n in refers}


def _groups(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = ServiceGroup.objects.filter(agency=agency).order_by("position", "slug")
    return ((group, _row(group, GROUPS)) for group in found)


def _areas(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Area.objects.filter(agency=agency).select_related("parent").order_by("slug")
    return ((area, _row(area, AREAS)) for area in found)


def _places(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Place.objects.filter(agency=agency).select_related("parent").order_by("kind", "slug")
    return ((place, _row(place, PLACES)) for place in found)


def _calendars(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = WorkingCalendar.objects.filter(agency=agency).prefetch_related("holidays").order_by("slug")
    for calendar in found:
        row = _plain(calendar, ("slug", "name", "timezone", "country", "subdivision", "optional_holidays", "usual"))
        row["weekly"] = {d: k.join_hours(h) for d, h in zip(k.DAYS, calendar.weekly, strict=True) if h}
        row["days"] = k.own_days(
            [
                {"date": d.date, "name": d.name, "kind": d.kind, "yearly": d.yearly, "with_easter": d.with_easter}
                | {"hours": k.join_hours(d.hours)}
                for d in calendar.holidays.all()
            ]
        )
        yield calendar, row


def _services(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Service.objects.filter(agency=agency).select_related("group", "calendar", "current").order_by("slug")
    own = [n for n in SERVICES.keys if n not in ("group", "calendar", "questions", "running", "kinds")]
    for service in found:
        row = _plain(service, own)
        row |= {"group": _slug(service.group), "calendar": _slug(service.calendar)}
        row["kinds"] = [kind for kind in Kind.values if kind in service.kinds]
        yield service, row | {"running": running_of(service.current), "questions": questions_of(service.current)}


def _templates(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Template.objects.filter(agency=agency).select_related("service")
    order = ("purpose", "outcome", "locale", "service__slug")
    return ((template, _row(template, TEMPLATES)) for template in found.order_by(*order))


def _rules(agency: Agency) -> Iterable[tuple[Any, Row]]:
    seen: dict[str, int] = {}
    found = ResponsibilityRule.objects.filter(agency=agency).select_related("service", "group", "place", "area")
    return ((rule, numbered(_row(rule, MATRIX), seen)) for rule in found)


def _retention(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = RetentionRule.objects.filter(agency=agency).select_related("service", "line")
    found = found.order_by("stage", "service__slug", "line__slug")
    return ((rule, _row(rule, RETENTION)) for rule in found)


def _interviews(agency: Agency) -> Iterable[tuple[Any, Row]]:
    """Of each the version in force; where none is, the draft."""
    newest: dict[str, Interview] = {}
    for one in Interview.objects.filter(agency=agency).order_by("slug", "version"):
        if one.published_at or one.slug not in newest:
            newest[one.slug] = one
    return ((one, interview_row(one)) for one in newest.values())


def interview_row(interview: Interview) -> Row:
    return INTERVIEWS.full(in_order(interview.definition, interview.slug))


def _lines(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Line.objects.filter(agency=agency).select_related("calendar").order_by("slug")
    return ((line, _row(line, LINES)) for line in found)


def _accounts(agency: Agency) -> Iterable[tuple[Any, Row]]:
    found = Account.objects.filter(agency=agency).select_related("line").order_by("channel", "key")
    return ((account, _row(account, ACCOUNTS)) for account in found)


def numbered(row: Row, seen: dict[str, int]) -> Row:
    """A rule has no name of its own: it is known by what it is about, and among its likes by its number."""
    about = "/".join(row.get(n) or "*" for n in ("service", "group", "place", "kind"))
    seen[about] = seen.get(about, 0) + 1
    return row | {"#": f"{about} ({seen[about]})" if seen[about] > 1 else about}


def by_slug(row: Row) -> str:
    return str(row["slug"])


AGENCY = Noun(  # what is the same for all of its services; there is one, and it is never removed
    "agency",
    "agency.yaml",
    {"triage_days": Key(k.whole, 5, required=True), "warnings": Key(k.fractions, [0.5, 0.8], required=True)},
    lambda row: "agency",
    _agency,
)
NAMED = {"slug": Key(k.slug, required=True), "name": Key(k.words, required=True)}
GROUPS = Noun(
    "groups",
    "groups.yaml",
    {
        **NAMED,
        "summary": Key(k.words),
        "icon": Key(k.words),
        "position": Key(k.whole, 0),
    },
    by_slug,
    _groups,
)
AREAS = Noun(
    "areas",
    "areas.yaml",
    {
        **NAMED,
        "parent": Key(k.optional_slug, refers="areas"),
        "email": Key(k.words),
        "active": Key(k.flag, True),
    },
    by_slug,
    _areas,
)
PLACES = Noun(
    "places",
    "places.yaml",
    {
        **NAMED,
        "kind": Key(k.one_of(Place.Kind.values), required=True),
        "parent": Key(k.optional_slug, refers="places"),
        "address": Key(k.words),
        "opening": Key(k.words),
        "boundary": Key(lambda value: value, None),
    },
    by_slug,
    _places,
)
CALENDARS = Noun(
    "calendars",
    "calendars.yaml",
    {
        **NAMED,
        "timezone": Key(k.words, "America/Sao_Paulo"),
        "country": Key(k.words, "BR"),
        "subdivision": Key(k.words),
        "optional_holidays": Key(k.flag, True),
        "usual": Key(k.flag, False),
        "weekly": Key(k.week, required=True),
        "days": Key(k.own_days, []),
    },
    by_slug,
    _calendars,
)
SERVICES = Noun(
    "services",
    "services",
    {
        **NAMED,
        "group": Key(k.slug, required=True, refers="groups"),
        "summary": Key(k.words),
        "keywords": Key(k.words),
        "published": Key(k.flag, False),
        "catch_all": Key(k.flag, False),
        "position": Key(k.whole, 0),
        **{name: Key(k.words) for name in CHARTER},
        "kinds": Key(k.some_of(Kind.values), list(Kind.values)),
        "location": Key(k.one_of(Service.Where.values), "optional"),
        "anonymous": Key(k.flag, True),
        "public": Key(k.flag, False),
        "coarse_location": Key(k.flag, False),
        "rule": Key(k.slug, "lei-13460"),
        "amount": Key(k.whole, None),
        "area_rule": Key(k.slug, "lei-13460-area"),
        "area_amount": Key(k.whole, None),
        "calendar": Key(k.optional_slug, refers="calendars"),
        "running": Key(k.one_of(tuple(Running)), Running.FINISH.value),
        "questions": Key(k.questions, []),
    },
    by_slug,
    _services,
)
TEMPLATES = Noun(
    "templates",
    "templates.yaml",
    {
        "purpose": Key(k.slug, required=True),
        "outcome": Key(k.one_of(("", *Outcome.values))),
        "locale": Key(k.one_of(("pt-br", "pt-pt", "en")), "pt-br"),
        "service": Key(k.optional_slug, refers="services"),
        "subject": Key(k.words),
        "body": Key(k.words, required=True),
    },
    lambda row: "/".join(row[n] or "*" for n in ("purpose", "outcome", "locale", "service")),
    _templates,
)
MATRIX = Noun(
    "matrix",
    "matrix.yaml",
    {
        "service": Key(k.optional_slug, refers="services"),
        "group": Key(k.optional_slug, refers="groups"),
        "place": Key(k.optional_slug, refers="places"),
        "kind": Key(k.one_of(("", *Kind.values))),
        "area": Key(k.slug, required=True, refers="areas"),
        "active": Key(k.flag, True),
        "note": Key(k.words),
    },
    lambda row: str(row["#"]),
    _rules,
)
RETENTION = Noun(
    "retention",
    "retention.yaml",
    {
        "stage": Key(k.one_of(Stage.values), required=True),
        "service": Key(k.optional_slug, refers="services"),
        "line": Key(k.optional_slug, refers="lines"),
        "keep_days": Key(k.whole, required=True),
        "then": Key(k.one_of(Then.values), Then.PSEUDONYMISE.value),
        "binding": Key(k.flag, False),
        "law": Key(k.words),
        "active": Key(k.flag, True),
    },
    lambda row: f"{row['stage']}/{row['service'] or row['line'] or '*'}",
    _retention,
)
INTERVIEWS = Noun(
    "interviews",
    "interviews",
    {
        "slug": Key(k.slug, required=True),
        "title": Key(k.data, required=True),
        "running": Key(k.one_of(tuple(Running)), Running.FINISH.value),
        "steps": Key(k.data, required=True),
        "outcomes": Key(k.data, []),
    },
    by_slug,
    _interviews,
)
LINES = Noun(
    "lines",
    "lines.yaml",
    {
        **NAMED,
        "calendar": Key(k.optional_slug, refers="calendars"),
        "automatic": Key(k.flag, True),
        "off_hours_notice": Key(k.words),
        "closing_notice": Key(k.words),
        "closing_template": Key(k.words),
        "quiet_hours": Key(k.whole, 24),
        "interview": Key(k.words),
        "interview_by_mail": Key(k.flag, False),
        "asks_grade": Key(k.flag, True),
        "open_to_others": Key(k.flag, False),
        "active": Key(k.flag, True),
    },
    by_slug,
    _lines,
)
ACCOUNTS = Noun(  # without their secrets, which are their channel's
    "accounts",
    "accounts.yaml",
    {
        "channel": Key(k.slug, required=True),
        "key": Key(k.words, required=True),
        "name": Key(k.words, required=True),
        "line": Key(k.slug, required=True, refers="lines"),
        "origins": Key(k.origins, []),
        "active": Key(k.flag, True),
    },
    lambda row: f"{row['channel']}/{row['key']}",
    _accounts,
)
#: In the order in which they are applied: nothing refers to what comes later.
NOUNS = (
    AGENCY, GROUPS, AREAS, PLACES, CALENDARS, SERVICES, TEMPLATES, MATRIX, INTERVIEWS, LINES, ACCOUNTS, RETENTION,
)  # fmt: skip
BOUNDARIES = "boundaries.geojson"
