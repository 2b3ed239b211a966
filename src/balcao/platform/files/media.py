"""Videos and audio of the MP4 family: their descriptions (place, device, owner) become empty space of the same size.

ISO/IEC 14496-12: a file is a tree of boxes; what phones write about place and device stands in `udta` and `meta` boxes.
Nothing is decoded, and no offset changes.
"""

from __future__ import annotations

import struct
import tempfile
from typing import BinaryIO

from balcao.platform.files.refused import FileRefused

_PARENTS = {b"moov", b"trak", b"mdia", b"moof", b"traf"}
_DESCRIPTIONS = {b"udta", b"meta", b"uuid"}
MAX_BOXES = 20_000


def forget_descriptions(file: BinaryIO) -> None:
    """Overwrite, in place, every description box of an MP4, MOV, 3GP or M4A. FileRefused when its boxes do not fit
    the file.
    """
    file.seek(0, 2)
    seen = 0
    held_moov = False
    spans = [(0, file.tell())]
    while spans:
        start, end = spans.pop()
        while start + 8 <= end:
            seen += 1
            kind, body, after = _box(file, start, end)
            if seen > MAX_BOXES:
                raise FileRefused("damaged", log="too many boxes")
            held_moov = held_moov or kind in {b"moov", b"moof"}
            if kind in _DESCRIPTIONS:
                _blank(file, start + 4, body, after)
            elif kind in _PARENTS:
                spans.append((body, after))
            start = after
    if not held_moov:
        raise FileRefused("damaged", log="no moov box")
    file.seek(0)


def _box(file: BinaryIO, start: int, end: int) -> tuple[bytes, int, int]:
    """(type, where its content begins, where the next box begins)."""
    file.seek(start)
    head = file.read(16)
    size, kind = struct.unpack(">I4s", head[:8])
    body = start + 8
    if size == 1 and len(head) == 16:
        size, body = struct.unpack(">Q", head[8:])[0], start + 16
    elif size == 0:
        size = end - start
    if size < body - start or start + size > end:
        raise FileRefused("damaged", log="a box does not fit")
    return kind, body, start + size


def _blank(file: BinaryIO, kind_at: int, body: int, after: int) -> None:
    file.seek(kind_at)
    file.write(b"free")
    file.seek(body)
    left = after - body
    while left > 0:
        left -= file.write(b"\0" * min(left, 65_536))


def without_tags(file: BinaryIO) -> BinaryIO:
    """A new temporary file with an MP3's sound and without its ID3 tags (ID3v2 in front, ID3v1 behind), which name
    who recorded it. FileRefused when the tags are longer than the file."""
    file.seek(0, 2)
    end = file.tell()
    start = 0
    while True:
        file.seek(start)
        head = file.read(10)
        if head[:3] != b"ID3" or len(head) < 10:
            break
        length = (head[6] & 127) << 21 | (head[7] & 127) << 14 | (head[8] & 127) << 7 | head[9] & 127
        start += 10 + length + (10 if head[5] & 0x10 else 0)  # a footer repeats the header
    file.seek(max(start, end - 128))
    if file.read(3) == b"TAG":
        end -= 128
    if start >= end:
        raise FileRefused("damaged", log="nothing but tags")
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
    file.seek(start)
    left = end - start
    while left > 0 and (block := file.read(min(left, 1024 * 1024))):
        out.write(block)
        left -= len(block)
    file.close()
    out.seek(0)
    return out
