"""What people do on our pages, in the words of the pages themselves: `say` looks a sentence up in the translations."""

from __future__ import annotations

import io
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf
from django.utils import translation
from django.utils.translation import gettext
from PIL import Image

from balcao.config.demo.documents import document
from tests.conftest import look

NAMES = iter(range(1_000_000))


def say(sentence: str) -> str:
    """How the product says this English sentence to somebody in Brazil."""
    with translation.override("pt-br"):
        return gettext(sentence)


def press(page: Any, sentence: str) -> None:
    """The button (or the link that looks like one) with these words."""
    name = re.compile(r"^\s*" + re.escape(say(sentence)), re.IGNORECASE)
    here = page.locator("main, dialog")
    here.get_by_role("button", name=name).or_(here.get_by_role("link", name=name)).first.click()


def at(page: Any, pattern: str) -> None:
    """Arrived at an address that matches."""
    page.wait_for_url(re.compile(pattern))
    page.wait_for_load_state()


def mailbox(who: str) -> str:
    """An address of a domain that is not reserved, so that the product really writes to it."""
    return f"{who}.{time.monotonic_ns()}@correio.vila-serena.org"


def photo(folder: Path, name: str, colour: str = "saddlebrown") -> Path:
    """A JPEG as a telephone makes it: turned by its EXIF, with the place where it was taken."""
    image, exif = Image.new("RGB", (640, 480), colour), Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Telefone da Lurdes"
    exif.get_ifd(0x8825).update({1: "S", 2: (22.0, 8.0, 52.8), 3: "W", 4: (48.0, 36.0, 43.2)})
    image.save(folder / name, "JPEG", exif=exif)
    return folder / name


def hidden_data(content: bytes) -> dict[int, Any]:
    """What EXIF a picture still carries."""
    with Image.open(io.BytesIO(content)) as image:
        return dict(image.getexif()) | dict(image.getexif().get_ifd(0x8825))


@dataclass
class Receipt:
    protocol: str
    code: str
    url: str

    @property
    def digits(self) -> str:
        return re.sub(r"\D", "", self.protocol)


class Citizen:
    """Somebody who asks for something with their browser."""

    def __init__(self, page: Any, email: str = "", picture: str = "") -> None:
        self.page, self.email, self.picture = page, email, picture

    def _seen(self, name: str) -> None:
        if self.picture:
            look(self.page, f"{self.picture}-{name}")

    def go_on(self) -> None:
        before = self.page.url
        press(self.page, "Continue")
        self.page.wait_for_function("before => location.href !== before", arg=before)
        self.page.wait_for_load_state()

    def tree(self, words: str) -> None:
        """The service's own questions and the description."""
        at(self.page, r"/pedir/arvore/o-que/")
        choose(self.page, "porte", "grande")
        choose(self.page, "risco", "galho")
        choose(self.page, "fios", "no")
        self.page.fill("main [name=description]", words)
        self._seen("what")
        self.go_on()

    def where(self, street: str, number: str, *, pin: bool = False) -> None:
        at(self.page, "/onde/")
        self.page.fill("main [name='location.address']", street)
        self.page.fill("main [name='location.number']", number)
        if pin:
            self.page.wait_for_selector("[data-map-ready]", timeout=30_000)
            self.page.focus(".maplibregl-canvas")
            self.page.keyboard.press("ArrowDown")
            self.page.keyboard.press("ArrowRight")
            assert float(self.page.input_value("#id_location_lat")) < 0
            assert self.page.locator(".map-status").inner_text()
        self._seen("where")
        self.go_on()
        if self.page.url.endswith("/perto/"):
            self._seen("near")
            press(self.page, "None of these: go on")

    def files(self, *paths: Path) -> None:
        at(self.page, "/arquivos/")
        if paths:
            self.page.set_input_files("#id_files", list(paths))
        self._seen("files")
        self.go_on()

    def who(self, name: str) -> None:
        at(self.page, "/voce/")
        choose(self.page, "who", "identified")
        self.page.fill("main [name=who_name]", name)
        self.page.fill("main [name=who_document]", document("cpf", self.email))
        choose(self.page, "answer_by", "email")
        self.page.fill("main [name=who_email]", self.email)
        choose(self.page, "consent", "on")
        self._seen("who")
        self.go_on()

    def send(self) -> Receipt:
        at(self.page, "/revisar/")
        self._seen("review")
        press(self.page, "Send")
        return self.receipt()

    def receipt(self) -> Receipt:
        at(self.page, "/pedir/recebido/")
        self._seen("received")
        return Receipt(
            self.page.locator("[data-protocol]").inner_text().strip(),
            self.page.locator("[data-access-code]").inner_text().strip(),
            self.page.url,
        )

    def ask_for_a_tree(self, words: str, name: str = "Lurdes Moreira") -> Receipt:
        """The whole form in the shortest way."""
        self.page.goto("/pedir/arvore/")
        self.tree(words)
        self.where(f"Rua das Paineiras {next(NAMES)}", "10")
        self.files()
        self.who(name)
        return self.send()


def choose(page: Any, name: str, value: str) -> None:
    """Press the words beside a radio button or a box, as people do."""
    box = page.locator(f"main [name='{name}'][value='{value}']")
    page.locator(f"main label[for='{box.get_attribute('id')}']").first.click(force=True)
    assert box.is_checked(), f"{name}={value} did not take"


def follow(page: Any, receipt: Receipt) -> None:
    """Open the demand's page as its owner, also on a device that has never seen it."""
    page.goto("/acompanhar/")
    page.fill("main [name=protocol]", receipt.protocol)
    page.fill("main [name=code]", receipt.code)
    press(page, "Follow")
    at(page, rf"/acompanhar/{receipt.digits}/")


def pdf_words(content: bytes) -> str:
    """The text of a PDF, as a screen reader finds it: glyphs through each font's ToUnicode table."""
    assert content.startswith(b"%PDF")
    words = []
    with pikepdf.open(io.BytesIO(content)) as document:
        for page in document.pages:
            tables = {name: _table(font) for name, font in page.Resources.Font.items()}
            table: dict[bytes, str] = {}
            for operands, operator in pikepdf.parse_content_stream(page):
                if str(operator) == "Tf":
                    table = tables[str(operands[0])]
                elif str(operator) in ("Tj", "TJ"):
                    parts = operands[0] if str(operator) == "TJ" else operands
                    raw = b"".join(bytes(p) for p in parts if isinstance(p, pikepdf.String))
                    words.append("".join(table.get(raw[i : i + 2], "") for i in range(0, len(raw), 2)))
    return "".join(words)


def _table(font: Any) -> dict[bytes, str]:
    source = bytes(font.ToUnicode.read_bytes()).decode("latin-1")
    table: dict[bytes, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", source, re.DOTALL):
        for code, text in re.findall(r"<(\w+)>\s*<(\w+)>", block):
            table[bytes.fromhex(code)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", source, re.DOTALL):
        for first, last, text in re.findall(r"<(\w+)>\s*<(\w+)>\s*<(\w+)>", block):
            for n, code in enumerate(range(int(first, 16), int(last, 16) + 1)):
                table[code.to_bytes(2, "big")] = chr(int(text, 16) + n)
    return table
