"""What people write, made safe without being made poorer."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform.text import RICH_SCHEMES, RICH_TAGS, _stays, clean_text, has_words, rich_text, sort_key


def test_it_keeps_what_means_something():
    assert clean_text("  Olá,\r\n\r\n\r\n\r\nárvore caída 👨‍👩‍👧 na Rua A\u0301gua\t!  ") == (
        "Olá,\n\nárvore caída 👨‍👩‍👧 na Rua Água !"
    )
    assert clean_text("uma\nlinha  só", one_line=True) == "uma linha só"


def test_it_drops_what_deceives_or_breaks():
    assert clean_text("a\0b\x07c\u202egpj.exe\ufeff\u200b\ud800") == "abcgpj.exe"


@given(st.text())
def test_cleaning_twice_is_cleaning_once_and_postgresql_takes_it(text):
    once = clean_text(text)
    assert clean_text(once) == once
    assert "\0" not in once
    once.encode()


def test_what_prints_needs_no_look_at_each_character():
    assert all(_stays(c) for c in map(chr, range(0x110000)) if c.isprintable())


def test_an_emoji_tells_nobody_what_happened():
    assert not has_words("🌳🌳 !!") and has_words("árvore") and has_words("123")


def test_names_sort_as_people_expect():
    assert sorted(["Zélia", "Água", "agosto", "Ávila", "Bruno"], key=sort_key) == [
        "agosto",
        "Água",
        "Ávila",
        "Bruno",
        "Zélia",
    ]


class Seen(HTMLParser):
    """What a browser would make of it."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.words = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.words += data


def harmless(html):
    seen = Seen(html)
    assert set(seen.tags) <= RICH_TAGS, html
    for name, value in seen.attributes:
        assert name in {"href", "rel", "start"}, html
        assert name != "href" or value.lower().startswith(RICH_SCHEMES), html
    return seen


def test_staff_write_light_markdown():
    html = rich_text("Leve **RG** e *CPF*.\nE uma [foto](https://vila.example/f).\n\n- um\n- dois\n\n3. c\n4. d")
    assert "<strong>RG</strong>" in html and "<em>CPF</em>" in html and "<br>" in html
    assert '<a href="https://vila.example/f" rel="noopener nofollow">foto</a>' in html
    assert "<ul>\n<li>um</li>" in html and '<ol start="3">' in html


def test_plain_text_stays_what_it_was():
    assert rich_text("Lei 13.460/2017, art. 7º\n# 2 cópias & 1 foto, R$ 5 < R$ 6") == (
        "<p>Lei 13.460/2017, art. 7º<br>\n# 2 cópias &amp; 1 foto, R$ 5 &lt; R$ 6</p>\n"
    )
    assert rich_text("") == ""


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](//evil.example)",
    "[a](vbscript:x)",
    "<javascript:alert(1)>",
    '[a](https://x.example "onmouseover=alert(1)")',
    '[a](https://x.example/"onclick="alert(1))',
    "![x](https://x.example/p.png)",
    "<svg/onload=alert(1)>",
    "<a href='javascript:1'>",
    "**<b onclick=x>**",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_hostile_leaves(hostile):
    seen = harmless(rich_text(hostile))
    assert not {"script", "img", "svg"} & set(seen.tags)
    assert not any(value and value.lower().startswith(("javascript", "data", "//")) for _name, value in seen.attributes)


@given(st.lists(st.one_of(st.sampled_from([*HOSTILE, "[", "](", ")", "<", ">", "\n- ", "1. ", "**", "`"]), st.text())))
def test_no_mixture_of_it_leaves_either(parts):
    harmless(rich_text("".join(parts)))
