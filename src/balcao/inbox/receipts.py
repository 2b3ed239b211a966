"""The receipt as a PDF, set by typst: number, code, date, and a QR code that leads to the demand's page."""

from __future__ import annotations

import io
import json
from pathlib import Path

import qrcode
import qrcode.image.svg
from django.http import HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from balcao.cases.letters import fields_of
from balcao.cases.models import Case
from balcao.clocks.explain import explain
from balcao.platform.numbering import format_protocol

TEMPLATE = Path(__file__).parent / "receipt.typ"


def receipt_pdf(case: Case, *, access_code: str = "") -> bytes:
    """A4, one page, tagged for screen readers. It names nobody and says nothing of what was asked: a sheet of paper is
    lost easily. Without `access_code` it shows where to find it."""
    import typst  # 7 MB of the web's process, read when the first receipt is asked for

    locale = get_language() or case.locale
    fields = fields_of(case, locale=locale, sealed=True)
    data = {
        "lang": locale[:2],
        "region": locale[3:].upper() or None,
        "agency": case.agency.name,
        "title": _("Receipt of your demand"),
        "service": case.service.name,
        "rows": [
            [_("Protocol number"), format_protocol(case.protocol), "big"],
            [_("Access code"), access_code or _("It stands on your first receipt."), "big" if access_code else ""],
            [_("Service"), case.service.name, ""],
            [_("Received on"), date_format(timezone.localtime(case.opened_at), "DATETIME_FORMAT"), ""],
            [_("You get an answer by"), fields["due"], ""],
        ],
        "why_title": _("Why this date"),
        "why": explain(case.deadline, locale),
        "how": _("To follow it, point your phone's camera at the code, or go to the address below and type both."),
        "keep": _("Keep the access code to yourself: whoever has it sees your demand."),
        "link": fields["link"],
        "printed": _("Printed on %(when)s") % {"when": date_format(timezone.localtime(), "SHORT_DATETIME_FORMAT")},
    }
    sheet = {"data": json.dumps(data), "qr": _qr(fields["link"])}
    pdf = typst.compile(str(TEMPLATE), format="pdf", sys_inputs=sheet)
    assert isinstance(pdf, bytes)
    return pdf


def _qr(link: str) -> str:
    drawn = io.BytesIO()
    qrcode.make(link, image_factory=qrcode.image.svg.SvgPathImage, border=0).save(drawn)
    return drawn.getvalue().decode()


def receipt_response(case: Case, *, access_code: str = "") -> HttpResponse:
    """Shown in place, or saved under the protocol number."""
    response = HttpResponse(receipt_pdf(case, access_code=access_code), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="pedido-{case.protocol}.pdf"'
    return response
