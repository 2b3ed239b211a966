"""What people write, made safe without being made poorer."""

from hypothesis import given
from hypothesis import strategies as st

from balcao.platform.text import clean_text, has_words, sort_key


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
