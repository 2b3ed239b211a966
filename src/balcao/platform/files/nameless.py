"""Word, Excel and ODT documents without the data of whoever wrote them: properties, reviewers' names, thumbnails, and
what the pictures inside tell of camera and place.

The archive is written anew part by part; nothing is parsed, since every edit is one pass over bytes. The caller has
judged the archive (`archives.document_kind`), so its sizes are bounded. ECMA-376 (OOXML) and OASIS ODF 1.3.
"""

from __future__ import annotations

import io
import re
import tempfile
import zipfile
from typing import BinaryIO

from balcao.platform.files.pictures_inside import without_descriptions
from balcao.platform.files.refused import FileRefused

MAX_PART = 64 * 1024 * 1024  # bytes of one part, unpacked
MAX_DEPTH = 1  # a workbook behind a chart is an archive of its own; nothing lies deeper
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest moment that a ZIP knows
_XML = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PACKAGE = b"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"
_OFFICE = b"http://schemas.openxmlformats.org/officeDocument/2006/"

# Parts that say nothing but who, when and with what. They stay, empty, since relations lead to them.
_EMPTY: dict[str, bytes] = {
    "docprops/core.xml": _XML + b'<cp:coreProperties xmlns:cp="' + _PACKAGE + b'"/>',
    "docprops/app.xml": _XML + b'<Properties xmlns="' + _OFFICE + b'extended-properties"/>',
    "docprops/custom.xml": _XML + b'<Properties xmlns="' + _OFFICE + b'custom-properties"/>',
    "word/people.xml": _XML + b'<w15:people xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml"/>',
    "docmetadata/labelinfo.xml": _XML
    + b'<clbl:labelList xmlns:clbl="http://schemas.microsoft.com/office/2020/mipLabelMetadata"/>',
    "meta.xml": _XML
    + b'<office:document-meta xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.3">'
    + b"<office:meta/></office:document-meta>",
}
# Data that a template binds to fields (the author's company, a cover page): what is shown stands in the text too.
_BOUND = re.compile(r"^customxml/item[0-9]*[.]xml$")
_NOTHING = _XML + b"<nothing/>"
_THUMBNAIL = re.compile(r"^(docprops/thumbnail\.|thumbnails/)")
_SIGNATURES = ("_xmlsignatures/", "meta-inf/documentsignatures.xml")
_OLD_OBJECT = re.compile(r"(^|/)embeddings/.+(?<!\.xlsx)(?<!\.docx)(?<!\.pptx)$|^object \d+$")

# Each pattern begins with fixed letters and runs to the next quote or bracket: linear, whatever the bytes are.
_AUTHORS = re.compile(rb""":(author|initials|userId|providerId)\s{0,9}=\s{0,9}("[^"<]*"|'[^'<]*')""")
_WORDS = {b"author": b"Author", b"initials": b"A", b"userId": b"", b"providerId": b"None"}
_ELEMENTS = re.compile(
    rb"(<(?:dc:creator|meta:creator-initials|loext:sender-initials|text:author-name"
    rb"|text:author-initials|text:initial-creator|text:creator|text:printed-by|text:sender-[a-z-]{1,20})"
    rb"(?:\s[^<>]*)?(?<!/)>)[^<]*(?=<)"
)
# A workbook's own: who comments, who shares it, who changed it, in which folder of whose computer it was saved.
_PEOPLE = re.compile(r"^xl/(persons/|comments|workbook[.]xml$|revisions/)")
_SHEET_AUTHORS = re.compile(rb"(<(?:[a-zA-Z0-9]{1,9}:)?author(?:\s[^<>]*)?(?<!/)>)([^<]*)(?=<)")
_SHEET_NAMES = re.compile(
    rb"""(?<=\s)(displayName|userName|userId|providerId|name)\s{0,9}=\s{0,9}("[^"<]*"|'[^'<]*')"""
)
_FOLDER = re.compile(rb"""(absPath\s[^<>]{0,200}?\burl=)("[^"<]*"|'[^'<]*')""")
_MACHINE = re.compile(r"(^|/)(printersettings|customproperty)[^/]*[.]bin$")
_PRINTERS = re.compile(rb'(<config:config-item config:name="Printer(?:Name|Setup)"[^<>]*(?<!/)>)[^<]*')


