"""What is taken, what is refused, and what is gone from what is taken."""

import io
import zipfile

import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from balcao.platform.files.inspection import Limits, inspect, safe_name
from balcao.platform.files.refused import SENTENCES, FileRefused

from . import hostile


def taken(content, name="foto.jpg", limits=None):
    accepted = inspect(io.BytesIO(content), name, limits)
    with accepted.file:
        kept = accepted.file.read()
    assert len(kept) == accepted.size
    return accepted, kept


def refused(content, code, name="foto.jpg", limits=None):
    with pytest.raises(FileRefused) as refusal:
        inspect(io.BytesIO(content), name, limits)
    assert refusal.value.code == code
    assert str(refusal.value) == str(SENTENCES[code])
    return refusal.value


@pytest.mark.parametrize(
    ("content", "kind", "mime"),
    [
        (hostile.picture("JPEG"), "image", "image/jpeg"),
        (hostile.picture("PNG"), "image", "image/png"),
        (hostile.picture("WEBP"), "image", "image/webp"),
        (hostile.picture("GIF"), "image", "image/png"),
        (hostile.pdf(), "pdf", "application/pdf"),
        (hostile.docx(), "document", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        (hostile.odt(), "document", "application/vnd.oasis.opendocument.text"),
        (hostile.video(), "video", "video/mp4"),
        (hostile.video(b"qt  "), "video", "video/quicktime"),
        (hostile.video(b"3gp4"), "video", "video/3gpp"),
        (hostile.video(b"M4A "), "audio", "audio/mp4"),
        (hostile.mp3(), "audio", "audio/mpeg"),
        (b"ID3\4\0\0\0\0\0\n" + b"\0" * 10 + hostile.mp3(), "audio", "audio/mpeg"),
        (hostile.ogg(), "audio", "audio/ogg"),
        (hostile.webm(), "audio", "audio/webm"),
    ],
)
def test_what_people_send_is_taken_by_its_content_whatever_its_name(content, kind, mime):
    accepted, _kept = taken(content, "qualquer.exe")
    assert (accepted.kind, accepted.mime) == (kind, mime)
    assert accepted.name == f"qualquer.{accepted.extension}"
    assert len(accepted.sha256) == 64


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (hostile.PROGRAM, "program"),
        (b"\x7fELF\2\1\1" + b"\0" * 100, "program"),
        (b"#!/bin/sh\nrm -rf /\n", "program"),
        (hostile.SVG, "web_page"),
        (b"\xef\xbb\xbf  <!DOCTYPE html><script>alert(1)</script>", "web_page"),
        ("<html>".encode("utf-16"), "web_page"),
        (b"just words", "unknown"),
        (b"\xff\xfb", "unknown"),
        (b"\xff\xfb\x90\x00" + b"no second frame" * 100, "unknown"),
        (hostile.box(b"ftyp", b"heic\0\0\0\0mif1heic"), "heic"),
        (hostile.box(b"ftyp", b"evil\0\0\0\0"), "unknown"),
        (hostile.webm(b"V_VP8", 1), "unknown"),
        (hostile.webm(doctype=b"matroska"), "unknown"),
        (hostile.webm(b"A_AAC"), "unknown"),
        (hostile.webm()[:300], "damaged"),
        (b"\x1a\x45\xdf\xa3" + b"\xff" * 200, "damaged"),
        (b"Rar!\x1a\7\0" + b"\0" * 50, "archive"),
        (b"\x1f\x8b\x08" + b"\0" * 50, "archive"),
        (hostile.archive({"a.txt": b"a", "b.exe": hostile.PROGRAM}), "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_word"),
        (b"\x89PNG\r\n\x1a\n", "damaged"),
        (b"%PDF-1.7\nnothing else", "damaged"),
        (b"PK\x03\x04nothing else", "damaged"),
        (hostile.box(b"ftyp", b"isom\0\0\0\0"), "damaged"),
        (hostile.video() + b"\x7f\xff\xff\xffmdat", "damaged"),
    ],
)
def test_everything_else_gets_the_sentence_that_fits_it(content, code):
    refused(content, code)


def test_26_megabytes_are_refused_before_anything_is_read():
    class Large(io.BytesIO):
        def read(self, *_):
            raise AssertionError("read")

    large = Large(b"\xff" * (26 * 1024 * 1024))
    with pytest.raises(FileRefused) as refusal:
        inspect(large, "video.mp4")
    assert refusal.value.code == "too_large" and refusal.value.status == 413


def test_a_place_may_take_less():
    refused(hostile.pdf(), "unknown", limits=Limits(kinds=frozenset({"image"})))
    refused(hostile.picture(), "too_large", limits=Limits(max_bytes=1000))


def test_the_place_the_author_and_the_comment_of_a_photo_are_gone_and_it_stands_upright():
    accepted, kept = taken(hostile.photo_with_place())
    image = Image.open(io.BytesIO(kept))
    assert (accepted.width, accepted.height) == image.size == (480, 640)
    assert not image.getexif() and not ({"exif", "comment", "icc_profile", "xmp"} & set(image.info))
    assert b"Maria" not in kept and b"segredo" not in kept and b"Exif" not in kept
    top, bottom = image.getpixel((240, 20)), image.getpixel((240, 620))
    assert top[0] > 200 > 60 > top[2] and bottom[2] > 200 > 60 > bottom[0]
    small = Image.open(io.BytesIO(accepted.thumbnail))
    assert small.format == "WEBP" and small.size == (360, 480)


