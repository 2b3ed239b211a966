"""From an interview to a demand: the same on a web page, in a chat, on a phone. A channel asks; this opens the case."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from balcao.cases.actions import Location, Opened, opened_before
from balcao.cases.models import Case
from balcao.catalog.models import Service, ServiceVersion
from balcao.catalog.scripts import own_questions, script_for
from balcao.citizens.actions import know_person
from balcao.citizens.identifiers import for_dialogue
from balcao.citizens.models import ContactPoint, Person, PriorityGroup
from balcao.dialogue import Answers, Invalid, QuestionType, Script, Validators
from balcao.organization.models import Agency
from balcao.organization.places import polygons
from balcao.organization.queries import place_named
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.models import StoredFile
from balcao.platform.settled import settled
from balcao.platform.text import sort_key

from .conversations.models import Conversation
from .opening import open_and_acknowledge

ADDRESS = 300  # characters of a case's address
BY_HAND = ("phone", "counter")  # the channels of what staff write down for somebody


def script(version: ServiceVersion, *, talk: bool = False) -> Script:
    """What a person is asked for this version of a service, with the priority groups of their law; `talk`: in a
    conversation, into which the answer comes."""
    today = timezone.localdate()  # the law may be another one tomorrow, and nobody writes a row for it
    return settled(("script", version.pk, talk, today), lambda: _script(version, talk, today))


def _script(version: ServiceVersion, talk: bool, day: date) -> Script:
    groups = PriorityGroup.objects.in_force(version.service.agency.jurisdiction, on=day)
    return script_for(version, priorities=list(groups.values_list("slug", "name")), talk=talk)


def validators(agency: Agency) -> Validators:
    """The checks that scripts name, by the agency's country and city."""

    def location_here(value: Any) -> Any:
        """A pin stands inside the districts, where they are known; a district is one of ours."""
        if "lat" in value:
            city = polygons(agency.pk)
            if len(city) and not city.inside(value["lat"], value["lon"]):
                raise Invalid("pin_outside")
        if "place" in value and place_named(agency.pk, value["place"]) is None:
            raise Invalid("not_an_option")
        return value

    return {**for_dialogue(agency.jurisdiction), "location_here": location_here}


def local_now(agency: Agency, now: datetime | None = None) -> datetime:
    """`now` on the agency's clock: what "today" means in an interview."""
    return (now or timezone.now()).astimezone(ZoneInfo(agency.timezone))


@dataclass(frozen=True)
class Envelope:
    """What the channel knows beside the answers. `access_code`: the same at each repeat, so that it can be shown.
    `also`: other channels under which the same external id may have come before, when a person chooses the channel.
    `conversation`: the one that it was had in; its external id is `conversations.papers.external_id`."""

    channel: str
    external_id: str
    access_code: str | None = None
    locale: str = "pt-br"
    joining: Case | None = None
    also: tuple[str, ...] = ()
    conversation: Conversation | None = None


@action
def send_demand(
    *,
    actor: Actor,
    version: ServiceVersion,
    answers: Answers,
    script: Script,
    envelope: Envelope,
    now: datetime | None = None,
) -> Opened:
    """Open the case that a finished interview describes, and queue its receipt. A repeat of the same external id opens
    nothing and returns the first case."""
    service: Service = version.service
    values: Mapping[str, Any] = answers.values
    first = opened_before(
        agency_id=service.agency_id, channels=(envelope.channel, *envelope.also), external_id=envelope.external_id
    )
    if first is not None:
        return Opened(first, envelope.access_code or "", repeat=True)
    person, contact = _who(actor, service.agency, values, envelope)
    return open_and_acknowledge(
        joining=envelope.joining,
        conversation=envelope.conversation,
        actor=actor,
        service=service,
        version=version,
        kind=values.get("kind") or service.kinds[0],
        channel=envelope.channel,
        description=str(values.get("description", "")),
        answers={code: values[code] for code in own_questions(script) if code in values},
        location=location_of(service.agency_id, values.get("location")),
        reporter=person,
        contact=contact,
        files=_kept(service.agency_id, _files(script, values)),
        external_id=envelope.external_id,
        access_code=envelope.access_code,
        said_name=str(values.get("who_name", "")),
        locale=envelope.locale,
        now=now,
    )


def _kept(agency_id: int, uuids: list[str]) -> Iterable[StoredFile]:
    return StoredFile.objects.filter(agency_id=agency_id, uuid__in=uuids).order_by("pk") if uuids else ()


def _files(script: Script, values: Mapping[str, Any]) -> list[str]:
    """The files of every question that takes some, the service's own ones too: what no case holds is swept away."""
    codes = [q.code for q in script.questions() if q.type is QuestionType.FILES]
    return [uuid for code in codes for uuid in values.get(code) or []]


def _who(
    actor: Actor, agency: Agency, values: Mapping[str, Any], envelope: Envelope
) -> tuple[Person | None, ContactPoint | None]:
    if not values.get("who_name"):
        return None, None
    slug = values.get("priority")
    # by the law of this country: both have a group of this name
    priority = PriorityGroup.objects.in_force(agency.jurisdiction).filter(slug=slug).first() if slug else None
    talking = envelope.conversation.person if envelope.conversation else None
    if (
        talking is not None
        and not values.get("who_document")
        and sort_key(talking.name) == sort_key(values["who_name"])
    ):
        talking.priority = priority or talking.priority  # for today's demand
        return talking, None
    person, contacts = know_person(
        actor=actor,
        agency_id=agency.pk,
        name=values["who_name"],
        document=values.get("who_document", ""),
        contacts={"email": values.get("who_email", ""), "phone": values.get("who_phone", "")},
        priority=priority,
        locale=envelope.locale,
    )
    return person, contacts.get("email") if values.get("answer_by") == "email" else None


def location_of(agency_id: int, value: Any) -> Location:
    """A pin names its district by itself, whatever was chosen from the list."""
    if not value:
        return Location()
    lat, lon = value.get("lat"), value.get("lon")
    slug = value.get("place")
    if lat is not None:
        slug = polygons(agency_id).locate(lat, lon) or slug
    place = place_named(agency_id, slug)
    words = [str(value[k]) for k in ("address", "number", "complement", "district", "postcode") if value.get(k)]
    return Location(", ".join(words)[:ADDRESS], lat, lon, place)
