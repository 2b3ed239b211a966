"""What we send, in the Cloud API's shapes ("Messages" of its reference, v23.0): plain dictionaries, no network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from balcao.dialogue.rendering import (
    WhatsAppButton,
    WhatsAppButtons,
    WhatsAppList,
    WhatsAppLocationRequest,
    WhatsAppMessage,
    WhatsAppRow,
    WhatsAppText,
)
from balcao.dialogue.rendering.whatsapp import (
    BUTTON_TITLE,
    BUTTONS_BODY,
    LIST_BODY,
    MAX_BUTTONS,
    MAX_ROWS,
    ROW_DESCRIPTION,
    ROW_TITLE,
    TEXT,
    units,
)
from balcao.platform.models import StoredFile

Content = dict[str, Any]


def content(message: WhatsAppMessage) -> Content:
    """What the interview's renderer made, as the API takes it. The renderer keeps the limits."""
    match message:
        case WhatsAppText(body):
            return text(body)
        case WhatsAppButtons(body, buttons):
            replies = [{"type": "reply", "reply": {"id": one.id, "title": one.title}} for one in buttons]
            return _interactive("button", body, {"buttons": replies})
        case WhatsAppList(body, button, rows):
            shown = [
                {"id": row.id, "title": row.title} | ({"description": row.description} if row.description else {})
                for row in rows
            ]
            return _interactive("list", body, {"button": button, "sections": [{"rows": shown}]})
        case WhatsAppLocationRequest(body):
            return _interactive("location_request_message", body, {"name": "send_location"})


def parts(body: str, data: Mapping[str, Any], files: Sequence[StoredFile]) -> list[Content | StoredFile]:
    """What one message of the inbox is on WhatsApp, in order; a file is still to be uploaded.

    `data` as an attendant or an interview gave it: {"template": {"name", "language", "variables"}}, {"buttons":
    [{"id", "title"}]}, {"list": {"button", "rows": [{"id", "title", "description"}]}}, {"location_request": true}. What
    does not fit into WhatsApp's limits becomes numbered text; nothing is cut off."""
    if asked := data.get("template"):
        return [template(asked["name"], asked["language"], asked.get("variables", ()), asked.get("names", ()))]
    if data.get("location_request") and 0 < units(body) <= BUTTONS_BODY:
        return [content(WhatsAppLocationRequest(body))]
    if offered := data.get("buttons"):
        buttons = tuple(WhatsAppButton(one["id"], one["title"]) for one in offered)
        fit = len(buttons) <= MAX_BUTTONS and all(units(one.title) <= BUTTON_TITLE for one in buttons)
        if fit and 0 < units(body) <= BUTTONS_BODY:
            return [content(WhatsAppButtons(body, buttons))]
        return [text(piece) for piece in pieces(_numbered(body, [one.title for one in buttons]))]
    if asked := data.get("list"):
        rows = tuple(WhatsAppRow(one["id"], one["title"], one.get("description", "")) for one in asked["rows"])
        fit = len(rows) <= MAX_ROWS and all(
            units(one.title) <= ROW_TITLE and units(one.description) <= ROW_DESCRIPTION for one in rows
        )
        if fit and 0 < units(body) <= LIST_BODY and 0 < units(asked["button"]) <= BUTTON_TITLE:
            return [content(WhatsAppList(body, asked["button"], rows))]
        return [text(piece) for piece in pieces(_numbered(body, [one.title for one in rows]))]
    return [*map(text, pieces(body)), *files]


def attached(file: StoredFile, media_id: str) -> Content:
    """A file that was uploaded, as what WhatsApp shows it as."""
    kind = file.kind if file.kind in ("image", "video", "audio") and file.mime != "image/gif" else "document"
    shown = {"id": media_id} | ({"filename": file.name} if kind == "document" else {})
    return {"type": kind, kind: shown}


def pieces(body: str) -> list[str]:
    """A text in pieces that WhatsApp takes, cut where a line or a word ends."""
    found = []
    while units(body) > TEXT:
        most = body[: TEXT // 2] if units(body[:TEXT]) > TEXT else body[:TEXT]
        end = max(most.rfind("\n"), most.rfind(" "), 0) or len(most)
        found.append(body[:end])
        body = body[end:].lstrip()
    return [*found, body] if body else found


def _numbered(body: str, titles: Sequence[str]) -> str:
    return "\n".join([body, *(f"{number}. {title}" for number, title in enumerate(titles, 1))]).strip()


def text(body: str) -> Content:
    """Without a preview of links: Meta would fetch an address that may name a case."""
    return {"type": "text", "text": {"body": body, "preview_url": False}}


def template(name: str, language: str, variables: Sequence[str] = (), names: Sequence[str] = ()) -> Content:
    """A template that Meta approved, with its body's variables in order; `names`, where they have some. Outside the 24
    hours nothing else is taken. A variable holds no line break, no tab and no five spaces in a row."""
    made: Content = {"name": name, "language": {"code": language, "policy": "deterministic"}}
    if variables:
        parameters = [{"type": "text", "text": " ".join(one.split()) or "-"} for one in variables]
        for parameter, named in zip(parameters, names, strict=False):
            parameter["parameter_name"] = named
        made["components"] = [{"type": "body", "parameters": parameters}]
    return {"type": "template", "template": made}


def _interactive(kind: str, body: str, action: Content) -> Content:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": body}, "action": action}}
