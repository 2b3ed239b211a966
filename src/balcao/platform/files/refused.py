"""Why a file is not taken: what happened, and what to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import Refusal

SENTENCES: dict[str, str | Promise] = {
    "too_large": _("This file is larger than 25 MB. Please send a smaller one, or a photo instead of a video."),
    "empty": _("This file is empty. It may not have been saved properly: please choose it again."),
    "unknown": _(
        "We cannot take this kind of file. Please send a photo, a PDF, a Word, Excel or ODT document, or a video."
    ),
    "program": _(
        "This file is a program, whatever its name says, and we cannot take programs. Please send a photo or a PDF."
    ),
    "web_page": _("We cannot take web pages and SVG drawings. Please send a photo (JPEG or PNG) or a PDF."),
    "archive": _("We cannot take compressed folders. Please send the files in it one by one."),
    "heic": _(
        "We cannot open photos in this iPhone format (HEIC) yet. Please send it as JPEG; a screenshot of it works too."
    ),
    "old_word": _("We cannot take old or protected Office files. Please save it as PDF and send that."),
    "bomb": _(
        "This file unpacks to far more than it should, so we did not open it. Please save it again, or send a PDF."
    ),
    "macros": _("This document contains macros or links to an outside template. Please save it as PDF and send that."),
    "too_many_pixels": _(
        "This picture has more than 50 megapixels. Please send a smaller one; a phone's photo is enough."
    ),
    "damaged": _("This file arrived incomplete or damaged. Please try to send it again, or choose another one."),
    "pdf_locked": _("This PDF is protected by a password. Please save it without one and send it again."),
    "pdf_active": _(
        "This signed PDF carries programs or other files inside. Please print it to a new PDF and send that."
    ),
    "infected": _(
        "Our antivirus found something harmful in this file, so we did not keep it. Please check your device."
    ),
    "scanner_down": _("We cannot check files for viruses right now. Please try again in a few minutes."),
    "no_room": _(
        "We have no room for files right now, and are looking into it. Please try again later, or send without it."
    ),
}


class FileRefused(Refusal):
    """`code` is a key of SENTENCES: what the interview, the API and the log know it by."""

    status = 400

    def __init__(self, code: str, *, log: str = "") -> None:
        super().__init__(SENTENCES[code], log=f"file refused: {code} {log}".strip())
        self.code = code
        if code == "too_large":
            self.status = 413
        elif code in ("scanner_down", "no_room"):
            self.status = 503
