"""Word, Excel and ODT documents: ZIP archives that are judged by their directory and never inflated."""

from __future__ import annotations

import re
import struct
import zipfile
from typing import BinaryIO

from balcao.platform.files import kinds
from balcao.platform.files.refused import FileRefused

MAX_ENTRIES = 2_000
MAX_DIRECTORY = 512 * 1024  # bytes; Python would otherwise build an object for each of half a million entries
MAX_UNPACKED = 200 * 1024 * 1024
MAX_RATIO = 150  # of any part above a megabyte; office XML packs some 20 to 1
_SMALL_PART = 256 * 1024
_MACROS = re.compile(r"(^|/)(vbaProject\.bin|vbaData\.xml|Basic/.+|Scripts/.+)$", re.IGNORECASE)
# What an Excel workbook fetches or runs when it is opened: other files (DDE among them), databases, old macro sheets.
_REACHES_OUT = re.compile(
    r"^(xl/(externallinks|querytables|activex|macrosheets|dialogsheets)/|xl/connections|customui)"
)
_WORD_MAIN = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_EXCEL_MAIN = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"


def document_kind(file: BinaryIO) -> kinds.Kind:
    """DOCX, XLSX or ODT, or FileRefused: another archive, a bomb, macros, an outside template, data that a workbook
    would fetch, data before or behind the archive.
    """
    _check_end(file)
    try:
        with zipfile.ZipFile(file) as archive:
            return _judged(archive)
    except FileRefused:
        raise
    except Exception as error:  # each compression raises its own over hostile bytes; to the sender they mean the same
        raise FileRefused("damaged", log=type(error).__name__) from error


def _check_end(file: BinaryIO) -> None:
    """The end record (APPNOTE 4.3.16) closes the file, and its directory is small."""
    file.seek(0, 2)
    size = file.tell()
    file.seek(max(0, size - 65_557))
    tail = file.read()
    start = tail.rfind(b"PK\x05\x06")
    if start < 0 or len(tail) - start < 22:
        raise FileRefused("damaged", log="zip without end")
    entries, directory, _offset, comment = struct.unpack("<HIIH", tail[start + 10 : start + 22])
    if len(tail) - start != 22 + comment:
        raise FileRefused("damaged", log="data behind the zip")
    if entries > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise FileRefused("bomb", log=f"{entries} entries")


def _judged(archive: zipfile.ZipFile) -> kinds.Kind:
    parts = archive.infolist()
    if len(parts) > MAX_ENTRIES or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise FileRefused("bomb", log=f"{len(parts)} entries")
    for part in parts:
        if part.file_size > 1_000_000 and part.file_size > MAX_RATIO * max(1, part.compress_size):
            raise FileRefused("bomb", log="ratio")
    if not parts or min(part.header_offset for part in parts) != 0:
        raise FileRefused("damaged", log="data before the zip")
    names = {part.filename for part in parts}
    kind = _named(archive, names)
    if any(_MACROS.search(name) for name in names) or _outside_template(archive, names):
        raise FileRefused("macros")
    return kind


def _named(archive: zipfile.ZipFile, names: set[str]) -> kinds.Kind:
    if "mimetype" in names and _read(archive, "mimetype").strip() == kinds.ODT.mime.encode():
        return kinds.ODT
    if "[Content_Types].xml" in names and names & {"word/document.xml", "xl/workbook.xml"}:
        types = _read(archive, "[Content_Types].xml")
        if b"macroEnabled" in types:
            raise FileRefused("macros")
        if _WORD_MAIN in types and "word/document.xml" in names:
            return kinds.DOCX
        if _EXCEL_MAIN in types and "xl/workbook.xml" in names:
            if any(_REACHES_OUT.search(name.lower()) for name in names):
                raise FileRefused("macros", log="a workbook that reaches out")
            return kinds.XLSX
    raise FileRefused("archive")


def _outside_template(archive: zipfile.ZipFile, names: set[str]) -> bool:
    """A template that Word would fetch from elsewhere when a member of staff opens the document."""
    relations = "word/_rels/settings.xml.rels"
    if relations not in names:
        return False
    text = _read(archive, relations).lower()
    return b"attachedtemplate" in text and b"external" in text


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A part that must be small; at most its first 256 KB are ever inflated."""
    with archive.open(name) as part:
        content = part.read(_SMALL_PART + 1)
    if len(content) > _SMALL_PART:
        raise FileRefused("bomb", log=name)
    return content
