"""Everything that people read exists in both kinds of Portuguese, says the same, and is dated as people date things.

The words are collected here with Django's own template reader and Babel, which find what `makemessages` finds without
the system's gettext. When this fails: `make makemessages`, translate what is empty, commit.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path

import allauth
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.pofile import read_po
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation.template import templatize

from balcao.web.templatetags.web import languages

HOUSE = Path(settings.BASE)
LANGUAGES = ["pt_BR", "pt_PT"]
CALLS = ["_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"]
# Words of Brazil, its gerund and its circumflex; then the spelling that both countries gave up in 1990.
BRAZILIAN = (
    r"você vocês arquivos? telas? celular(?:es)? equipes? cadastr\w+ registros? registrad[oa]s? contatos? contatar "
    r"usuári[oa]s? salvar salve deletar planejad[oa]s? gerenciar desabilit\w+ habilit\w+ aplicativos? baixar ônibus "
    r"est(?:ou|á|ão|amos)\s\w+[aei]ndo \w*(?:ôni|ômi|êmi)\w+ "
    r"\w*[aeo]cç(?:ão|ões) actu\w+ activ(?:[oa]s?|ar|ad[oa]s?|idades?) "
    r"projecto\w* objecto\w* direct[oa]\w* correct[oa]\w* factor(?:es)?"
)
BLANK = re.compile(r"%\(\w+\)[a-z]|%[sd%]|\{\w*\}|</?\w+[^>]*>|&\w+;")


def catalog(language: str) -> Catalog:
    with (HOUSE / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as source:
        return read_po(source)


def messages(language: str) -> list[Message]:
    return [message for message in catalog(language) if message.id]


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def ids(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def words_of_the_code() -> Iterator[tuple[str, str, str]]:
    """(file, context, English) of everything that is marked for translation."""
    for path in sorted(HOUSE.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or {"frontend", "tests", "static"} & set(path.parts):
            continue
        text = path.read_text("utf-8")
        if path.suffix == ".py":
            found = extract_python(BytesIO(text.encode()), CALLS, [], {"encoding": "utf-8"})
        else:
            found = extract_javascript(BytesIO(templatize(text, origin=str(path)).encode()), CALLS, [], {})
        for _line, call, said, _comments in found:
            said = said if isinstance(said, tuple) else (said,)
            context = said[0] if call and call.startswith("pgettext") else ""
            english = said[1] if context else said[0]
            if english:
                yield str(path.relative_to(HOUSE)), context, english


def test_the_files_hold_what_the_code_says_and_nothing_else():
    code = {(context, english): where for where, context, english in words_of_the_code()}
    assert len(code) > 900, "the reader of the code finds too little"
    for language in LANGUAGES:
        known = {(message.context or "", ids(message)[0]) for message in messages(language)}
        assert {code[words]: words for words in code.keys() - known} == {}, f"{language}: run `make makemessages`"
        assert known - code.keys() == set(), f"{language}: gone from the code, run `make makemessages`"


def test_no_word_hides_from_the_translators():
    """Neither the extractor nor gettext sees a call by another name, or one inside an f-string."""
    hidden = re.compile(r"gettext\w* as (?!_\b)\w+|def N_\(|\{ ?(?:_|n?gettext)\(")
    code = (p for p in HOUSE.rglob("*.py") if "tests" not in p.parts)
    assert [f"{p.relative_to(HOUSE)}: {m}" for p in code for m in hidden.findall(p.read_text("utf-8"))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_left_in_english_or_in_doubt(language):
    assert [m.id for m in messages(language) if m.fuzzy or not all(strings(m))] == []
    assert not catalog(language).fuzzy


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_same_blanks_to_fill_in(language):
    """A lost `%(day)s` is a lost date; a foreign one is a page that cannot be shown."""
    for message in messages(language):
        english, ours = ids(message), strings(message)
        assert len(ours) == len(english), message.id
        for number, sentence in enumerate(ours):
            # “One more person” may leave the number out where the English singular does, or say it.
            allowed = [sorted(BLANK.findall(form)) for form in (english if number == 0 else english[-1:])]
            assert sorted(BLANK.findall(sentence)) in allowed, (message.id, sentence)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_end_and_begin_as_in_english(language):
    for message in messages(language):
        for english, ours in zip(ids(message), strings(message), strict=True):
            assert english.startswith(" ") == ours.startswith(" "), ours
            assert english.endswith(" ") == ours.endswith(" "), ours
            assert (english.strip()[-1] in ".?!…:") == (ours.strip()[-1] in ".?!…:"), (english, ours)


def test_each_country_speaks_its_own_portuguese():
    """Words that give away the other side of the ocean."""
    foreign = {
        "pt_BR": "ficheiros? ecrã telemóvel palavra-passe equipa registo contactos? utilizador morada facto guardámos",
        "pt_PT": f"{BRAZILIAN} senhas? fotos? protocolos?",
    }
    for language, words in foreign.items():
        pattern = re.compile(rf"\b({'|'.join(words.split())})\b", re.IGNORECASE)
        found = {s for m in messages(language) for s in strings(m) if pattern.search(s)}
        assert found == set(), language


@pytest.mark.parametrize(("code", "words"), [("pt-br", "utilizador ecrã palavra-passe equipa"), ("pt-pt", BRAZILIAN)])
def test_allauths_pages_speak_it_too(code, words):
    """As Django shows them: allauth's catalogue under our `console/allauth_words`."""
    foreign = re.compile(rf"\b({'|'.join(words.split())})\b", re.IGNORECASE)
    source = Path(allauth.__file__).parent / "locale" / code.replace("-br", "_BR").replace("-pt", "_PT")
    shown = []
    with translation.override(code), (source / "LC_MESSAGES" / "django.po").open("rb") as file:
        for message in read_po(file):
            rooms = [set(place.split("/")) for place, _line in message.locations]
            if message.id and not all({"socialaccount", "idp"} & room for room in rooms):  # we have neither
                shown += (
                    [translation.ngettext(*message.id, n) for n in (1, 2)]
                    if message.pluralizable
                    else [translation.pgettext(message.context, message.id) if message.context else _(message.id)]
                )
    assert len(shown) > 250
    assert {said for said in shown if foreign.search(said)} == set()


