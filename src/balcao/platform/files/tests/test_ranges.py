"""A part of a file, as players of video ask for it; and the same file again, which is not sent twice."""

import io

import pytest
from django.core.files.base import ContentFile
from django.http import FileResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform.files.models import StoredFile
from balcao.platform.files.ranges import asked_range, in_part
from balcao.platform.files.serving import serve

BYTES = bytes(range(256)) * 1000
TAG = '"abc"'


def ask(method="get", **headers):
    named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    request = getattr(RequestFactory(), method)("/f", **named)
    whole = FileResponse(io.BytesIO(BYTES), content_type="video/mp4")
    return in_part(request, whole, size=len(BYTES), etag=TAG)


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@given(st.integers(0, len(BYTES) - 1), st.integers(0, 2 * len(BYTES)))
def test_every_part_is_exactly_the_bytes_that_were_asked_for(first, length):
    response = ask(range=f"bytes={first}-{first + length}")
    last = min(first + length, len(BYTES) - 1)
    assert response.status_code == 206 and body(response) == BYTES[first : last + 1]
    assert response["Content-Range"] == f"bytes {first}-{last}/{len(BYTES)}"
    assert response["Content-Length"] == str(last - first + 1) and response["Content-Type"] == "video/mp4"


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-", (0, 999)),
        ("bytes=990-", (990, 999)),
        ("bytes=-10", (990, 999)),
        ("bytes=-5000", (0, 999)),
        ("bytes=0-0", (0, 0)),
        ("bytes=9-2", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("items=0-1", None),
        ("bytes=a-b", None),
        ("bytes=" + "9" * 200 + "-", None),
    ],
)
def test_what_is_asked_for_is_read_as_the_standard_says(header, part):
    assert asked_range(header, 1000) == part


@pytest.mark.parametrize("header", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_past_the_end_there_is_nothing_and_the_size_is_told(header):
    with pytest.raises(ValueError):
        asked_range(header, 1000)
    response = ask(range=f"bytes={len(BYTES)}-")
    assert response.status_code == 416 and response["Content-Range"] == f"bytes */{len(BYTES)}"


def test_a_file_that_changed_meanwhile_comes_whole():
    response = ask(range="bytes=5-9", if_range='"older"')
    assert response.status_code == 200 and body(response) == BYTES
    assert body(ask(range="bytes=5-9", if_range=TAG)) == BYTES[5:10]


def test_what_the_browser_has_is_not_sent_again():
    for known in (TAG, f"W/{TAG}", f'"x", {TAG}', "*"):
        response = ask(if_none_match=known)
        assert response.status_code == 304 and not response.content and response["ETag"] == TAG
    assert ask(if_none_match='"x"').status_code == 200
    assert ask("head", range="bytes=0-1").status_code == 200


@pytest.mark.django_db
def test_serving_names_the_bytes_and_the_rules(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    held = StoredFile(kind="video", mime="video/mp4", name="v.mp4", sha256="0" * 64)
    held.file.save("v.mp4", ContentFile(BYTES), save=False)
    whole = serve(held, request=RequestFactory().get("/f"))
    assert whole["Accept-Ranges"] == "bytes" and whole["Cache-Control"] == "private, no-cache"
    part = serve(held, request=RequestFactory().get("/f", HTTP_RANGE="bytes=1-3"))
    assert body(part) == BYTES[1:4] and part["X-Content-Type-Options"] == "nosniff"
    assert part["Content-Security-Policy"] == "default-src 'none'; sandbox"
    again = serve(held, request=RequestFactory().get("/f", HTTP_IF_NONE_MATCH=whole["ETag"]))
    assert again.status_code == 304 and again["Cache-Control"] == "private, no-cache"
    held.name = "other.mp4"
    assert serve(held, request=RequestFactory().get("/f"))["ETag"] != whole["ETag"]
    assert not whole.file_to_stream.closed
    for response in (part, whole):
        response.close()
