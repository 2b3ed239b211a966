"""Asking Meta's Graph API: send, mark as read, fetch a file, list templates. Never inside a transaction.

What it refuses becomes `inbox.outbound.Rejected` or `TryLater`, whose code "whatsapp:131047" a page puts in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from balcao.inbox.outbound import UNANSWERED, NotSent, Rejected, TryLater
from balcao.platform import outside

from . import wire
from .contents import Content

SECONDS = 10.0  # for one call
FETCHING = 60.0  # for a file's bytes
# Where Meta keeps files. The token goes nowhere else, whatever an answer says.
FILE_HOSTS = (".fbsbx.com", ".facebook.com", ".fbcdn.net", ".whatsapp.net")
# Meta, "Error codes": temporarily overloaded, too much at once, or a fault of Meta's own. They pass by themselves.
PASSING = {1, 2, 4, 17, 341, 613, 80007, 130429, 131000, 131016, 131048, 131056, 131057, 133004, 133016, 135000}
TOKEN = {3, 10, 190, 200, 131005}  # a wrong, expired or too weak token: the operator's matter, and then it passes


@dataclass(frozen=True)
class Line:
    """One number as the API wants it: where, who, and by which right."""

    graph: str
    phone_number_id: str
    token: str


@dataclass(frozen=True)
class Fetched:
    """A file's bytes and the type that Meta says."""

    content: bytes
    mime: str


class BadToken(TryLater):
    """Meta does not take the number's token: nothing leaves until somebody gives a new one."""


def send(line: Line, address: str, content: Content, *, ours: str = "", about: str = "") -> str:
    """Hand over one message; Meta's id of it. `address`: a business-scoped user id, or digits. `ours` comes back with
    each status. `about`: the id of the message that this answers.

    The API knows no repeat: a lost answer is TryLater with the code UNANSWERED, and `ours` in a status settles it."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "recipient_type": "individual", **content}
    body["recipient" if wire.is_scoped(address) else "to"] = address
    if ours:
        body["biz_opaque_callback_data"] = ours
    if about:
        body["context"] = {"message_id": about}
    found = _ask(line, "POST", f"{line.graph}/{quote(line.phone_number_id)}/messages", json=body)
    messages = found.get("messages")
    named = messages[0].get("id") if isinstance(messages, list) and messages and isinstance(messages[0], dict) else None
    if not isinstance(named, str) or not named:
        raise TryLater("it answered without an id", UNANSWERED)
    return named


def upload(line: Line, name: str, mime: str, content: bytes) -> str:
    """Give Meta a file to send; its id there, good for thirty days."""
    form = {"messaging_product": "whatsapp", "type": mime}
    url = f"{line.graph}/{quote(line.phone_number_id)}/media"
    found = _ask(line, "POST", url, data=form, files={"file": (name, content, mime)}, seconds=FETCHING)
    if not isinstance(found.get("id"), str):
        raise TryLater("it took a file and named none", "unreachable")
    return str(found["id"])


def mark_read(line: Line, message_id: str, *, typing: bool = False) -> None:
    """The blue ticks for a message, and all before it; `typing` shows for up to 25 seconds that somebody writes."""
    body: dict[str, Any] = {"messaging_product": "whatsapp", "status": "read", "message_id": message_id}
    if typing:
        body["typing_indicator"] = {"type": "text"}
    _ask(line, "POST", f"{line.graph}/{quote(line.phone_number_id)}/messages", json=body)


def fetch_file(line: Line, media_id: str, most: int) -> Fetched:
    """A file that somebody sent, up to `most` bytes. Rejected when it is larger, gone, or kept where no file of Meta's
    is; the address that Meta names is good for five minutes, so both questions are asked at once."""
    where = f"{line.graph}/{quote(media_id, safe='')}?phone_number_id={quote(line.phone_number_id)}"
    told = _ask(line, "GET", where)
    url, size = told.get("url"), told.get("file_size")
    if isinstance(size, int | str) and str(size).isdigit() and int(size) > most:
        raise Rejected(f"the file has {size} bytes", "too_large")
    if not isinstance(url, str) or not _is_metas(line, url):
        raise Rejected("the file is kept at a host that is not Meta's", "media")
    try:
        answer = outside.fetch("GET", url, headers=_right(line), seconds=FETCHING, most=most, redirects=0)
    except outside.TooMuch as error:
        raise Rejected("the file is larger than was said", "too_large") from error
    except outside.OutsideError as error:
        raise TryLater(error.log, "unreachable") from error
    if not answer.ok:
        raise _verdict(answer)
    mime = told.get("mime_type")
    return Fetched(answer.body, mime if isinstance(mime, str) else "")


def templates(line: Line, account_id: str) -> list[dict[str, Any]]:
    """The account's templates as Meta has them: name, language, status, category, components."""
    found: list[dict[str, Any]] = []
    after = ""
    for _page in range(50):
        wanted = "fields=name,language,status,category,components&limit=100"
        further = f"&after={quote(after)}" if after else ""
        told = _ask(line, "GET", f"{line.graph}/{quote(account_id)}/message_templates?{wanted}{further}")
        data, paging = told.get("data"), told.get("paging")
        found += [one for one in data if isinstance(one, dict)] if isinstance(data, list) else []
        cursors = paging.get("cursors") if isinstance(paging, dict) and paging.get("next") else None
        after = str(cursors.get("after") or "") if isinstance(cursors, dict) else ""
        if not after:
            break
    return found


def _is_metas(line: Line, url: str) -> bool:
    try:
        asked, ours = urlsplit(url), urlsplit(line.graph)
        if (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc):
            return True
        return asked.scheme == "https" and asked.port is None and (asked.hostname or "").endswith(FILE_HOSTS)
    except ValueError:
        return False


def _right(line: Line) -> dict[str, str]:
    return {"Authorization": f"Bearer {line.token}"}


def _ask(line: Line, method: str, url: str, *, seconds: float = SECONDS, **body: Any) -> dict[str, Any]:
    try:
        answer = outside.fetch(method, url, headers=_right(line), seconds=seconds, redirects=0, **body)
    except (outside.Unreached, outside.NotOutside) as error:
        raise TryLater(error.log, "unreachable") from error
    except outside.OutsideError as error:
        raise TryLater(error.log, UNANSWERED) from error
    if not answer.ok:
        raise _verdict(answer)
    found = _object(answer.body)
    if found is None:
        raise TryLater("its answer is no JSON", UNANSWERED)
    return found


def _verdict(answer: outside.Answer) -> NotSent:
    """Graph's errors: {"error": {"message", "type", "code", "error_data": {"details"}}}. The words may quote a number,
    so only the code is kept."""
    error = wire.problem((_object(answer.body) or {}).get("error"))
    said = f"Meta answered {answer.status}" + (f", error {error.code}" if error.code else "")
    code = f"whatsapp:{error.code or answer.status}"
    if answer.status == 401 or error.code in TOKEN:
        return BadToken(said, "whatsapp:190")
    if answer.status in (408, 429) or answer.status >= 500 or error.code in PASSING:
        return TryLater(said, code)
    return Rejected(said, code)


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
