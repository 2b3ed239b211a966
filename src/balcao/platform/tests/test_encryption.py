"""What is encrypted opens again, whichever release and whichever key of the list wrote it, and no other text does."""

import base64
import string

import pytest
from cryptography.fernet import Fernet
from django.test import override_settings
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform import crypto

SAID = "Conceição, 529.982.247-25"
#: What each form made of it under "a key of before". Neither may ever stop opening: backups are kept for years.
KEPT = {
    "fernet": "gAAAAABrBIyfCDT5Q5dw87guHYwHw2xqNKVz9khwc3UnUZ8GEqwJ9QLmZLZKKhZtzod-EgpyPA4i-lJ4gR9_MC0Z6kxauf17OHptESi"
    "wUvnnzVzho_CcO9U=",
    "aes-256-gcm-siv": "2.+TDljNJvib6LzlODOrHVCoVNCfL9c+vh7tc5LcXM7IHhcgJr6h5+Zd1S4v1PnBpOUTTKsGx+S1vP7G5dZQ==",
}
words = st.text(st.characters(exclude_categories=["Cs"]))  # no lone surrogate: PostgreSQL keeps none either
keys = st.lists(st.text(string.ascii_letters, min_size=1), min_size=1, max_size=4, unique=True)


def by_fernet(text, key):
    """As the releases before wrote it."""
    box = Fernet(base64.urlsafe_b64encode(crypto.derived_key(key, "field")))
    return box.encrypt(text.encode()).decode()


def by(key):
    return override_settings(BALCAO_FIELD_KEYS=[key])


@pytest.mark.parametrize("form", KEPT)
def test_what_an_earlier_release_wrote_still_opens(form, settings):
    settings.BALCAO_FIELD_KEYS = ["a key", "a key of before"]
    assert crypto.is_encrypted(KEPT[form])
    assert crypto.decrypt(KEPT[form]) == SAID and not crypto.is_under_first_key(KEPT[form])
    settings.BALCAO_FIELD_KEYS = ["a key of before", "a key"]
    assert crypto.is_under_first_key(KEPT[form])
    settings.BALCAO_FIELD_KEYS = ["a key"]
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(KEPT[form])


@given(words, keys, st.data())
def test_any_text_opens_with_any_key_of_the_list_and_with_no_other(text, ring, data):
    mine = data.draw(st.sampled_from(ring))
    with by(mine):
        tokens = crypto.encrypt(text), by_fernet(text, mine)
    assert all(crypto.is_encrypted(token) for token in tokens)
    with override_settings(BALCAO_FIELD_KEYS=ring):
        for token in tokens:
            assert crypto.decrypt(token) == text
            assert crypto.is_under_first_key(token) is (mine == ring[0])
    with override_settings(BALCAO_FIELD_KEYS=[key for key in ring if key != mine] or ["another, of none"]):
        for token in tokens:
            assert not crypto.is_under_first_key(token)
            with pytest.raises(crypto.Unreadable):
                crypto.decrypt(token)


@given(words)
def test_the_same_text_never_looks_the_same_and_shows_only_its_length(text):
    one, other = crypto.encrypt(text), crypto.encrypt(text)
    assert one != other and len(one) == len(other)
    assert one[:10] == other[:10], "which key it was"
    assert one.isascii() and set(one) <= set(string.ascii_letters + string.digits + "+/=.")


@given(words, st.booleans(), st.data())
def test_a_text_that_somebody_touched_does_not_open(text, old, data):
    with by("key"):
        token = by_fernet(text, "key") if old else crypto.encrypt(text)
        octets = bytearray(base64.urlsafe_b64decode(token) if old else base64.b64decode(token[10:]))
        place = data.draw(st.integers(0, len(octets) - 1))
        octets[place] ^= data.draw(st.integers(1, 255))
        cut = data.draw(st.integers(0, len(octets) - 1))
        for wrong in (octets, octets[:cut], octets + b"0"):
            touched = base64.urlsafe_b64encode(wrong).decode() if old else token[:10] + base64.b64encode(wrong).decode()
            refused(touched)


@given(words, words, st.data())
def test_nothing_is_read_into_what_stands_around_a_text(text, more, data):
    with by("key"):
        token = crypto.encrypt(text)
        place = data.draw(st.integers(0, len(token)))
        if more:
            refused(token[:place] + more + token[place:])
        refused(token[: min(place, len(token) - 1)])
        refused(more)


def refused(token):
    assert not crypto.is_under_first_key(token)
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(token)
