"""Documents forget who wrote them. `letter.docx` comes from python-docx, `letter.odt` from odfpy."""

import io
import zipfile
from pathlib import Path

import pikepdf
import pytest
from lxml import etree
from PIL import Image

from balcao.platform.files import nameless
from balcao.platform.files.inspection import inspect
from balcao.platform.files.refused import FileRefused

from . import hostile

LETTERS = Path(__file__).parent / "documents"
WORDS = "A obra na rua das Flores não tem licença.".encode()


def parts(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("name, body", [("letter.docx", "word/document.xml"), ("letter.odt", "content.xml")])
def test_properties_comments_and_pictures_name_nobody_and_the_words_stay(name, body):
    given = (LETTERS / name).read_bytes()
    before = parts(given)
    assert sum(b"Joana Prado" in content for content in before.values()) >= 3
    accepted = inspect(io.BytesIO(given), name)
    after = parts(accepted.file.read())
    assert not accepted.signed and list(after) == list(before)
    assert not [name for name, content in after.items() if b"Joana" in content]
    assert WORDS in after[body] and b"Confira a data." in b"".join(after.values())
    for part, content in after.items():
        if part.endswith((".xml", ".rels")):
            etree.fromstring(content)
        if part.endswith("jpg"):
            picture = Image.open(io.BytesIO(content))
            picture.load()
            assert picture.size == (64, 48) and not picture.getexif()
    assert inspect(io.BytesIO(accepted_bytes(accepted)), name).sha256 == accepted.sha256  # nothing more to take away


def accepted_bytes(accepted):
    accepted.file.seek(0)
    return accepted.file.read()


def test_reviewers_and_accounts_are_forgotten_however_they_are_quoted():
    text = b"<w:ins w:author=\"Joana\" w:id='1'/><w15:p w15:userId = 'S::joana@x' w:initials='JP'/>"
    after = parts(accepted_bytes(inspect(io.BytesIO(hostile.docx({"word/footnotes.xml": text})), "a.docx")))
    assert b"oana" not in after["word/footnotes.xml"] and b"JP" not in after["word/footnotes.xml"]
    assert b"w:id='1'" in after["word/footnotes.xml"]


def test_a_workbook_behind_a_chart_is_cleaned_and_an_old_object_refused():
    book = hostile.archive({"docProps/core.xml": b"<dc:creator>Joana</dc:creator>", "xl/workbook.xml": b"<x/>"})
    given = hostile.docx({"word/embeddings/Microsoft_Excel_Sheet1.xlsx": book})
    after = parts(accepted_bytes(inspect(io.BytesIO(given), "a.docx")))
    assert b"Joana" not in parts(after["word/embeddings/Microsoft_Excel_Sheet1.xlsx"])["docProps/core.xml"]
    for name in ("word/embeddings/oleObject1.bin", "word/embeddings/Package.doc", "Object 1"):
        with pytest.raises(FileRefused) as refusal:
            inspect(io.BytesIO(hostile.docx({name: b"\xd0\xcf\x11\xe0"})), "a.docx")
        assert refusal.value.code == "old_word"


def test_archives_in_archives_end_at_the_first():
    inner = hostile.archive({"word/embeddings/a.xlsx": hostile.archive({"a": b"b"})})
    with pytest.raises(FileRefused):
        inspect(io.BytesIO(hostile.docx({"word/embeddings/b.xlsx": inner})), "a.docx")
    with pytest.raises(FileRefused) as refusal:
        inspect(io.BytesIO(hostile.docx({"word/embeddings/c.xlsx": hostile.many_entries(501)})), "a.docx")
    assert refusal.value.code == "bomb"


def test_a_part_that_is_too_large_or_in_two_byte_letters_is_not_read(monkeypatch):
    with pytest.raises(FileRefused) as refusal:
        inspect(io.BytesIO(hostile.docx({"word/x.xml": "<x/>".encode("utf-16")})), "a.docx")
    assert refusal.value.code == "unknown"
    monkeypatch.setattr(nameless, "MAX_PART", 1000)
    with pytest.raises(FileRefused) as refusal:
        inspect(io.BytesIO(hostile.docx({"word/x.xml": b"<x>" * 1000})), "a.docx")
    assert refusal.value.code == "bomb"


@pytest.mark.parametrize("name", ["_xmlsignatures/sig1.xml", "META-INF/documentsignatures.xml"])
def test_a_signed_document_keeps_every_byte_and_says_that_it_is_signed(name):
    given = hostile.docx({name: b"<Signature>Joana</Signature>"})
    accepted = inspect(io.BytesIO(given), "a.docx")
    assert accepted.signed and accepted_bytes(accepted) == given


def test_a_pdf_forgets_its_author_in_both_places():
    pdf = pikepdf.new()
    pdf.add_blank_page()
    with pdf.open_metadata() as about:
        about["dc:creator"] = ["Joana Prado"]
    pdf.docinfo["/Author"] = "Joana Prado"
    made = io.BytesIO()
    pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    assert made.getvalue().count(b"Joana Prado") == 2
    accepted = inspect(io.BytesIO(made.getvalue()), "a.pdf")
    with pikepdf.open(io.BytesIO(accepted_bytes(accepted))) as after:
        assert len(after.pages) == 1 and "/Info" not in after.trailer and "/Metadata" not in after.Root
    assert b"Joana" not in accepted_bytes(accepted) and not accepted.signed


def test_a_recording_forgets_its_tags_and_keeps_its_sound():
    sound = hostile.mp3()
    tag = b"ID3\4\0\0\0\0\0\x0b" + b"Joana Prado"
    for given in (tag + sound, tag + tag + sound + b"TAG" + b"Joana Prado".ljust(125)):
        assert accepted_bytes(inspect(io.BytesIO(given), "a.mp3")) == sound
    with pytest.raises(FileRefused):
        inspect(io.BytesIO(tag), "a.mp3")


def test_what_a_template_binds_and_the_label_of_an_organization_are_emptied_and_the_rest_of_it_stays():
    item = b'<CoverPageProperties xmlns="x"><CompanyEmail>joana@x.org</CompanyEmail></CoverPageProperties>'
    props = b'<ds:datastoreItem ds:itemID="{1}" xmlns:ds="x"/>'
    given = {
        "customXml/item1.xml": item,
        "customXml/itemProps1.xml": props,
        "docMetadata/LabelInfo.xml": b"<l>Joana</l>",
    }
    after = parts(accepted_bytes(inspect(io.BytesIO(hostile.docx(given)), "a.docx")))
    assert not [name for name, content in after.items() if b"oana" in content]
    assert after["customXml/itemProps1.xml"] == props
    etree.fromstring(after["customXml/item1.xml"])
