"""Sound in WebM (voice messages of Chrome on Android: Opus, Vorbis) without what names program, person or time.

RFC 8794 (EBML), RFC 9559 (Matroska). Names, dates and identifiers are overwritten with zeros, which end a text there,
and whole tags with emptiness of the same length, so that nothing moves. Strict: elements follow each other without a
gap, each is one that WebM knows, and every track is sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from balcao.platform.files.refused import FileRefused

_EBML, _SEGMENT, _CLUSTER = 0x1A45DFA3, 0x18538067, 0x1F43B675
_INFO, _TRACKS, _TRACK, _TYPE, _CODEC, _DOCTYPE = 0x1549A966, 0x1654AE6B, 0xAE, 0x83, 0x86, 0x4282
_FORGOTTEN = {0x1254C367, 0x1941A469, 0x1043A770}  # tags, attachments, chapters
_VOID = 0xEC
_PASSED = {0x114D9B74, 0x1C53BB6B, _VOID, 0xBF}  # where things are, cues, emptiness, a checksum
_SOUND = {0xE7, 0xA3, 0xA0, 0xA7, 0xAB, 0x5854}  # a cluster's moment, blocks, place, length of the one before
_PACE = {0x2AD7B1, 0x4489}  # of what is told about the whole: its time scale and length are needed to play it
_NAMES = {0x536E, 0x258688, 0x86B9D7}  # of a track: its name, its codec's name
_CODECS = {b"A_OPUS", b"A_VORBIS"}
_AUDIO = 2
_SMALL = 64 * 1024  # bytes of what is told about the whole or a track


@dataclass(frozen=True)
class _Element:
    """`at`: where it begins; `body`: its content; `end`: behind it. `open`: its length is not told, as in what was
    recorded live; it ends where the next one on its level begins."""

    id: int
    at: int
    body: int
    end: int
    open: bool


def forget_names(file: BinaryIO) -> None:
    """Overwrite, in place, what names anybody or anything. FileRefused when it is no WebM of sound alone."""
    file.seek(0, 2)
    end = file.tell()
    seen: set[int] = set()
    at = 0
    while at < end:
        found = _element(file, at, end)
        seen.add(found.id)
        at = found.end
        if found.id in (_SEGMENT, _CLUSTER):
            at = found.body  # one by one, whatever its length says: what was recorded live says none
        elif found.open:
            raise FileRefused("damaged", log=f"no end of {found.id:x}")
        elif found.id == _EBML:
            _is_webm(file, found)
        elif found.id == _INFO:
            for one in _within(file, found):
                if one.id not in _PACE:
                    _write(file, one.body, b"\0" * (one.end - one.body))
        elif found.id == _TRACKS:
            _is_sound(file, found)
        elif found.id in _FORGOTTEN:
            _write(file, found.at, _emptiness(found.end - found.at))
        elif found.id not in _PASSED | _SOUND:
            raise FileRefused("damaged", log=f"an element {found.id:x}")
    if not seen >= {_EBML, _SEGMENT, _TRACKS, _CLUSTER}:
        raise FileRefused("damaged", log="nothing is heard in it")
    file.seek(0)


def _is_webm(file: BinaryIO, head: _Element) -> None:
    kinds = [_content(file, one) for one in _within(file, head) if one.id == _DOCTYPE]
    if head.at != 0 or kinds != [b"webm"]:
        raise FileRefused("unknown", log="no WebM")


def _is_sound(file: BinaryIO, tracks: _Element) -> None:
    for track in _within(file, tracks):
        if track.id != _TRACK:
            continue
        told = {one.id: one for one in _within(file, track)}
        kind = _content(file, told[_TYPE]) if _TYPE in told else b""
        codec = _content(file, told[_CODEC]).rstrip(b"\0") if _CODEC in told else b""
        if int.from_bytes(kind, "big") != _AUDIO or codec not in _CODECS:
            raise FileRefused("unknown", log=f"a track {kind.hex()} {codec[:20]!r}")
        for name in told.keys() & _NAMES:
            _write(file, told[name].body, b"\0" * (told[name].end - told[name].body))


def _within(file: BinaryIO, outer: _Element) -> Iterator[_Element]:
    if outer.end - outer.body > _SMALL:
        raise FileRefused("damaged", log=f"too much of {outer.id:x}")
    at = outer.body
    while at < outer.end:
        found = _element(file, at, outer.end)
        if found.open:
            raise FileRefused("damaged", log=f"no end of {found.id:x}")
        yield found
        at = found.end


def _element(file: BinaryIO, at: int, end: int) -> _Element:
    file.seek(at)
    head = file.read(12)
    long = _length(head[:1], 4)
    name = int.from_bytes(head[:long], "big")
    wide = _length(head[long : long + 1], 8)
    size = int.from_bytes(head[long : long + wide], "big") & (1 << 7 * wide) - 1
    body = at + long + wide
    unknown = size == (1 << 7 * wide) - 1
    if body > end or (not unknown and body + size > end and name not in (_SEGMENT, _CLUSTER)):
        raise FileRefused("damaged", log="an element does not fit")
    return _Element(name, at, body, body if unknown else body + size, unknown)


def _length(first: bytes, most: int) -> int:
    """How many bytes a number has, by its first one: as many as its first bit that is set stands from the left."""
    found = 9 - first[0].bit_length() if first and first[0] else 9
    if found > most:
        raise FileRefused("damaged", log="no element where one must begin")
    return found


def _content(file: BinaryIO, element: _Element) -> bytes:
    file.seek(element.body)
    return file.read(min(element.end - element.body, _SMALL))


def _write(file: BinaryIO, at: int, content: bytes) -> None:
    file.seek(at)
    file.write(content)


def _emptiness(length: int) -> bytes:
    """A Void element of so many bytes."""
    if length < 9:
        return bytes([_VOID, 0x80 | length - 2]) + b"\0" * (length - 2)
    return bytes([_VOID, 0x01]) + (length - 9).to_bytes(7, "big") + b"\0" * (length - 9)
