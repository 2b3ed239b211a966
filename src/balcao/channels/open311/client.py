"""Another city's GeoReport v2 server as the system of an area: orders are filed there, their status is read back.

XML, because a server may lack JSON. FixMyStreet's `servicerequestupdates` is read where the server has it. What a plain
server cannot tell (whether a POST whose answer was lost has arrived) is looked for by its token and by our mark in the
description; when it is not found, a person decides, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from xml.etree import ElementTree

from django.utils import translation
from django.utils.translation import ngettext

from balcao.catalog.models import Outcome
from balcao.platform import outside
from balcao.workorders.models import RemoteSystem
from balcao.workorders.remote import Errand, News, NotForwarded, NothingSent, NotTaken, NoWay, Perhaps

SECONDS = 15.0
DAY = timedelta(days=1)
NO_SUCH_THING = (404, 405, 501)
# FixMyStreet's additional states that say how it ended.
ENDS = {
    "fixed": Outcome.SOLVED,
    "action_scheduled": Outcome.SCHEDULED,
    "no_further_action": Outcome.IMPOSSIBLE,
    "not_councils_responsibility": Outcome.IMPOSSIBLE,
    "duplicate": Outcome.INFORMED,
    "closed": Outcome.INFORMED,
}


class Open311Client:
    """See `workorders.remote.Connector`. A legacy system has fifteen seconds, on a queue of its own."""

    def send(self, system: RemoteSystem, errand: Errand) -> str:
        form = {
            "api_key": system.secret,
            "jurisdiction_id": system.jurisdiction,
            "service_code": errand.service_code,
            "description": "\n".join(part for part in (errand.description, _files(system, errand)) if part)
            + f"\n[{errand.mark}]",
            "media_url": list(errand.media),
            "address_string": errand.address,
            "lat": "" if errand.lat is None else str(errand.lat),
            "long": "" if errand.lon is None else str(errand.lon),
            "account_id": "",
        }
        body = {name: value for name, value in form.items() if value}
        try:
            answer = outside.fetch(
                "POST",
                _url(system, "requests.xml"),
                data=body,
                headers={"Idempotency-Key": str(errand.key)},
                seconds=SECONDS,
            )
        except (outside.Unreached, outside.NotOutside) as error:
            raise NothingSent(error.log) from error
        except outside.OutsideError as error:
            raise Perhaps(error.log) from error
        if 400 <= answer.status < 500 and answer.status not in (408, 409, 425, 429):
            raise NotTaken(f"it answered {answer.status}: {_said(answer.body)}")
        if answer.status == 429:
            raise NothingSent("it answered 429: too much at once")
        if not answer.ok:
            raise Perhaps(f"it answered {answer.status}")
        first = _tree(answer.body, Perhaps).find("request")
        if reference := _text(first, "service_request_id"):
            return reference
        if token := _text(first, "token"):
            return self._by_token(system, token) or _unnamed()
        return _unnamed()

    def find(self, system: RemoteSystem, errand: Errand) -> str:
        if found := self._by_token(system, str(errand.key)):
            return found
        wanted = {"service_code": errand.service_code, "start_date": _w3c(datetime.now(UTC) - DAY)}
        tree = self._get(system, "requests.xml", wanted)
        for one in tree.iterfind("request") if tree is not None else ():
            if f"[{errand.mark}]" in _text(one, "description"):
                return _text(one, "service_request_id")
        return ""

    def call_off(self, system: RemoteSystem, errand: Errand, reference: str, words: str, key: UUID) -> None:
        """GeoReport v2 has no way to cancel: an update of FixMyStreet's extension says so, where the server has it."""
        form = {
            "api_key": system.secret,
            "jurisdiction_id": system.jurisdiction,
            "service_request_id": reference,
            "update_id": str(key),
            "updated_datetime": _w3c(datetime.now(UTC)),
            "status": "CLOSED",
            "description": words,
        }
        body = {name: value for name, value in form.items() if value}
        try:
            answer = outside.fetch("POST", _url(system, "servicerequestupdates.xml"), data=body, seconds=SECONDS)
        except outside.OutsideError as error:
            raise NothingSent(error.log) from error
        if answer.status in NO_SUCH_THING:
            raise NoWay(f"it takes no updates (it answered {answer.status})")
        if 400 <= answer.status < 500 and answer.status not in (408, 409, 425, 429):
            raise NoWay(f"it answered {answer.status}: {_said(answer.body)}")
        if not answer.ok:
            raise NothingSent(f"it answered {answer.status}")

    def news(self, system: RemoteSystem, references: Sequence[str], since: datetime, until: datetime) -> Sequence[News]:
        # The statuses first: an end that comes between the two questions has its update among the second's answer.
        found = self._get(system, "requests.xml", {"service_request_id": ",".join(references)})
        # Whole seconds travel, and clocks differ.
        wanted = {"start_date": _w3c(since), "end_date": _w3c(until + timedelta(hours=1))}
        updates = self._get(system, "servicerequestupdates.xml", wanted)
        told: list[News] = []
        for one in updates.iterfind("request_update") if updates is not None else ():
            status = _text(one, "status").lower()
            told.append(
                News(
                    reference=_text(one, "service_request_id"),
                    status=status,
                    closed=status in ENDS,
                    outcome=_text(one, "external_status_code") or ENDS.get(status, ""),
                    words=_text(one, "description"),
                    update_id=_text(one, "update_id"),
                )
            )
        for one in found.iterfind("request") if found is not None else ():
            status = _text(one, "status").lower()
            told.append(
                News(
                    reference=_text(one, "service_request_id"),
                    status=status,
                    closed=status == "closed",
                    outcome=ENDS["closed"] if status == "closed" else "",
                    words=_text(one, "status_notes"),
                )
            )
        return told

    def _by_token(self, system: RemoteSystem, token: str) -> str:
        tree = self._get(system, f"tokens/{token}.xml", {})
        return _text(tree.find("request"), "service_request_id") if tree is not None else ""

    def _get(self, system: RemoteSystem, path: str, wanted: Mapping[str, str]) -> Any:
        """The document; None where the server has no such thing (400, 404)."""
        params = {"jurisdiction_id": system.jurisdiction, "api_key": system.secret, **wanted}
        given = {name: value for name, value in params.items() if value}
        try:
            answer = outside.fetch("GET", _url(system, path), params=given, seconds=SECONDS, most=5_000_000)
        except outside.OutsideError as error:
            raise NothingSent(error.log) from error
        if answer.status in (400, *NO_SUCH_THING):
            return None
        if not answer.ok:
            raise NothingSent(f"it answered {answer.status}")
        return _tree(answer.body, NothingSent)


