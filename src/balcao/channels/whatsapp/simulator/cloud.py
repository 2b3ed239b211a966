"""What Meta does: takes our messages or refuses them as it would, and tells us what the person and their phone did."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from .delivering import Courier, Faults

Json = dict[str, Any]
FILES = ("image", "video", "audio", "document", "sticker")


@dataclass
class Person:
    """Who holds the phone. `hidden`: they have a username, and businesses do not see their number."""

    name: str = "Maria das Dores"
    wa_id: str = "553591234567"
    user_id: str = "BR.1502576394655843"
    hidden: bool = False


@dataclass
class Bubble:
    """One message on the phone's screen. `shown` is Meta's own object of it."""

    id: str
    mine: bool
    shown: Json
    at: int
    state: str = ""


class Refused(Exception):
    """How a call is refused: the HTTP status and Meta's error."""

    def __init__(self, status: int, code: int, message: str, details: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": f"(#{code}) {message}", "type": "OAuthException", "code": code,
                               "error_data": {"messaging_product": "whatsapp", "details": details or message},
                               "fbtrace_id": secrets.token_hex(8)}}  # fmt: skip


@dataclass
class Cloud:
    """One app with one number, and one person who writes to it."""

    courier: Courier
    phone_number_id: str
    token: str
    shown_number: str = "+55 35 3435-1000"
    business_id: str = "102290129340398"
    person: Person = field(default_factory=Person)
    bubbles: list[Bubble] = field(default_factory=list)
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    templates: list[Json] = field(default_factory=lambda: [
        {"name": "resposta", "parameter_format": "POSITIONAL", "language": "pt_BR", "status": "APPROVED",
         "category": "UTILITY", "id": "594425479261596",
         "components": [{"type": "BODY", "text": "Olá, {{1}}! Há uma resposta à sua demanda {{2}}.",
                         "example": {"body_text": [["Maria", "2026 0000 1234"]]}},
                        {"type": "FOOTER", "text": "Responda para ler tudo aqui."}]},
        {"name": "lembrete", "parameter_format": "NAMED", "language": "pt_BR", "status": "APPROVED",
         "category": "UTILITY", "id": "594425479261597",
         "components": [{"type": "BODY", "text": "Olá, {{nome}}! Ainda podemos ajudar?",
                         "example": {"body_text_named_params": [{"param_name": "nome", "example": "Maria"}]}},
                        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Sim"}]}]},
        {"name": "campanha", "parameter_format": "POSITIONAL", "language": "pt_BR", "status": "PAUSED",
         "category": "MARKETING", "id": "594425479261598",
         "components": [{"type": "BODY", "text": "Venha à feira da cidade."}]},
    ])  # fmt: skip
    calls: list[tuple[str, Json]] = field(default_factory=list)
    typing_until: float = 0.0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def faults(self) -> Faults:
        return self.courier.faults

    # --- the person ---

    def say(self, kind: str, part: object, *, about: str = "", at: int | None = None) -> str:
        """The person sends something: `part` is what stands under `kind` in Meta's object. Its id."""
        moment = at or int(time.time())
        message: Json = {"id": f"wamid.{secrets.token_hex(16)}", "timestamp": str(moment), "type": kind, kind: part}
        message |= {"from_user_id": self.person.user_id} | ({} if self.person.hidden else {"from": self.person.wa_id})
        if about:
            message["context"] = {"from": self._digits(), "id": about}
        profile: Json = {"name": self.person.name} | ({"username": "@maria"} if self.person.hidden else {})
        contact = {"profile": profile, "user_id": self.person.user_id}
        contact |= {} if self.person.hidden else {"wa_id": self.person.wa_id}
        with self._lock:
            self.bubbles.append(Bubble(message["id"], True, message, moment))
        self._tell({"contacts": [contact], "messages": [message]})
        return str(message["id"])

    def send_file(self, content: bytes, mime: str, name: str, caption: str = "") -> str:
        """The person sends a file, as the kind that its type is."""
        media_id = str(secrets.randbelow(10**16))
        with self._lock:
            self.files[media_id] = (mime, content)
        kind = mime.partition("/")[0]
        kind = kind if kind in ("image", "audio", "video") else "document"
        part: Json = {"id": media_id, "mime_type": mime, "sha256": hashlib.sha256(content).hexdigest()}
        part |= {"filename": name} if kind == "document" else {}
        part |= {"caption": caption} if caption and kind != "audio" else {}
        part |= {"voice": True} if kind == "audio" else {}
        return self.say(kind, part)

    def look(self) -> None:
        """The person opens the chat: what came is read."""
        with self._lock:
            unread = [one for one in self.bubbles if not one.mine and one.state == "delivered"]
        for one in unread:
            self._mark(one, "read")

    # --- our side's calls ---

    def take(self, body: Json) -> Json:
        """POST /messages: a message, or that one was read."""
        self._may_be_asked("messages", body)
        if body.get("messaging_product") != "whatsapp":
            raise Refused(400, 100, "The parameter messaging_product is required.")
        if body.get("status") == "read":
            self.typing_until = time.time() + 25 if body.get("typing_indicator") else 0.0
            self._ticks(str(body.get("message_id")))
            return {"success": True}
        to = str(body.get("to") or body.get("recipient") or "")
        known = {self.person.user_id} | (set() if self.person.hidden else {self.person.wa_id})
        if to not in known:
            raise Refused(400, 131026, "Message undeliverable", "The recipient is not on WhatsApp.")
        check(body)
        if body["type"] == "template":
            self._check_template(body["template"])
        sent = Bubble(f"wamid.{secrets.token_hex(16)}", False, body, int(time.time()))
        with self._lock:
            self.bubbles.append(sent)
        self.typing_until = 0.0
        if self.faults.closed and body["type"] != "template":
            self._mark(sent, "failed", [{"code": 131047, "title": "Re-engagement message", "error_data": {
                "details": "More than 24 hours have passed since the recipient last replied."}}])  # fmt: skip
        else:
            self._mark(sent, "sent")
            self._mark(sent, "delivered")
        return {"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": self.person.wa_id}],
                "messages": [{"id": sent.id}]}  # fmt: skip

    def keep_upload(self, form: Message) -> Json:
        """POST /media: a form with the file."""
        self._may_be_asked("upload", {})
        parts = form.get_payload() if form.is_multipart() else []
        for part in parts if isinstance(parts, list) else []:
            if not isinstance(part, Message) or not part.get_filename():
                continue
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                media_id = str(secrets.randbelow(10**16))
                with self._lock:
                    self.files[media_id] = (part.get_content_type(), content)
                return {"id": media_id}
        raise Refused(400, 100, "Invalid parameter", "file is required")

    def file(self, media_id: str, here: str) -> Json:
        """GET /<media id>: where the file is, for five minutes."""
        self._may_be_asked("media", {"id": media_id})
        if media_id not in self.files:
            raise Refused(400, 100, "Unsupported get request.", "Object with this ID does not exist.")
        mime, content = self.files[media_id]
        return {"messaging_product": "whatsapp", "url": f"{here}/files/{media_id}", "mime_type": mime, "id": media_id,
                "sha256": hashlib.sha256(content).hexdigest(), "file_size": len(content)}  # fmt: skip

    def listed(self, here: str, limit: int = 25, after: str = "") -> Json:
        """GET /<business id>/message_templates, a page at a time: `after` is the cursor of the page before."""
        self._may_be_asked("message_templates", {})
        start = int(after) if after.isdigit() else 0
        page = self.templates[start : start + max(1, limit)]
        end = start + len(page)
        paging: Json = {"cursors": {"before": str(start), "after": str(end)}}
        if end < len(self.templates):
            paging["next"] = f"{here}/{self.business_id}/message_templates?limit={limit}&after={end}"
        return {"data": page, "paging": paging}

    def knows(self, authorization: str) -> bool:
        return not self.faults.expired and secrets.compare_digest(
            authorization.encode(), f"Bearer {self.token}".encode()
        )

    # --- within ---

    def _check_template(self, part: Json) -> None:
        """Only what was approved leaves, with as many variables as it has (Meta, "Error codes": 132000 to 132015)."""
        language = part["language"]["code"]
        known = [one for one in self.templates if (one["name"], one["language"]) == (part["name"], language)]
        if not known:
            raise Refused(404, 132001, "Template name does not exist in the translation",
                          f"template name ({part['name']}) does not exist in {language}")  # fmt: skip
        if known[0]["status"] == "PAUSED":
            raise Refused(400, 132015, "Template is paused")
        if known[0]["status"] != "APPROVED":
            raise Refused(404, 132001, "Template name does not exist in the translation")
        body = next(one["text"] for one in known[0]["components"] if one["type"] == "BODY")
        wanted = set(re.findall(r"{{(\w+)}}", body))
        given: list[Json] = next((one["parameters"] for one in part.get("components", []) if one["type"] == "body"), [])
        if len(given) != len(wanted):
            raise Refused(400, 132000, "Number of parameters does not match the expected number of params",
                          f"body: number of localizable_params ({len(given)}) does not match the expected number of "
                          f"params ({len(wanted)})")  # fmt: skip
        names = {one.get("parameter_name") for one in given}
        if known[0].get("parameter_format") == "NAMED" and names != wanted:
            raise Refused(400, 100, "Invalid parameter", "Parameter name is missing or empty")

    def _may_be_asked(self, what: str, body: Json) -> None:
        with self._lock:
            self.calls.append((what, body))
            if self.faults.too_many > 0:
                self.faults.too_many -= 1
                raise Refused(429, 130429, "Rate limit hit")
            if self.faults.broken > 0:
                self.faults.broken -= 1
                raise Refused(500, 131000, "Something went wrong")

    def _ticks(self, message_id: str) -> None:
        """Reading one reads all before it."""
        with self._lock:
            mine = [one for one in self.bubbles if one.mine]
            for one in mine if any(one.id == message_id for one in mine) else []:
                one.state = "read"
                if one.id == message_id:
                    break

    def _mark(self, bubble: Bubble, state: str, errors: list[Json] | None = None) -> None:
        bubble.state = state
        status: Json = {"id": bubble.id, "status": state, "timestamp": str(int(time.time()))}
        status |= {"recipient_user_id": self.person.user_id}
        status |= {} if self.person.hidden else {"recipient_id": self.person.wa_id}
        if ours := bubble.shown.get("biz_opaque_callback_data"):
            status["biz_opaque_callback_data"] = ours
        if errors:
            status["errors"] = errors
        self._tell({"statuses": [status]})

    def _tell(self, part: Json) -> None:
        metadata = {"display_phone_number": self._digits(), "phone_number_id": self.phone_number_id}
        value = {"messaging_product": "whatsapp", "metadata": metadata, **part}
        entry = {"id": self.business_id, "changes": [{"value": value, "field": "messages"}]}
        self.courier.hand({"object": "whatsapp_business_account", "entry": [entry]})

    def _digits(self) -> str:
        return "".join(c for c in self.shown_number if c.isdigit())


