"""A process of its own that cleans one PDF: `python -m balcao.platform.files.pdf_worker SOURCE TARGET`.

A PDF's compressed streams can inflate a thousandfold and its structure can loop, so it is read where memory and time
are bounded by the system. Exit status: one of `OUTCOMES`; anything else means a damaged file. Imports no Django.
"""

from __future__ import annotations

import resource
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import pikepdf

MEMORY = 1_500_000_000  # bytes of address space
SECONDS = 20
MAX_OBJECTS = 300_000
CLEANED, KEPT_SIGNED, LOCKED, ACTIVE = 0, 10, 11, 12
OUTCOMES = frozenset({CLEANED, KEPT_SIGNED, LOCKED, ACTIVE})

#: Actions (ISO 32000-2, 12.6.4) that run, send, fetch or open something else. Going to a page or a web address stays.
_ACTIONS = {
    f"/{name}"
    for name in ("JavaScript", "Launch", "SubmitForm", "ImportData", "GoToE", "GoToR", "Rendition", "RichMediaExecute")
}
_ANNOTATIONS = {"/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D"}
_KEYS = ("/AA", "/JavaScript", "/EmbeddedFiles", "/XFA", "/RichMediaContent", "/AF", "/Collection")
_PRIVATE = ("/Metadata", "/PieceInfo")


def main(source: Path, target: Path) -> int:
    for limit, most in ((resource.RLIMIT_AS, MEMORY), (resource.RLIMIT_CPU, SECONDS)):
        with suppress(ValueError, OSError):  # macOS takes no limit of address space; the caller's time-out still holds
            resource.setrlimit(limit, (most, most))
    try:
        with pikepdf.open(source) as pdf:
            return clean(pdf, source, target)
    except pikepdf.PasswordError:
        return LOCKED


def clean(pdf: pikepdf.Pdf, source: Path, target: Path) -> int:
    """Write `target` without active content and without its author's data. A signed file keeps every byte, or is
    refused.
    """
    if len(pdf.objects) > MAX_OBJECTS or not len(pdf.pages):
        return 1
    active, signed = _disarm(pdf)
    if signed:
        if active or not _ends_where_it_says(source):
            return ACTIVE
        shutil.copyfile(source, target)
        return KEPT_SIGNED
    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    pdf.save(target, linearize=False, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return CLEANED


def _disarm(pdf: pikepdf.Pdf) -> tuple[bool, bool]:
    """Take active content out of every object. Returns whether there was any, and whether the file is signed."""
    active = signed = False
    for top in pdf.objects:
        for found in _dictionaries(top):
            signed = signed or "/ByteRange" in found
            active = _disarm_one(found) or active
            for key in _PRIVATE:
                if key in found:
                    del found[key]
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and opening.get("/S") != "/GoTo":
        del pdf.Root["/OpenAction"]
    return active, signed


def _disarm_one(found: Any) -> bool:
    active = False
    for key in _KEYS:
        if key in found:
            del found[key]
            active = True
    if str(found.get("/S", "")) in _ACTIONS or "/JS" in found:
        for key in ("/S", "/JS", "/F", "/Win", "/D", "/Next"):
            if key in found:
                del found[key]
        active = True
    if str(found.get("/Subtype", "")) in _ANNOTATIONS and ("/Rect" in found or "/FS" in found):
        for key in ("/Subtype", "/FS", "/A", "/RichMediaContent", "/Movie", "/Sound"):
            if key in found:
                del found[key]
        active = True
    if str(found.get("/Type", "")) == "/Filespec" or "/EF" in found:
        for key in ("/EF", "/F", "/UF"):
            if key in found:
                del found[key]
        active = True
    return active


def _dictionaries(top: Any) -> Any:
    """`top` and the dictionaries written directly in it. Indirect ones have their own turn: hence no loop and no
    repeat.
    """
    waiting = [top]
    while waiting:
        one = waiting.pop()
        if isinstance(one, pikepdf.Dictionary | pikepdf.Stream):
            yield one
            waiting += [v for v in one.values() if _is_direct(v)]
        elif isinstance(one, pikepdf.Array):
            waiting += [v for v in one if _is_direct(v)]


def _is_direct(value: Any) -> bool:
    return isinstance(value, pikepdf.Dictionary | pikepdf.Array) and not value.is_indirect


def _ends_where_it_says(source: Path) -> bool:
    """No second file hides behind the last end marker."""
    content = source.read_bytes()
    return len(content) - content.rfind(b"%%EOF") <= 1024


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
