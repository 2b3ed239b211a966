"""A voice message forgets who recorded it with what, and sounds as before."""

import io
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform.files.inspection import inspect
from balcao.platform.files.ogg import checksum
from balcao.platform.files.refused import FileRefused

from . import hostile

LONG = b"METADATA_BLOCK_PICTURE=" + b"Maria" * 20_000  # over two pages


def taken(content: bytes) -> bytes:
    return inspect(io.BytesIO(content), "voz.ogg").file.read()


def pages(content: bytes) -> list[bytes]:
    found, at = [], 0
    while at < len(content):
        segments = content[at + 26]
        length = 27 + segments + sum(content[at + 27 : at + 27 + segments])
        found.append(content[at : at + length])
        at += length
    return found


@pytest.mark.parametrize("vorbis", [False, True])
@pytest.mark.parametrize("comments", [b"ARTIST=Maria da Silva", LONG])
def test_the_comments_go_and_every_other_byte_stays(vorbis, comments):
    before = hostile.ogg(comments, vorbis=vorbis)
    after = taken(before)
    assert b"Maria" in before and b"Maria" not in after and b"Telefone" not in after
    assert len(after) == len(before)
    told = [n for n, (a, b) in enumerate(zip(pages(before), pages(after), strict=True)) if a != b]
    assert told == list(range(1, len(pages(before)) - 2)), "only the pages of the comments"
    for page in pages(after):
        assert struct.unpack("<I", page[22:26])[0] == hostile.ogg_crc(page[:22] + b"\0" * 4 + page[26:])
    start = after.index(b"\x03vorbis" if vorbis else b"OpusTags") + (7 if vorbis else 8)
    assert after[start : start + 8] == b"\0" * 8, "no program, no comment"
    assert not vorbis or after[start + 8] == 1, "and the framing bit behind them"
    assert taken(after) == after
    if vorbis:
        assert b"\x05vorbis" in after


def test_one_stream_after_another_is_cleaned_too():
    after = taken(hostile.ogg() + hostile.ogg(b"ARTIST=Maria", vorbis=True))
    assert b"Maria" not in after


@pytest.mark.parametrize("content", [
    hostile.ogg()[:-5],  # half a page at the end
    hostile.ogg() + b"Maria",  # something behind it
    hostile.ogg()[:60],  # no comments yet
    hostile.ogg().replace(b"OpusTags", b"OpusRags"),
    hostile.ogg() + hostile.ogg().replace(b"OpusHead", b"Speex   "),
])  # fmt: skip
def test_what_does_not_read_like_sound_is_refused(content):
    with pytest.raises(FileRefused):
        taken(content)


@given(st.binary(max_size=300))
def test_the_checksum_is_the_one_of_the_standard(data):
    assert checksum(data) == hostile.ogg_crc(data)
