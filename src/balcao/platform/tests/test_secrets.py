"""Access codes, encrypted fields and keyed hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from balcao.platform import access_codes, crypto


def test_a_code_has_no_look_alikes_and_fifty_five_bits():
    codes = {access_codes.new_code() for _ in range(2000)}
    assert len(codes) == 2000
    assert not set("".join(codes)) & set("ILOUilou")
    assert all(len(code) * 5 == 55 for code in codes)


def test_it_opens_however_it_was_copied_from_paper():
    code = "7K3M9QXA0B1"
    kept = access_codes.code_hash(code)
    assert access_codes.format_code(code) == "7K3M-9QXA-0B1"
    for typed in ("7K3M-9QXA-0B1", "7k3m 9qxa 0b1", " 7K3M9QXAOBl ", "7k3m–9qxa–obI"):
        assert access_codes.code_matches(typed, kept)
    assert access_codes.code_matches(code, memoryview(kept))


@given(st.text())
def test_nothing_else_opens_it(typed):
    code = "7K3M9QXA0B1"
    right = access_codes.normalise_code(typed) == code
    assert access_codes.code_matches(typed, access_codes.code_hash(code)) is right


def test_a_case_without_a_code_opens_to_nobody():
    for nothing in ("", "0" * 11, "\0" * 11):
        assert not access_codes.code_matches(nothing, None)
        assert not access_codes.code_matches(nothing, b"")


def test_a_field_survives_the_rotation_of_its_key_and_not_its_loss(settings):
    settings.BALCAO_FIELD_KEYS = ["old"]
    kept = crypto.encrypt("529.982.247-25")
    assert "529" not in kept and kept != crypto.encrypt("529.982.247-25")
    settings.BALCAO_FIELD_KEYS = ["new", "old"]
    assert crypto.decrypt(kept) == "529.982.247-25"
    renewed = crypto.encrypt(crypto.decrypt(kept))
    settings.BALCAO_FIELD_KEYS = ["new"]
    assert crypto.decrypt(renewed) == "529.982.247-25"
    with pytest.raises(crypto.Unreadable):
        crypto.decrypt(kept)


def test_the_field_is_opaque_to_the_database_and_refuses_to_be_searched():
    field = crypto.EncryptedTextField()
    kept = field.get_prep_value("Maria")
    assert "Maria" not in kept and field.from_db_value(kept, None, None) == "Maria"
    assert field.get_prep_value("") == "" and field.get_prep_value(None) is None
    assert field.get_lookup("isnull")
    for lookup in ("exact", "contains", "in"):
        with pytest.raises(TypeError):
            field.get_lookup(lookup)


def test_a_hash_depends_on_value_purpose_and_key(settings):
    one = crypto.keyed_hash("52998224725", "document")
    assert len(one) == 32 and one == crypto.keyed_hash(b"52998224725", "document")
    assert one != crypto.keyed_hash("52998224725", "contact")
    assert one != crypto.keyed_hash("52998224726", "document")
    settings.SECRET_KEY = "another"
    assert one != crypto.keyed_hash("52998224725", "document")