def test_a_colour_profile_is_applied_and_dropped_and_transparency_stays():
    _accepted, kept = taken(hostile.picture_with_profile())
    assert "icc_profile" not in Image.open(io.BytesIO(kept)).info
    out = io.BytesIO()
    Image.new("RGBA", (50, 50), (255, 0, 0, 128)).save(out, "PNG")
    _accepted, kept = taken(out.getvalue())
    assert Image.open(io.BytesIO(kept)).getpixel((5, 5)) == (255, 0, 0, 128)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "CMYK"])
def test_every_kind_of_pixels_is_read(mode):
    out = io.BytesIO()
    Image.new(mode, (40, 30)).save(out, "JPEG" if mode == "CMYK" else "PNG")
    accepted, _kept = taken(out.getvalue())
    assert (accepted.width, accepted.height) == (40, 30)


@pytest.mark.parametrize("real", [True, False])
def test_a_hundred_megapixels_are_refused_by_the_header_alone(real, monkeypatch):
    def decoding(_image):
        raise MemoryError

    monkeypatch.setattr(ImageFile.ImageFile, "load", decoding)
    refused(hostile.png(10_000, 10_000, real=real), "too_many_pixels")
    refused(hostile.png(60_000, 60_000, real=False), "too_many_pixels")


def test_a_large_photo_is_kept_smaller():
    accepted, _kept = taken(hostile.picture("JPEG", (7000, 6000)))
    assert (accepted.width, accepted.height) == (4096, 3511)


def test_a_photo_that_arrived_by_half_is_said_to_be_incomplete():
    whole = hostile.picture("JPEG", (1200, 900))
    for part in (0.1, 0.5, 0.9):
        refused(whole[: int(len(whole) * part)], "damaged")


def test_nothing_hides_behind_a_picture():
    hidden = hostile.archive({"evil.html": hostile.SVG})
    for form in ("JPEG", "PNG", "GIF", "WEBP"):
        _accepted, kept = taken(hostile.picture(form) + hidden + b"<script>alert(1)</script>")
        assert b"PK\x03\x04" not in kept and b"<script" not in kept
        assert not zipfile.is_zipfile(io.BytesIO(kept))


def test_a_video_forgets_where_it_was_taken_and_keeps_its_pictures():
    original = hostile.video()
    accepted, kept = taken(original)
    assert b"+23.5505" not in kept and b"Maria" not in kept and b"\xa9xyz" not in kept
    assert kept[-708:] == original[-708:] and accepted.size == len(original)


@settings(max_examples=300)
@given(st.sampled_from(["JPEG", "PNG", "GIF", "WEBP", "video", "docx"]), st.data())
def test_a_file_with_any_bytes_changed_is_taken_or_refused_and_never_breaks_us(form, data):
    content = bytearray(
        hostile.video() if form == "video" else hostile.docx() if form == "docx" else hostile.picture(form, (32, 32))
    )
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        taken(bytes(content))
    except FileRefused as refusal:
        assert refusal.code in SENTENCES


def test_pdf_pages_stay_and_their_author_goes():
    _accepted, kept = taken(hostile.pdf())
    assert b"Maria" not in kept
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        assert len(pdf.pages) == 1 and "/Info" not in pdf.trailer


@pytest.mark.parametrize("trick", ["script", "launch", "attachment"])
def test_a_pdf_with_teeth_loses_them(trick):
    _accepted, kept = taken(hostile.pdf(**{trick: True}))
    with pikepdf.open(io.BytesIO(kept)) as pdf:
        plain = b"".join(one.unparse(resolved=True) for one in pdf.objects)
        assert len(pdf.pages) == 1 and not len(pdf.attachments)
    for tooth in (b"EVIL", b"/JavaScript", b"/JS", b"/Launch", b"/EmbeddedFile", b"/OpenAction"):
        assert tooth not in plain and tooth not in kept


def test_a_signed_pdf_keeps_every_byte_or_is_refused():
    signed = hostile.pdf(signature=True)
    assert taken(signed)[1] == signed
    refused(hostile.pdf(signature=True, script=True), "pdf_active")
    refused(signed + hostile.archive({"x": b"x" * 5000}) + b" " * 2000, "pdf_active")


def test_a_locked_pdf_says_so():
    refused(hostile.pdf(password=True), "pdf_locked")


def test_a_name_is_only_a_name():
    assert safe_name("../../etc/passwd", "pdf") == "passwd.pdf"
    assert safe_name("C:\\fotos\\árvore caída.JPG", "jpg") == "árvore caída.jpg"
    assert safe_name("foto.php.jpg", "png") == "foto.php.png"
    assert safe_name("\u202egpj.exe\0\r\nX: y", "jpg") == "gpj.jpg"
    assert safe_name("", "pdf") == safe_name("...", "pdf") == "file.pdf"
    assert safe_name(".htaccess", "pdf") == "htaccess.pdf"
    assert safe_name('a"b;c%0a.jpg', "jpg") == "a b c 0a.jpg"
    assert len(safe_name("x" * 500, "jpg")) == 84
