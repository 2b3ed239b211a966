"""Documents that are archives: bombs are seen without being lit."""

import io
import struct
import time

import pytest

from balcao.platform.files.inspection import inspect
from balcao.platform.files.refused import FileRefused

from . import hostile


def refused(content):
    with pytest.raises(FileRefused) as refusal:
        inspect(io.BytesIO(content), "peticao.docx")
    return refusal.value.code


def test_a_bomb_is_refused_by_its_directory():
    assert refused(hostile.docx({"word/media/x.xml": b"\0" * 150_000_000})) == "bomb"
    assert refused(hostile.odt({f"{n}.xml": b"0" * 900_000 for n in range(250)})) == "bomb"
    assert refused(hostile.many_entries(3000)) == "bomb"


def test_a_bomb_that_lies_about_its_size_is_never_inflated():
    """The directory says that the list of parts is small; inflated it would be 300 MB."""
    content = bytearray(hostile.archive({"word/document.xml": b"<w/>", "[Content_Types].xml": b" " * 300_000_000}))
    entry = content.rfind(b"PK\x01\x02")
    content[entry + 24 : entry + 28] = struct.pack("<I", 1000)
    began = time.process_time()
    assert refused(bytes(content)) in {"archive", "damaged", "bomb"}
    assert time.process_time() - began < 0.2


def test_macros_and_templates_from_elsewhere_are_refused():
    assert refused(hostile.docx({"word/vbaProject.bin": b"x"})) == "macros"
    assert refused(hostile.odt({"Basic/Standard/Module1.xml": b"x"})) == "macros"
    relation = b'<Relationship Type="x/attachedTemplate" Target="http://evil.example/t.dotm" TargetMode="External"/>'
    assert refused(hostile.docx({"word/_rels/settings.xml.rels": relation})) == "macros"
    macro_types = hostile.archive(
        {"[Content_Types].xml": b"application/vnd.ms-word.document.macroEnabled.main+xml", "word/document.xml": b""}
    )
    assert refused(macro_types) == "macros"


def test_nothing_stands_before_or_behind_the_archive():
    assert refused(hostile.docx() + b"<script>") == "damaged"
    assert refused(b"PK\x03\x04" + b"MZ" * 50 + hostile.docx()) in {"damaged"}
