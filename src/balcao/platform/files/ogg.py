"""Sound in Ogg (voice messages: Opus, Vorbis) without its comments, which name program, device, place and owner.

RFC 3533 (pages), RFC 7845 section 5.2 (OpusTags), Vorbis I section 5 (comments). The comment packet is overwritten by
one of the same length that says nothing, so no page moves; the checksums of its pages are made anew. Strict: pages
follow each other without a gap, and every stream is one of the two."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import BinaryIO

from balcao.platform.files.refused import FileRefused

MAX_COMMENTS = 2 * 1024 * 1024  # bytes; a cover picture may be among them
MAX_STREAMS = 50
_HEAD = struct.Struct("<4sBBqIIIB")  # capture, version, flags, granule, serial, sequence, checksum, segments
_FIRST = 2  # the flag of a stream's first page
# how the first packet begins -> how the comments begin, and how they say that nothing follows
_CODECS = {b"OpusHead": (b"OpusTags", b""), b"\x01vorbis": (b"\x03vorbis", b"\x01")}


def _table() -> list[int]:
    """Ogg's own CRC-32: 0x04c11db7, not reflected, beginning with zero."""
    made = []
    for byte in range(256):
        crc = byte << 24
        for _bit in range(8):
            crc = (crc << 1) ^ (0x04C11DB7 if crc & 0x80000000 else 0)
        made.append(crc & 0xFFFFFFFF)
    return made


_CRC = _table()


def checksum(page: bytes | bytearray) -> int:
    crc = 0
    for byte in page:
        crc = (crc << 8 & 0xFFFFFFFF) ^ _CRC[crc >> 24 ^ byte]
    return crc


@dataclass
class _Stream:
    """A logical stream until its comments are known: where its first two packets lie, and on which pages the second."""

    packets: list[list[tuple[int, int]]] = field(default_factory=lambda: [[]])
    pages: list[tuple[int, int]] = field(default_factory=list)

    @property
    def known(self) -> bool:
        return len(self.packets) > 2


def forget_comments(file: BinaryIO) -> None:
    """Overwrite, in place, the comments of every stream. FileRefused when the pages do not fit the file, or a stream
    is neither Opus nor Vorbis."""
    file.seek(0, 2)
    end = file.tell()
    streams: dict[int, _Stream] = {}
    at = done = 0
    while at < end:
        flags, serial, lacing, body = _page(file, at)
        after = body + sum(lacing)
        if after > end:
            raise FileRefused("damaged", log="a page does not fit")
        if flags & _FIRST:
            done += 1
            if done > MAX_STREAMS or (serial in streams and not streams[serial].known):
                raise FileRefused("damaged", log="streams in streams")
            streams[serial] = _Stream()
        stream = streams.get(serial)
        if stream is None:
            raise FileRefused("damaged", log="a page of no stream")
        if not stream.known:
            _add(stream, (at, after), lacing, body)
            if stream.known:
                _empty(file, stream)
        at = after
    if not streams or not all(stream.known for stream in streams.values()):
        raise FileRefused("damaged", log="no comments")
    file.seek(0)


def _page(file: BinaryIO, at: int) -> tuple[int, int, bytes, int]:
    """(flags, serial, the lengths of its segments, where its content begins)."""
    file.seek(at)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size or head[:5] != b"OggS\0":
        raise FileRefused("damaged", log="no page where one must begin")
    _capture, _version, flags, _granule, serial, _sequence, _crc, segments = _HEAD.unpack(head)
    lacing = file.read(segments)
    if len(lacing) < segments:
        raise FileRefused("damaged", log="half a page")
    return flags, serial, lacing, at + _HEAD.size + segments


def _add(stream: _Stream, page: tuple[int, int], lacing: bytes, body: int) -> None:
    """The page's segments to the packets; a packet ends with a segment below 255."""
    for length in lacing:
        if stream.known:
            return
        stream.packets[-1].append((body, length))
        if len(stream.packets) == 2 and page not in stream.pages:
            stream.pages.append(page)
        if sum(size for _at, size in stream.packets[-1]) > MAX_COMMENTS:
            raise FileRefused("damaged", log="comments without end")
        body += length
        if length < 255:
            stream.packets.append([])


def _empty(file: BinaryIO, stream: _Stream) -> None:
    first, comments = (_read(file, spans) for spans in stream.packets[:2])
    codec = next((names for begin, names in _CODECS.items() if first.startswith(begin)), None)
    if codec is None:
        raise FileRefused("unknown", log="a stream that is neither Opus nor Vorbis")
    begin, last = codec
    said_nothing = begin + struct.pack("<II", 0, 0) + last
    if not comments.startswith(begin) or len(comments) < len(said_nothing):
        raise FileRefused("damaged", log="no comments where they must be")
    fresh = said_nothing.ljust(len(comments), b"\0")
    for at, size in stream.packets[1]:
        file.seek(at)
        file.write(fresh[:size])
        fresh = fresh[size:]
    for at, after in stream.pages:
        file.seek(at)
        page = bytearray(file.read(after - at))
        page[22:26] = b"\0\0\0\0"
        page[22:26] = struct.pack("<I", checksum(page))
        file.seek(at)
        file.write(page)


def _read(file: BinaryIO, spans: list[tuple[int, int]]) -> bytes:
    parts = []
    for at, size in spans:
        file.seek(at)
        parts.append(file.read(size))
    return b"".join(parts)
