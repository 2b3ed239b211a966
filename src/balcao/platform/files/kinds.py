"""What a file is, by its content. Its name and the sender's Content-Type are never asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from balcao.platform.files.refused import FileRefused


@dataclass(frozen=True)
class Kind:
    """`kind` is "image", "pdf", "document", "video" or "audio"; `mime` is what we serve it as."""

    kind: str
    mime: str
    extension: str


JPEG = Kind("image", "image/jpeg", "jpg")
PNG = Kind("image", "image/png", "png")
WEBP = Kind("image", "image/webp", "webp")
GIF = Kind("image", "image/gif", "gif")
PDF = Kind("pdf", "application/pdf", "pdf")
DOCX = Kind("document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx")
ODT = Kind("document", "application/vnd.oasis.opendocument.text", "odt")
XLSX = Kind("document", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx")
MP4 = Kind("video", "video/mp4", "mp4")
MOV = Kind("video", "video/quicktime", "mov")
THREE_GP = Kind("video", "video/3gpp", "3gp")
M4A = Kind("audio", "audio/mp4", "m4a")
OGG = Kind("audio", "audio/ogg", "ogg")
WEBM = Kind("audio", "audio/webm", "webm")
MP3 = Kind("audio", "audio/mpeg", "mp3")
ZIP = Kind("zip", "application/zip", "zip")  # becomes DOCX, XLSX or ODT, or is refused

_HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"}
_MP4_BRANDS = {
    b"isom",
    b"iso2",
    b"iso4",
    b"iso5",
    b"iso6",
    b"mp41",
    b"mp42",
    b"avc1",
    b"dash",
    b"MSNV",
    b"M4V ",
    b"XAVC",
}
_PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"dex\n")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")


def sniff(file: BinaryIO) -> Kind:
    """The kind of what `file` holds from its beginning, or FileRefused with the reason that fits what it is instead."""
    file.seek(0)
    head = file.read(4096)
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return GIF
    if head.startswith(b"%PDF-"):
        return PDF
    if head.startswith(b"PK\x03\x04"):
        return ZIP
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head.startswith(b"OggS") and (b"OpusHead" in head[:80] or b"\x01vorbis" in head[:80]):
        return OGG
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return WEBM  # EBML; `webm` looks whether it is that, and sound alone
    if _is_mp3(head):
        return MP3
    raise FileRefused(_instead(head))


def _by_brand(brand: bytes) -> Kind:
    """ISO/IEC 14496-12: the major brand of an MP4 family file."""
    if brand in _HEIC_BRANDS:
        raise FileRefused("heic")
    if brand == b"qt  ":
        return MOV
    if brand in {b"M4A ", b"M4B "}:
        return M4A
    if brand[:3] in {b"3gp", b"3g2"}:
        return THREE_GP
    if brand in _MP4_BRANDS:
        return MP4
    raise FileRefused("unknown", log=f"brand {brand!r}")


def _instead(head: bytes) -> str:
    if head.startswith(_PROGRAMS):
        return "program"
    if head.startswith(_ARCHIVES) or head.startswith(b"PK") or head[257:262] == b"ustar":
        return "archive"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "old_word"
    text = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0").lower().replace(b"\0", b"")
    return "web_page" if text.startswith(b"<") else "unknown"


def _is_mp3(head: bytes) -> bool:
    """An ID3 tag, or two frames in a row whose headers (ISO/IEC 11172-3, layer III) agree: two bytes alone prove
    nothing.
    """
    if head.startswith(b"ID3") and len(head) > 10 and head[3] < 5 and all(byte < 0x80 for byte in head[6:10]):
        return True
    length = _mp3_frame(head)
    return length is not None and _mp3_frame(head[length:]) is not None


_BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def _mp3_frame(data: bytes) -> int | None:
    """The length in bytes of the layer III frame that `data` begins with; None when it begins with none."""
    if len(data) < 4 or data[0] != 0xFF or data[1] & 0xE0 != 0xE0:
        return None
    version, layer = data[1] >> 3 & 3, data[1] >> 1 & 3
    bitrate, rate = data[2] >> 4, data[2] >> 2 & 3
    if version == 1 or layer != 1 or bitrate in {0, 15} or rate == 3:
        return None
    hertz = (44_100, 48_000, 32_000)[rate] >> {3: 0, 2: 1, 0: 2}[version]
    kilobits = (_BITRATES_1 if version == 3 else _BITRATES_2)[bitrate]
    return (144 if version == 3 else 72) * kilobits * 1000 // hertz + (data[2] >> 1 & 1)
