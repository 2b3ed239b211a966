"""What WhatsApp does not take is said before it is sent; another channel takes whatever we do."""

import pytest
from django.utils import translation

from balcao.inbox.conversations.fitting import MB, misfit
from balcao.platform.models import StoredFile


@pytest.mark.parametrize(
    ("mime", "size", "why"),
    [
        ("image/jpeg", 5 * MB, ""),
        ("image/jpeg", 5 * MB + 1, "no more than 5 MB"),
        ("video/mp4", 17 * MB, "no more than 16 MB"),
        ("application/pdf", 25 * MB, ""),
        ("audio/webm", 10, "voice messages of this kind"),
        ("image/gif", 10, "this kind of file: a.b"),
        ("video/quicktime", 10, "a film as MP4"),
        ("application/vnd.oasis.opendocument.text", 10, "a text as PDF"),
    ],
)
def test_each_kind_goes_or_is_refused_with_what_to_send_instead(mime, size, why):
    good, asked = StoredFile(mime="image/png", size=1), StoredFile(mime=mime, size=size, name="a.b")
    with translation.override("en"):
        said = misfit("whatsapp", [good, asked])
        assert misfit("webchat", [asked]) == "" == misfit("email", [asked])
    assert why in said and bool(said) == bool(why)