def test_what_we_say_instead_of_allauth_is_still_asked_for():
    """A sentence that allauth no longer has would stay behind unseen, and its new wording untranslated."""
    for language in LANGUAGES:
        theirs = Path(allauth.__file__).parent / "locale" / language / "LC_MESSAGES" / "django.po"
        ours = HOUSE / "console" / "allauth_words" / language / "LC_MESSAGES" / "django.po"
        with theirs.open("rb") as source, ours.open("rb") as instead:
            known = {message.id for message in read_po(source)}
            for message in read_po(instead):
                assert message.id in known
                for english, said in zip(ids(message), strings(message), strict=True):
                    assert not message.id or sorted(BLANK.findall(english)) == sorted(BLANK.findall(said)), said


@pytest.mark.parametrize(("code", "tag"), [("pt-br", "pt-BR"), ("pt-pt", "pt-PT"), ("en", "en")])
def test_a_page_names_its_language(code, tag):
    with translation.override(code):
        assert f'<html lang="{tag}"' in render_to_string("web/base.html")


def test_each_language_is_named_in_itself():
    with translation.override("pt-pt"):
        assert [name for _code, name in languages()] == ["Português (Brasil)", "Português (Portugal)", "English"]


@pytest.mark.parametrize(
    ("code", "day", "moment", "weekday", "number"),
    [
        ("pt-br", "17 de março de 2026", "17/03/2026 14:05", "terça-feira", "12.345,5"),
        ("pt-pt", "17 de março de 2026", "17/03/2026 14:05", "terça-feira", "12.345,5"),
        ("en", "17 March 2026", "17/03/2026 14:05", "Tuesday", "12,345.5"),
    ],
)
def test_dates_and_numbers_are_written_as_people_write_them(code, day, moment, weekday, number):
    then = datetime(2026, 3, 17, 14, 5)
    with translation.override(code):
        assert formats.date_format(then.date(), "DATE_FORMAT") == day
        assert formats.date_format(then, "SHORT_DATETIME_FORMAT") == moment
        assert formats.date_format(then, "l") == weekday
        assert formats.number_format(12345.5, force_grouping=True) == number


def test_a_date_typed_by_hand_is_day_first_in_every_language():
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            reads = [
                datetime.strptime("03/04/2026", f).date()
                for f in formats.get_format("DATE_INPUT_FORMATS")
                if "/%Y" in f
            ]
            assert reads[:1] == [date(2026, 4, 3)], code
