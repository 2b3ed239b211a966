"""The templates of a number's WhatsApp Business account, as the inbox keeps them (Meta, "Message templates")."""

from __future__ import annotations

from typing import Any

from balcao.inbox.approved.outside import Told
from balcao.inbox.approved.wording import PLACE, variables_of
from balcao.inbox.conversations.models import Account
from balcao.inbox.outbound import Rejected

from . import graph
from .models import WhatsAppNumber


def fetch(account: Account) -> list[Told]:
    """All of them. Rejected when the number is connected no more, or nobody said which business account it is of."""
    number = WhatsAppNumber.objects.select_related("app", "account").filter(account=account).first()
    if number is None or not number.business_id:
        raise Rejected("its business account is not known", "whatsapp:number")
    return [told for one in graph.templates(number.line, number.business_id) if (told := read(one)) is not None]


def read(raw: dict[str, Any]) -> Told | None:
    """One template; None when it has no words. `sendable`: only its body holds variables, and its header is text."""
    parts = [one for one in raw.get("components") or [] if isinstance(one, dict)]
    by_kind = {str(one.get("type")).upper(): one for one in parts}
    body = str(by_kind.get("BODY", {}).get("text") or "")
    if not body or not raw.get("name") or not raw.get("language"):
        return None
    header = by_kind.get("HEADER", {})
    header_text = str(header.get("text") or "")
    plain_header = not header or (str(header.get("format")).upper() == "TEXT" and not PLACE.search(header_text))
    return Told(
        name=str(raw["name"])[:512],
        language=str(raw["language"])[:10],
        status=str(raw.get("status") or "").upper()[:30],
        category=str(raw.get("category") or "")[:30],
        header=header_text[:200],
        body=body,
        footer=str(by_kind.get("FOOTER", {}).get("text") or "")[:200],
        variables=variables_of(body),
        sendable=plain_header and not any(_asks(one) for one in by_kind.get("BUTTONS", {}).get("buttons") or []),
    )


def _asks(button: Any) -> bool:
    """Whether a button wants something of us with each message: the end of its address, a code to copy, a flow."""
    if not isinstance(button, dict):
        return True
    kind = str(button.get("type")).upper()
    return kind not in ("QUICK_REPLY", "PHONE_NUMBER", "URL") or bool(PLACE.search(str(button.get("url") or "")))
