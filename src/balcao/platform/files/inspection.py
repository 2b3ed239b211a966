"""The one gate: an upload goes in, a clean file that we know comes out, or a sentence that says why not."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from django.conf import settings

from balcao.platform.files import antivirus, archives, images, kinds, media, nameless, ogg, pdf, webm
from balcao.platform.files.refused import FileRefused
from balcao.platform.text import clean_text

_ALL = frozenset({"image", "pdf", "document", "video", "audio"})


@dataclass(frozen=True)
class Limits:
    """What one place takes: bytes, and kinds ("image", "pdf", "document", "video", "audio")."""

    max_bytes: int = field(default_factory=lambda: getattr(settings, "MAX_UPLOAD", 25 * 1024 * 1024))
    kinds: frozenset[str] = _ALL


@dataclass(frozen=True)
class Accepted:
    """A clean file in a temporary file at its beginning. `sha256` (hex) and `size` (bytes) are of what is kept, not
    of what came. `scanned`: an antivirus found nothing in it. `signed`: a digital signature inside, kept whole, names
    its author. `width` and `height` in pixels and `thumbnail` (WebP) are a picture's."""

    kind: str
    mime: str
    name: str
    extension: str
    size: int
    sha256: str
    file: BinaryIO
    width: int | None = None
    height: int | None = None
    thumbnail: bytes | None = None
    signed: bool = False
    scanned: bool = False


def inspect(fileobj: BinaryIO, name: str, limits: Limits | None = None) -> Accepted:
    """Check and clean an upload. FileRefused says why it is not taken. Touches no database; call it outside
    transactions.
    """
    limits = limits or Limits()
    fileobj.seek(0, 2)
    size = fileobj.tell()
    if size == 0:
        raise FileRefused("empty")
    if size > limits.max_bytes:
        raise FileRefused("too_large", log=f"{size} bytes")
    kind = kinds.sniff(fileobj)
    if kind is kinds.ZIP:
        kind = archives.document_kind(fileobj)
    if kind.kind not in limits.kinds:
        raise FileRefused("unknown", log=f"{kind.mime} is not taken here")
    scanned = antivirus.scan(fileobj)
    return replace(_cleaned(fileobj, name, kind), scanned=scanned)


def _cleaned(fileobj: BinaryIO, name: str, kind: kinds.Kind) -> Accepted:
    if kind.kind == "image":
        picture = images.clean_picture(fileobj, kind)
        return _accepted(
            picture.kind, name, picture.file, width=picture.width, height=picture.height, thumbnail=picture.thumbnail
        )
    if kind is kinds.PDF:
        cleaned, signed = pdf.clean_pdf(fileobj)
        return _accepted(kind, name, cleaned, signed=signed)
    if kind.kind == "document":
        cleaned, signed = nameless.without_author(fileobj)
        return _accepted(kind, name, cleaned, signed=signed)
    copy: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - handed on
    fileobj.seek(0)
    shutil.copyfileobj(fileobj, copy)
    if kind is kinds.MP3:
        copy = media.without_tags(copy)
    if kind in {kinds.MP4, kinds.MOV, kinds.THREE_GP, kinds.M4A}:
        media.forget_descriptions(copy)
    if kind is kinds.OGG:
        ogg.forget_comments(copy)
    if kind is kinds.WEBM:
        webm.forget_names(copy)
    return _accepted(kind, name, copy)


def _accepted(
    kind: kinds.Kind,
    name: str,
    file: BinaryIO,
    width: int | None = None,
    height: int | None = None,
    thumbnail: bytes | None = None,
    signed: bool = False,
) -> Accepted:
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while block := file.read(1024 * 1024):
        digest.update(block)
        size += len(block)
    file.seek(0)
    return Accepted(
        kind=kind.kind,
        mime=kind.mime,
        name=safe_name(name, kind.extension),
        extension=kind.extension,
        size=size,
        sha256=digest.hexdigest(),
        file=file,
        width=width,
        height=height,
        thumbnail=thumbnail,
        signed=signed,
    )


def safe_name(name: str, extension: str) -> str:
    """The sender's name for it without folders, tricks or its own extension: "../a\\foto.php.JPG" is "foto.php.jpg"."""
    last = re.split(r"[/\\]", clean_text(name, one_line=True))[-1]
    stem = re.sub(r'[<>:"|?*%;\s]+', " ", last.rpartition(".")[0] or last).strip(" .")
    return f"{stem[:80].rstrip(' .') or 'file'}.{extension}"