def _url(system: RemoteSystem, path: str) -> str:
    return f"{system.url.rstrip('/')}/{path}"


def _files(system: RemoteSystem, errand: Errand) -> str:
    """What is said of the files that do not go along."""
    if not errand.kept_back:
        return ""
    with translation.override(system.area.agency.locale):
        return ngettext(
            "(%(n)d file stays with us: it is not public.)",
            "(%(n)d files stay with us: they are not public.)",
            errand.kept_back,
        ) % {"n": errand.kept_back}


def _unnamed() -> str:
    raise Perhaps("it answered without a service_request_id")


class _WithoutType(ElementTree.TreeBuilder):
    """Stops where a document type begins, in whatever encoding: before any of its entities, which may be a bomb."""

    def doctype(self, name: str, pubid: str, system: str) -> None:
        raise _Typed


class _Typed(Exception):
    """GeoReport's documents declare no type."""


def _tree(body: bytes, wrong: type[NotForwarded]) -> Any:
    """The document of an answer."""
    parser = ElementTree.XMLParser(target=_WithoutType())  # noqa: S314  # no type, so no bomb
    try:
        parser.feed(body)
        return parser.close()
    except _Typed:
        raise wrong("it answered with a document type") from None
    except (ElementTree.ParseError, ValueError, LookupError) as error:
        raise wrong("its answer is no XML") from error


def _text(element: Any, name: str) -> str:
    found = element.findtext(name) if element is not None else ""
    return (found or "").replace("\x00", "").strip()


def _said(body: bytes) -> str:
    """The errors of the answer in one line, without what we sent."""
    try:
        tree = _tree(body, NotTaken)
    except NotForwarded:
        return "no reason given"
    return "; ".join(_text(one, "description")[:120] for one in tree.iter("error"))[:240] or "no reason given"


def _w3c(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
