"""Which files a channel's provider takes: asked before it is said, so that nobody waits for what never arrives."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from balcao.platform.files import kinds
from balcao.platform.models import StoredFile

MB = 1024 * 1024
#: channel -> kind -> most bytes. WhatsApp: Meta's Cloud API, "Supported media types". Other channels take what we take.
TAKEN = {
    "whatsapp": {
        **dict.fromkeys((kinds.JPEG.mime, kinds.PNG.mime), 5 * MB),
        **dict.fromkeys((kinds.MP4.mime, kinds.THREE_GP.mime), 16 * MB),
        **dict.fromkeys((kinds.MP3.mime, kinds.M4A.mime, kinds.OGG.mime), 16 * MB),
        **dict.fromkeys((kinds.PDF.mime, kinds.DOCX.mime, kinds.XLSX.mime), 100 * MB),
    }
}


def misfit(channel: str, files: Iterable[StoredFile]) -> str:
    """Why one of them cannot go there, and what to send instead; empty where all can."""
    taken = TAKEN.get(channel)
    if taken is None:
        return ""
    for file in files:
        most = taken.get(file.mime)
        if file.mime == kinds.WEBM.mime:
            return _("WhatsApp does not take voice messages of this kind (WebM). Please send it as MP3, M4A or Ogg, or "
                     "write it down.")  # fmt: skip
        if most is None:
            return _("WhatsApp does not take this kind of file: %(name)s. Please send a picture as JPEG or PNG, a film "
                     "as MP4, a text as PDF.") % {"name": file.name}  # fmt: skip
        if file.size > most:
            return _("WhatsApp takes no more than %(most)d MB of this kind of file: %(name)s is larger. Please send a "
                     "smaller one.") % {"name": file.name, "most": most // MB}  # fmt: skip
    return ""