def check(body: Json) -> None:
    """Raise Refused for what Meta refuses in a message: lengths and counts of its reference."""
    kind = body.get("type")
    part = body.get(str(kind))
    if kind not in ("text", "interactive", "template", *FILES) or not isinstance(part, dict):
        raise Refused(400, 100, "Invalid parameter", f"type {kind!r} is not taken, or its part is missing")
    if kind == "text":
        _limit("text.body", part.get("body"), 4096)
    elif kind == "interactive":
        action, how = part.get("action") or {}, part.get("type")
        _limit("interactive.body.text", (part.get("body") or {}).get("text"), 4096 if how == "list" else 1024)
        if how == "button":
            titles = [one["reply"]["title"] for one in action.get("buttons", [])]
            _count("buttons", titles, 3, 20)
        elif how == "list":
            _limit("action.button", action.get("button"), 20)
            _count("rows", [row["title"] for part in action.get("sections", []) for row in part["rows"]], 10, 24)
    elif kind in FILES:
        _limit(f"{kind}.id", part.get("id"), 100)
    elif not part.get("name") or not (part.get("language") or {}).get("code"):
        raise Refused(400, 132000, "The template's name or language is missing")


def _limit(name: str, text: object, most: int) -> None:
    if not isinstance(text, str) or not 0 < len(text) <= most:
        raise Refused(400, 131009, "Parameter value is not valid", f"{name}: 1 to {most} characters")


def _count(name: str, titles: list[str], most: int, longest: int) -> None:
    if not 0 < len(titles) <= most or len(set(titles)) < len(titles):
        raise Refused(400, 131009, "Parameter value is not valid", f"{name}: 1 to {most}, each another title")
    for title in titles:
        _limit(name, title, longest)
