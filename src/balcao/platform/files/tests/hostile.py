"""Real hostile and harmless files, made here byte by byte or by the libraries that would read them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pikepdf
from PIL import Image, ImageCms

PROGRAM = b"MZ\x90\0" + b"\0" * 56 + b"\x80\0\0\0" + b"This program cannot be run in DOS mode." * 20
SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ODT = "application/vnd.oasis.opendocument.text"


def picture(form: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    image = Image.linear_gradient("L").resize(size).convert("RGB")
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def photo_with_place() -> bytes:
    """A sideways photo that knows where and by whom it was taken: red on the left, which upright is the top."""
    image = Image.new("RGB", (640, 480), "blue")
    image.paste("red", (0, 0, 320, 480))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to see it upright
    exif[0x013B] = "Maria da Silva"
    exif.get_ifd(0x8825).update({1: "S", 2: (23.0, 33.0, 1.5), 3: "W", 4: (46.0, 38.0, 2.5)})
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif, comment=b"segredo-no-comentario", quality=95)
    return out.getvalue()


def picture_with_profile() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return picture("PNG", icc_profile=profile)


def png(width: int, height: int, *, real: bool) -> bytes:
    """A grey PNG. `real`: with all its rows (which pack a thousandfold); else it ends where they would begin."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    if not real:
        content += struct.pack(">I4s", 1_000_000, b"IDAT")
    else:
        packer = zlib.compressobj(9)
        rows = b"".join(packer.compress(b"\0" * (width + 1)) for _ in range(height)) + packer.flush()
        content += chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return content


def archive(parts: dict[str, bytes], *, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
        made.comment = comment
    return out.getvalue()


def docx(more: dict[str, bytes] | None = None) -> bytes:
    types = f'<Types><Override PartName="/word/document.xml" ContentType="{WORD}"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), "word/document.xml": b"<w:document/>", **(more or {})})


def xlsx(more: dict[str, bytes] | None = None) -> bytes:
    types = f'<Types><Override PartName="/xl/workbook.xml" ContentType="{EXCEL}"/></Types>'
    return archive({"[Content_Types].xml": types.encode(), "xl/workbook.xml": b"<workbook/>", **(more or {})})


def odt(more: dict[str, bytes] | None = None) -> bytes:
    return archive({"mimetype": ODT.encode(), "content.xml": b"<office/>", **(more or {})})


def many_entries(count: int) -> bytes:
    return archive({f"{number}.xml": b"" for number in range(count)})


def pdf(**what: bool) -> bytes:
    """One blank page and, as asked: script, launch, attachment, signature, password."""
    made = pikepdf.Pdf.new()
    made.add_blank_page(page_size=(300, 300))
    made.docinfo["/Author"] = "Maria da Silva"
    if what.get("script"):
        action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert('EVIL')"))
        made.Root.OpenAction = made.make_indirect(action)
        made.Root.Names = pikepdf.Dictionary(JavaScript=pikepdf.Dictionary(Names=[pikepdf.String("x"), action]))
    if what.get("launch"):
        link = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot,
            Subtype=pikepdf.Name.Link,
            Rect=[0, 0, 300, 300],
            A=pikepdf.Dictionary(S=pikepdf.Name.Launch, F=pikepdf.String("EVIL.exe")),
        )
        made.pages[0].Annots = pikepdf.Array([link])
    if what.get("attachment"):
        made.attachments["EVIL.exe"] = PROGRAM
    if what.get("signature"):
        made.Root.AcroForm = pikepdf.Dictionary(
            SigFlags=3,
            Fields=[made.make_indirect(pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=_signature()))],
        )
    out = io.BytesIO()
    made.save(out, encryption=pikepdf.Encryption(owner="o", user="u") if what.get("password") else False)
    return out.getvalue()


def _signature() -> pikepdf.Dictionary:
    return pikepdf.Dictionary(Type=pikepdf.Name.Sig, ByteRange=[0, 10, 20, 10], Contents=pikepdf.String("x"))


