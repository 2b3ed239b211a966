"""Every address of the resolver, filled in with somebody's objects. A new one must be added here to be walked."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from balcao.catalog.models import ServiceGroup
from balcao.channels.whatsapp.models import MetaApp
from balcao.citizens.models import Person
from balcao.inbox.conversations.models import Account, Line
from balcao.inbox.interviews.models import Interview
from balcao.inbox.models import ApprovedTemplate, CannedReply, MessageFile
from balcao.organization.models import Staff
from balcao.privacy.models import LegalHold, RetentionRule
from tests.architecture.rich_world import Rich

MAX = 3  # values of one name; each object of a kind goes through the same door


@dataclass(frozen=True)
class Address:
    """One path, and whether it names an object of the agency."""

    name: str
    path: str
    names_object: bool
    missing: str = ""
    """The same path with an object that never was."""


def _pks(model: Any) -> Callable[[Rich], list[Any]]:
    return lambda a: list(model.objects.filter(agency_id=a.agency_id).values_list("pk", flat=True))


def _slugs(model: Any) -> Callable[[Rich], list[Any]]:
    return lambda a: list(model.objects.filter(agency_id=a.agency_id).values_list("slug", flat=True))


def _interviews(a: Rich) -> list[str]:
    """One that is a draft: its pages are the most."""
    return list(Interview.objects.filter(agency_id=a.agency_id, published_at=None).values_list("slug", flat=True))


def _templates(a: Rich) -> list[int]:
    return list(ApprovedTemplate.objects.filter(account__agency_id=a.agency_id).values_list("pk", flat=True))


def _cases(a: Rich) -> list[int]:
    return [a.cases[name].pk for name in ("working", "sealed", "undelivered")]


def _orders(a: Rich) -> list[int]:
    """One that waits for its review first: its pages are the most."""
    return [o.pk for o in sorted(a.orders, key=lambda o: o.state != "reported")]


def _acts(a: Rich) -> list[str]:
    from balcao.console.cases.all_acts import ACTS

    return list(ACTS)


def _verbs(a: Rich) -> list[str]:
    from balcao.console.orders.order import VERBS

    return list(VERBS)


def _hooks(a: Rich) -> list[Any]:
    """Of the installation, which signs: nobody without its secret learns that it is there."""
    app, _made = MetaApp.objects.get_or_create(name="Meta", defaults={"secret": "s", "verify_token": "v"})
    return [app.hook]


def _chats(a: Rich) -> list[Any]:
    return list(Account.objects.filter(agency_id=a.agency_id, channel="webchat").values_list("key", flat=True))


def _talk_acts(a: Rich) -> list[str]:
    from balcao.console.inbox.all_acts import ACTS

    return list(ACTS)


def _talk_files(a: Rich) -> list[Any]:
    return [held.file.uuid for held in MessageFile.objects.filter(message__conversation=a.talk).select_related("file")]


def _steps(a: Rich) -> list[str]:
    from balcao.channels.portal.asking import WORDS

    return list(WORDS.values())


# (pattern of the address' name, argument) -> its values. The first that fits. Which ones name an object of the agency.
VALUES: list[tuple[str, str, Callable[[Rich], list[Any]], bool]] = [
    (r"console:(case|act|reveal|next_case|case_file)", "pk", _cases, True),
    (r"console:order", "order_id", _orders, True),
    (r"console:talk", "pk", lambda a: [a.talk.pk], True),
    (r"console:talk_act", "code", _talk_acts, False),
    (r"console:talk_file", "uuid", _talk_files, False),
    (r"api:", "conversation", lambda a: [a.talk.pk], True),
    (r"api:read_file_of_talk", "file", _talk_files, True),
    (r"console:settings_area", "pk", lambda a: [a.world.trees.pk], True),
    (r"console:settings_group", "pk", _pks(ServiceGroup), True),
    (r"console:settings_(service|question)", "pk", lambda a: [a.world.service.pk], True),
    (r"console:settings_place", "pk", lambda a: [a.world.district.pk], True),
    (r"console:settings_(calendar|day_add)", "pk", lambda a: [a.calendar.pk], True),
    (r"console:settings_day_remove", "pk", lambda a: [a.holiday.pk], True),
    (r"console:settings_shortcut", "pk", _pks(CannedReply), True),
    (r"api:", "shortcut", _pks(CannedReply), True),
    (r"console:settings_template", "pk", _templates, True),
    (r"api:", "template", _templates, True),
    (r"console:settings_line", "pk", _pks(Line), True),
    (r"console:settings_account", "pk", _pks(Account), True),
    (r"console:settings_attendant", "pk", lambda a: [a.world.staff["attendant"].pk], True),
    (r"console:settings_interview", "slug", _interviews, True),
    (r"console:settings_interview", "version", lambda a: [1], False),
    (r"api:", "line", _slugs(Line), True),
    (r"api:", "account", _pks(Account), True),
    (r"api:", "interview", _interviews, True),
    (r"api:", "number", lambda a: [1], False),
    (r"console:settings_rule", "pk", lambda a: [r.pk for r in a.world.agency.rules.all()], True),
    (r"console:settings_person", "pk", _pks(Staff), True),
    (r"console:settings_role", "pk", lambda a: [r.pk for r in a.world.roles.values()], True),
    (r"console:.*fault", "pk", lambda a: [f.pk for f in a.faults], True),
    (r"console:.*fault", "fault_id", lambda a: [f.pk for f in a.faults], True),
    (r"console:settings_letter", "purpose", lambda a: ["answer", "receipt"], False),
    (r"console:settings_person_act", "what", lambda a: ["give", "take", "invite", "reset-mfa"], False),
    (r"console:settings_question", "number", lambda a: [0], False),
    (r"console:act", "code", _acts, False),
    (r"console:privacy_(person|export|erase|hold)", "pk", _pks(Person), True),
    (r"console:privacy_lift", "pk", _pks(LegalHold), True),
    (r"console:privacy_rule", "pk", _pks(RetentionRule), True),
    (r"console:settings_key", "pk", lambda a: [a.key.pk], True),
    (r"console:settings_webhook", "pk", lambda a: [a.webhook.pk], True),
    (r"console:settings_webhook_again", "message", lambda a: [a.told.pk], True),
    (r"console:talk_figures_csv", "code", lambda a: ["line", "hours", "attendant"], False),
    (r"console:order_act", "verb", _verbs, False),
    (r"console:.*fault", "verb", lambda a: ["retry", "reassign", "redirect", "end"], False),
    (r"console:(case|order)_file", "uuid", lambda a: [f.uuid for f in a.files], False),
    (r"api:", "protocol", lambda a: [a.cases[n].protocol for n in ("working", "sealed", "undelivered")], True),
    (r"api:", "pk", _orders, True),
    (r"api:", "incident", lambda a: [a.incident.pk], True),
    (r"api:", "group", lambda a: [a.world.service.group.slug], False),
    (r"api:", "service", lambda a: [a.world.service.slug], True),
    (r"api:", "area", lambda a: [a.world.trees.slug], False),
    (r"api:", "place", lambda a: [a.world.district.slug], False),
    (r"api:", "calendar", lambda a: [a.calendar.slug], False),
    (r"api:", "day", lambda a: [a.holiday.pk], True),
    (r"api:", "rule", lambda a: [r.pk for r in a.world.agency.rules.all()], True),
    (r"api:", "purpose", lambda a: ["answer"], False),
    (r"api:", "person", _pks(Staff), True),
    (r"api:", "role", lambda a: [r.slug for r in a.world.roles.values()], False),
    (r"api:", "fault", lambda a: [f.pk for f in a.faults], True),
    (r"api:", "published", lambda a: ["meses"], False),
    (r"api:", "talk_table", lambda a: ["line", "attendant"], False),
    (r"api:", "table", lambda a: ["city-month", "city-service"], False),
    (r"api:", "subject", _pks(Person), True),
    (r"api:", "hold", _pks(LegalHold), True),
    (r"api:", "retention_rule", _pks(RetentionRule), True),
    (r"api:", "key", lambda a: [a.key.pk], True),
    (r"api:", "webhook", lambda a: [a.webhook.pk], True),
    (r"api:", "message", lambda a: [a.told.pk], True),
    (r"api:", "doubt", lambda a: [a.doubt.pk], True),
    (r"api:", "file", lambda a: [f.uuid for f in a.files], True),
    (r"api:read_service", "slug", lambda a: [a.world.service.slug], True),
    (r"api:read_place", "slug", lambda a: [a.world.district.slug], False),
    (r"portal:(problem|me-too)", "pk", lambda a: [a.incident.pk], False),
    (r"console:incident", "pk", lambda a: [a.incident.pk], True),
    (r"portal:received", "uuid", lambda a: [a.draft.uuid], False),
    (r"portal:photo", "uuid", lambda a: [f.uuid for f in a.files], False),
    (r"portal:come-back", "token", lambda a: ["x"], False),
    (r"portal:file", "uuid", lambda a: [f.uuid for f in a.files], False),
    (r"portal:", "protocol", lambda a: [a.cases[n].protocol for n in ("working", "sealed", "closed")], False),
    (r"portal:", "slug", lambda a: [a.world.service.slug], False),
    (r"portal:step", "word", _steps, False),
    (r"insights:one", "word", lambda a: ["servicos"], False),
    (r"insights:one", "slug", lambda a: [a.world.service.slug], False),
    (r"insights:all", "word", lambda a: ["servicos", "distritos", "canais"], False),
    (r"insights:talks_csv", "code", lambda a: ["meses", "equipes"], False),
    (r"insights:csv", "code", lambda a: ["city-month", "city-service", "city-place"], False),
    (r"open311:", "form", lambda a: ["xml", "json"], False),
    (r"open311:service", "code", lambda a: [a.world.service.slug], False),
    (r"open311:request", "number", lambda a: [a.cases[n].protocol for n in ("working", "sealed", "closed")], False),
    (r"open311:token", "token", lambda a: ["5a1e6c2e-7a43-4d0a-9c64-0d8f6b2b8a11"], False),
    (r"open311:nothing", "rest", lambda a: ["v2/nothing.json"], False),
    (r"whatsapp:hook", "uuid", _hooks, True),
    (r"webchat:", "key", _chats, False),
    (r"webchat:file", "uuid", lambda a: [f.uuid for f in a.files], False),
    # allauth's own, which hold no object of ours
    (r"(account|mfa|socialaccount)_", "key", lambda a: ["x"], False),
    (r"(account|mfa|socialaccount)_", "uidb36", lambda a: ["1"], False),
    (r"(account|mfa|socialaccount)_", "pk", lambda a: [1], False),
    (r"gallery:error", "code", lambda a: [404], False),
    (r"refused", "status", lambda a: [413], False),
]


def patterns(resolver: URLResolver | None = None, before: str = "", spaces: tuple[str, ...] = ()) -> Iterator[tuple]:
    """(name with its namespaces, route, argument names) of every pattern of the project."""
    for entry in (resolver or get_resolver()).url_patterns:
        route = before + (entry.pattern._route if isinstance(entry.pattern, RoutePattern) else _of_regex(entry))
        if isinstance(entry, URLResolver):
            inner = (*spaces, entry.namespace) if entry.namespace else spaces
            yield from patterns(entry, route, inner)
        else:
            yield ":".join([*spaces, entry.name or entry.lookup_str]), route, re.findall(r"<(?:\w+:)?(\w+)>", route)


def _of_regex(entry: URLPattern | URLResolver) -> str:
    """allauth writes one address as a regular expression; its named groups are its arguments."""
    return re.sub(
        r"\(\?P<(\w+)>[^)]*\)", r"<\1>", entry.pattern.regex.pattern.lstrip("^").rstrip("$").replace("\\Z", "")
    )


def values(name: str, argument: str, a: Rich) -> tuple[list[Any], bool]:
    """The values of an argument from `a`. KeyError when nobody has said what to put there."""
    for pattern, wanted, source, is_object in VALUES:
        if wanted == argument and re.match(pattern, name):
            found = source(a)
            return (found if argument in {"code", "verb", "what", "word"} else found[:MAX]), is_object
    raise KeyError(f"{name}: <{argument}>")


def _one_at_a_time(choices: list[list[Any]]) -> list[tuple[Any, ...]]:
    """The first of each, then each other value with the first of the rest: every value is tried, not every pair."""
    first = tuple(found[0] for found in choices)
    others = [
        (*first[:place], value, *first[place + 1 :]) for place, found in enumerate(choices) for value in found[1:]
    ]
    return [first, *others]


def unknown(a: Rich) -> list[str]:
    """The addresses that the registry cannot fill in."""
    missing = []
    for name, _route, arguments in patterns():
        for argument in arguments:
            try:
                if not values(name, argument, a)[0]:
                    missing.append(f"{name}: nothing to put in <{argument}>")
            except KeyError as error:
                missing.append(str(error))
    return missing


def addresses(a: Rich, prefix: str = "", *, pairs: bool = False) -> Iterator[Address]:
    """Every path that starts with `prefix`, with objects of `a` in it; `pairs`: every combination of them."""
    for name, route, arguments in patterns():
        if not f"/{route}".startswith(prefix):
            continue
        filled = [values(name, argument, a) for argument in arguments]
        choices = [found for found, _ in filled]
        for chosen in itertools.product(*choices) if pairs else _one_at_a_time(choices):
            path = missing = f"/{route}"
            for argument, value, (_, is_object) in zip(arguments, chosen, filled, strict=True):
                place = rf"<(?:\w+:)?{argument}>"
                path = re.sub(place, str(value), path, count=1)
                missing = re.sub(place, "987654321" if is_object else str(value), missing, count=1)
            yield Address(name, path, any(is_object for _, is_object in filled), missing)
