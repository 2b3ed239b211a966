"""A number whose token Meta does not take any more: said once, whatever waits for it, until it works again."""

from __future__ import annotations

from balcao.platform import faults

from .models import WhatsAppNumber


def refused(number: WhatsAppNumber) -> None:
    """Outside of any transaction that is rolled back."""
    faults.record(
        "whatsapp",
        f"token:{number.pk}",
        f"Meta does not take the access token of the number {number.shown}: what waits for it leaves once it has a new "
        "one (balcao whatsapp number).",
        agency_id=number.account.agency_id,
        data={"number": number.shown, "code": "whatsapp:190"},
    )


def taken(number: WhatsAppNumber) -> None:
    faults.mended("whatsapp", f"token:{number.pk}")