def box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def video(brand: bytes = b"isom", place: bytes = b"\xa9xyz+23.5505-046.6333/") -> bytes:
    track = box(b"trak", box(b"tkhd", b"\0" * 84) + box(b"meta", b"Maria"))
    moov = box(b"mvhd", b"\0" * 100) + track + box(b"udta", place)
    return box(b"ftyp", brand + b"\0\0\2\0isom") + box(b"moov", moov) + box(b"mdat", b"picture" * 100)


def mp3() -> bytes:
    return (b"\xff\xfb\x90\x00" + b"\0" * 413) * 5  # 128 kbit/s at 44.1 kHz: frames of 417 bytes


def ogg(comments: bytes = b"ARTIST=Maria da Silva", *, vorbis: bool = False, sound: bytes = b"sound" * 60) -> bytes:
    """A voice message: one stream, its comments, two pages of sound."""
    tags = struct.pack("<I", 8) + b"Telefone" + struct.pack("<II", 1, len(comments)) + comments
    if vorbis:
        first, second, third = b"\x01vorbis" + b"\0" * 23, b"\x03vorbis" + tags + b"\x01", b"\x05vorbis" + b"\0" * 40
    else:
        first, second, third = b"OpusHead" + b"\1\1" + b"\0" * 9, b"OpusTags" + tags, b""
    # as encoders do: a packet that is longer than a page goes on in the next one, and setup may share the last
    pages, at, left = [_page(2, 0, [first])], 1, second
    while len(left) >= 255 * 255:
        pages.append(_page(1 if at > 1 else 0, at, [left[: 255 * 255]], goes_on=True))
        at, left = at + 1, left[255 * 255 :]
    pages.append(_page(1 if at > 1 else 0, at, [left, third] if vorbis else [left]))
    return b"".join([*pages, _page(0, at + 1, [sound]), _page(4, at + 2, [sound])])


def element(name: int, content: bytes, *, live: bool = False) -> bytes:
    """One of EBML's; `live`: it does not say how long it is."""
    size = b"\x01" + b"\xff" * 7 if live else (1 << 28 | len(content)).to_bytes(4, "big")
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + size + content


def webm(codec: bytes = b"A_OPUS", kind: int = 2, doctype: bytes = b"webm", *, live: bool = True) -> bytes:
    """A voice message as Chrome on Android records it: segment and clusters without a length."""
    info = element(0x2AD7B1, b"\x0f\x42\x40") + element(0x4D80, b"Chrome") + element(0x5741, b"Telefone da Maria")
    track = element(0xD7, b"\1") + element(0x83, bytes([kind])) + element(0x86, codec) + element(0x536E, b"Maria")
    sound = element(0xE7, b"\0") + element(0xA3, b"\x81\0\0\x80" + b"sound" * 40)
    inside = element(0x1549A966, info) + element(0x1654AE6B, element(0xAE, track + element(0x63A2, b"OpusHead")))
    inside += element(0x1254C367, b"Rua das Flores, 20") + element(0x1F43B675, sound, live=live) * 2
    return element(0x1A45DFA3, element(0x4282, doctype)) + element(0x18538067, inside, live=live)


def _page(flags: int, number: int, packets: list[bytes], *, goes_on: bool = False) -> bytes:
    lacing = b"".join(b"\xff" * (len(p) // 255) + (b"" if goes_on else bytes([len(p) % 255])) for p in packets)
    head = struct.pack("<4sBBqII", b"OggS", 0, flags, 0, 7, number)
    rest = bytes([len(lacing)]) + lacing + b"".join(packets)
    return head + struct.pack("<I", ogg_crc(head + b"\0" * 4 + rest)) + rest


def ogg_crc(data: bytes) -> int:
    """RFC 3533 section 6, field 7, bit by bit: the division that the product's table shortens."""
    crc = 0
    for byte in data:
        for bit in range(7, -1, -1):
            top = (crc >> 31 ^ byte >> bit) & 1
            crc = (crc << 1 & 0xFFFFFFFF) ^ (0x04C11DB7 if top else 0)
    return crc
