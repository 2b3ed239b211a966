"""Pictures inside documents: what they tell of camera, place and owner is cut out, and no pixel is decoded.

JPEG: ITU-T T.81, annex B. PNG: W3C PNG, 11.3. Whatever is neither stays as it is.
"""

from __future__ import annotations

import struct

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_TELLING_CHUNKS = {b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"tIME"}
# APP1 (Exif, XMP), APP3 to APP13 (makers, IPTC), APP15, comments. APP0, APP2 (colours) and APP14 (Adobe) are needed.
_TELLING_SEGMENTS = {0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE}
_SCAN = 0xDA


def without_descriptions(content: bytes) -> bytes:
    """A JPEG or PNG without its descriptions; anything else, and what does not read like one, unchanged."""
    if content.startswith(_JPEG):
        return _jpeg(content)
    if content.startswith(_PNG):
        return _png(content)
    return content


def _jpeg(content: bytes) -> bytes:
    kept, at = [content[:2]], 2
    while at + 4 <= len(content) and content[at] == 0xFF:
        kind, (length,) = content[at + 1], struct.unpack(">H", content[at + 2 : at + 4])
        if kind == _SCAN or length < 2:
            break
        if kind not in _TELLING_SEGMENTS:
            kept.append(content[at : at + 2 + length])
        at += 2 + length
    return b"".join([*kept, content[at:]])


def _png(content: bytes) -> bytes:
    kept, at = [content[:8]], 8
    while at + 12 <= len(content):
        length, kind = struct.unpack(">I4s", content[at : at + 8])
        if kind not in _TELLING_CHUNKS:
            kept.append(content[at : at + 12 + length])
        at += 12 + length
        if kind == b"IEND":  # nothing belongs behind it
            break
    return b"".join(kept)
