"""A demand becomes a case: numbered, dated, and in somebody's hands before we say thank you."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind, Service, ServiceVersion
from balcao.citizens.models import ContactPoint, Person
from balcao.organization.models import Place
from balcao.platform import access_codes, rows
from balcao.platform.action import action, running
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.errors import Invalid
from balcao.platform.events import emit
from balcao.platform.geography import h3_cell
from balcao.platform.models import StoredFile
from balcao.platform.numbering import next_protocol
from balcao.platform.text import clean_text, sort_key

from ..events import CaseOpened
from ..models import Attachment, Case
from ..moving import hold
from ..promises import start_answer_clock

MAX_DESCRIPTION = 4000  # characters
_BEFORE = """
SELECT id FROM cases_case
WHERE external_id = %%s::varchar AND agency_id = %%s::bigint AND channel IN (%s) ORDER BY id LIMIT 1
"""
# The advisory lock on an external id; 225226 is the numbering's.
SENT = "pg_advisory_xact_lock(225227, ('x' || %s::text)::bit(32)::integer)"


@dataclass(frozen=True)
class Location:
    """Where the demand is: any of an address, a point (WGS84 degrees) and a place of the agency."""

    address: str = ""
    lat: float | None = None
    lon: float | None = None
    place: Place | None = None


@dataclass(frozen=True)
class Opened:
    """The case, and the access code, which is shown now and never again. `repeat`: it was open already."""

    case: Case
    access_code: str
    repeat: bool = False


@action
def open_case(
    *,
    actor: Actor,
    service: Service,
    kind: str,
    channel: str,
    description: str = "",
    answers: Mapping[str, Any] | None = None,
    location: Location | None = None,
    reporter: Person | None = None,
    contact: ContactPoint | None = None,
    files: Iterable[StoredFile] = (),
    external_id: str | None = None,
    access_code: str | None = None,
    version: ServiceVersion | None = None,
    said_name: str = "",
    locale: str = "pt-br",
    now: datetime | None = None,
) -> Opened:
    """Open a case: protocol number, access code, deadline; the reactions to CaseOpened route it and issue its order
    before the transaction ends.

    The same `channel` and `external_id` open one case: a repeat returns it. Pass the same `access_code` to show it
    again. `said_name`: what the reporter says they are called now; kept where it is not the name that we know.
    Whoever among the staff opens it takes care of it. `version`: whose questions were asked, when a newer one is
    current by now. Raises Invalid when the service does not take this kind, this anonymity or this place."""
    actor.same_agency(service.agency_id)
    now = now or timezone.now()
    location = location or Location()
    check_opening(service, kind, location, anonymous=reporter is None)
    code = access_code or access_codes.new_code()
    if external_id is not None:
        first = opened_before(agency_id=service.agency_id, channels=(channel,), external_id=external_id)
        if first is not None:
            return Opened(first, code, repeat=True)
    case = _insert(
        actor=actor,
        service=service,
        kind=kind,
        channel=channel,
        external_id=external_id,
        description=clean_text(description)[:MAX_DESCRIPTION],
        answers=dict(answers or {}),
        location=location,
        reporter=reporter,
        contact=contact,
        said_name=other_name(said_name, reporter),
        attendant_id=actor.id if actor.kind == "staff" else None,
        code=code,
        service_version_id=version.pk if version else service.current_id,
        locale=locale,
        now=now,
    )
    hold(case)
    for file in files:
        rows.write(Attachment(case=case, file=file, by_citizen=actor.kind != "staff"))
    emit(
        CaseOpened(service_id=service.pk, kind=kind, channel=channel),
        actor=actor,
        agency_id=service.agency_id,
        case_id=case.pk,
        at=now,
        subject=case,
    )
    return Opened(case, code)


class NewId(str):
    """An external id that was made here just now: nobody can have sent it before, and nobody sends it beside us."""

    __slots__ = ()


def opened_before(*, agency_id: int, channels: Sequence[str], external_id: str) -> Case | None:
    """The case that this external id opened on one of these channels, if any. Whoever sends the same id at the same
    moment waits here until this transaction ends, and then finds its case. Once in an action; of a NewId never."""
    if isinstance(external_id, NewId):
        return None
    memory = running()
    key = ("external id", agency_id, external_id)
    if memory is not None and set(channels) <= memory.get(key, set()):
        return None
    rows.reserve(SENT, values=[keyed_hash(f"{agency_id}\0{external_id}", "external-id")[:4].hex()])
    # Each channel a value of its own: an array of unknown length would be planned anew each time.
    found = rows.run(_BEFORE % ", ".join(["%s"] * len(channels)), (external_id, str(agency_id), *channels))
    if memory is not None and found is None:
        memory[key] = set(channels)
    return Case.objects.get(pk=found[0]) if found else None


def other_name(said: str, reporter: Person | None) -> str:
    """What the reporter says they are called now, where it is not the name that we know them by."""
    said = clean_text(said, one_line=True)[:200]
    return said if reporter is not None and sort_key(said) != sort_key(reporter.name) else ""


def check_opening(service: Service, kind: str, location: Location, *, anonymous: bool) -> None:
    """Raise Invalid when the service does not take this kind, this anonymity or this place."""
    if kind not in service.kinds:
        raise Invalid(_("This service does not take this kind of demand. Please choose another kind."), field="kind")
    if anonymous and not service.allows_anonymous:
        raise Invalid(_("This service needs to know who is asking. Please tell us your name."), field="name")
    placed = location.address or location.lat is not None or location.place
    if service.location == Service.Where.REQUIRED and not placed:
        raise Invalid(_("Please tell us where it is: an address or a point on the map."), field="address")


def _insert(
    *,
    actor: Actor,
    service: Service,
    kind: str,
    location: Location,
    reporter: Person | None,
    code: str,
    now: datetime,
    **fields: Any,
) -> Case:
    case_id = rows.new_id(Case)
    deadline = start_answer_clock(actor=actor, service=service, case_id=case_id, now=now)
    located = location.lat is not None and location.lon is not None
    case = Case(
        id=case_id,
        agency=service.agency,
        protocol=next_protocol(timezone.localtime(now).year),
        access_hash=access_codes.code_hash(code),
        service=service,
        kind=kind,
        sealed=kind == Kind.DENUNCIA and reporter is not None,
        reporter=reporter,
        priority=reporter.priority.rank if reporter and reporter.priority else 9,
        deadline=deadline,
        address=location.address,
        lat=location.lat,
        lon=location.lon,
        place=location.place,
        h3=h3_cell(location.lat, location.lon) if located else "",  # type: ignore[arg-type]
        opened_at=now,
        **fields,
    )
    return rows.write(case)