def without_author(file: BinaryIO) -> tuple[BinaryIO, bool]:
    """A new temporary file without the author's data, and False; a signed document keeps every byte (its signature
    names its author) and comes back with True. FileRefused for objects of old programs inside, which nobody can clean.
    """
    out = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
    try:
        with zipfile.ZipFile(file) as archive:
            if any(part.filename.lower().startswith(_SIGNATURES) for part in archive.infolist()):
                file.seek(0)
                while block := file.read(1024 * 1024):
                    out.write(block)
                out.seek(0)
                return out, True
            _write(archive, out, depth=0)
    except FileRefused:
        raise
    except Exception as error:  # as in `archives`: each compression raises its own over hostile bytes
        raise FileRefused("damaged", log=type(error).__name__) from error
    out.seek(0)
    return out, False


def _write(archive: zipfile.ZipFile, out: BinaryIO, *, depth: int) -> None:
    seen: set[str] = set()
    with zipfile.ZipFile(out, "w") as made:
        for part in archive.infolist():
            name = part.filename
            if name in seen or name.startswith("/") or ".." in name.split("/"):
                raise FileRefused("damaged", log="part named twice or outside")
            seen.add(name)
            if part.is_dir():
                continue
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            made.writestr(entry, _cleaned(archive, part, depth), compresslevel=3)


def _cleaned(archive: zipfile.ZipFile, part: zipfile.ZipInfo, depth: int) -> bytes:
    name = part.filename.lower()
    if name in _EMPTY:
        return _EMPTY[name]
    if _THUMBNAIL.match(name):
        return b""
    if _BOUND.match(name):
        return _NOTHING
    if _OLD_OBJECT.search(name):
        raise FileRefused("old_word", log="an object of an old program inside")
    if _MACHINE.search(name):
        return b"\0" * min(part.file_size, 4096)
    if part.file_size > MAX_PART:
        raise FileRefused("bomb", log=f"part of {part.file_size} bytes")
    content = archive.read(part)  # never more than the directory says
    if name.endswith((".xml", ".rels", ".rdf")):
        content = _without_names(content)
        return _without_people(name, content) if _PEOPLE.match(name) else content
    if content.startswith(b"PK\x03\x04"):
        return _inner(content, depth)
    return without_descriptions(content)


def _without_names(content: bytes) -> bytes:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRefused("unknown", log="XML in UTF-16")
    content = _AUTHORS.sub(lambda found: b":" + found[1] + b'="' + _WORDS[found[1]] + b'"', content)
    return _PRINTERS.sub(rb"\1", _ELEMENTS.sub(rb"\1", content))


def _without_people(name: str, content: bytes) -> bytes:
    """A part of a workbook that names people. Excel writes the author before a comment's words too."""
    if name.startswith("xl/comments"):
        for author in {found[2].strip() for found in _SHEET_AUTHORS.finditer(content)}:
            if author:
                content = content.replace(b">" + author + b":", b">Author:")
        return _SHEET_AUTHORS.sub(rb"\1Author", content)
    if name == "xl/workbook.xml":
        content = _FOLDER.sub(rb'\1""', content)
        keys = {b"userName"}
    else:
        keys = {b"displayName", b"userName", b"userId", b"providerId", b"name"}
    return _SHEET_NAMES.sub(lambda found: _renamed(found) if found[1] in keys else found[0], content)


def _renamed(found: re.Match[bytes]) -> bytes:
    return found[1] + {b"userId": b'=""', b"providerId": b'="None"'}.get(found[1], b'="Author"')


def _inner(content: bytes, depth: int) -> bytes:
    """A workbook behind a chart, bounded like the document around it."""
    if depth >= MAX_DEPTH:
        raise FileRefused("archive", log="an archive in an archive in a document")
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
        if len(parts) > 500 or sum(part.file_size for part in parts) > MAX_PART:
            raise FileRefused("bomb", log="an archive inside")
        _write(archive, out, depth=depth + 1)
    return out.getvalue()
