"""Documents, phones and e-mails as people type them; a refusal says what to write instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.pt import nif as pt_nif

from balcao.citizens import identifiers as ids
from balcao.citizens.identifiers import InvalidIdentifier
from balcao.dialogue.errors import Invalid as InvalidAnswer
from balcao.dialogue.messages import MESSAGES
from balcao.dialogue.written import format_document, format_phone, guess

bodies = st.text("0123456789", min_size=9, max_size=9).filter(lambda digits: len(set(digits)) > 1)


def check_digits(body):
    """Receita Federal's rule, written out."""
    for weights in (range(10, 1, -1), range(11, 1, -1)):
        rest = sum(int(d) * w for d, w in zip(body, weights, strict=True)) * 10 % 11
        body += str(rest % 10)
    return body[9:]


def refused(check, text, code):
    with pytest.raises(InvalidIdentifier) as refusal:
        check(text)
    assert refusal.value.code == code and code in MESSAGES
    assert len(str(refusal.value)) > 30 and refusal.value.log == code
    return str(refusal.value)


@pytest.mark.parametrize("typed", ["529.982.247-25", "52998224725", " 529 982 247 25 ", "５２９.982.247–25"])
def test_a_cpf_however_it_is_typed(typed):
    assert ids.cpf(typed) == "52998224725"


@pytest.mark.parametrize("digit", "0123456789")
def test_a_repeated_digit_is_no_cpf_although_it_adds_up(digit):
    assert check_digits(digit * 9) == digit * 2
    refused(ids.cpf, digit * 11, "cpf_invalid")
    refused(ids.cnpj, digit * 14, "cnpj_invalid")
    refused(ids.nif, digit * 9, "nif_invalid")


@given(bodies, st.text("0123456789", min_size=2, max_size=2))
def test_a_cpf_passes_with_its_own_check_digits_and_no_others(body, ending):
    """Not every single wrong digit is noticed (238.131.905-01 and 138.131.905-01 both do): the rule is Receita's."""
    right = body + check_digits(body)
    assert ids.cpf(right) == right == ids.cpf(format_document(right))
    if body + ending != right:
        refused(ids.cpf, body + ending, "cpf_invalid")


def test_a_cnpj_old_and_new():
    assert ids.cnpj("11.222.333/0001-81") == "11222333000181"
    assert ids.cnpj("12.abc.345/01de-35") == "12ABC34501DE35"
    assert format_document("12ABC34501DE35") == "12.ABC.345/01DE-35"
    refused(ids.cnpj, "12.ABC.345/01DE-36", "cnpj_invalid")
    refused(ids.cnpj, "11.222.333/0001-8", "cnpj_invalid")
    refused(ids.cnpj, "00.000.000/0000-00", "cnpj_invalid")


@given(st.text("0123456789", min_size=8, max_size=8))
def test_a_nif_has_a_known_beginning_and_a_check_digit(body):
    number = body + pt_nif.calc_check_digit(body)
    known = body[0] in "1235689" or body[:2] in {"45", "70", "71", "72", "74", "75", "77", "78", "79"}
    if known and len(set(number)) > 1:
        assert ids.nif(f"PT {number}") == number
    else:
        refused(ids.nif, number, "nif_invalid")


def test_a_document_is_recognised_by_its_form():
    assert guess("529.982.247-25") == "cpf" and guess("PT123456789") == "nif"
    assert guess("12.ABC.345/01DE-35") == "cnpj" and guess("12") is None and guess("🌳") is None
    assert ids.document("529.982.247-25") == "52998224725"
    refused(ids.document, "1234", "document_invalid")


def test_what_is_shown_is_enough_to_recognise_ones_own():
    assert ids.mask_document("52998224725") == "***.982.247-**"
    assert ids.mask_document("123456789") == "*** 456 ***"
    assert ids.mask_document("11222333000181") == "11.222.333/0001-81"
    assert ids.mask_document("passport") == "********"
    assert ids.mask_phone("+5511987654321") == "•••• 4321"
    assert ids.mask_email("ana.silva@example.org") == "a•••@example.org"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("(11) 98765-4321", "+5511987654321"),
        ("011 98765 4321", "+5511987654321"),
        ("+55 11 98765-4321", "+5511987654321"),
        ("(11) 3333-4444", "+551133334444"),
        ("+351 912 345 678", "+351912345678"),
    ],
)
def test_a_phone_in_brazil(typed, kept):
    assert ids.phone(typed) == kept


def test_a_mobile_without_its_ninth_digit_learns_where_it_goes():
    for typed in ("(11) 8765-4321", "+55 11 8765 4321", "1187654321"):
        assert "9" in refused(ids.phone, typed, "phone_ninth_digit")


def test_other_phones_are_told_what_their_country_writes():
    assert "(11)" in refused(ids.phone, "98765-4321", "phone_invalid")
    assert "912" in refused(ids.phone_pt, "12345", "phone_invalid")
    assert "+34" in refused(ids.phone, "+34 12", "phone_invalid")
    for nonsense in ("", "abc", "\0", "+", "9" * 300):
        refused(ids.phone, nonsense, "phone_invalid")
    assert ids.phone_pt("912 345 678") == "+351912345678"
    assert format_phone("+5511987654321") == "(11) 98765-4321" and format_phone("+34612345678").startswith("+34")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Ana.Silva@Example.ORG ", "Ana.Silva@example.org"),
        ("ana+156@câmara.sp.gov.br", "ana+156@xn--cmara-3qa.sp.gov.br"),
        ("<ana@example.org.>", "ana@example.org"),
    ],
)
def test_an_email_is_kept_as_servers_take_it(typed, kept):
    assert ids.email(typed) == kept
    assert ids.email_key(kept) == kept.lower()


BAD_EMAILS = [
    *("", "ana", "ana@", "@example.org", "ana@example", "ana@@example.org", "a b@example.org", "ana@exa mple.org"),
    *("ána@example.org", "ana@127.0.0.1", "ana@-x.org", "ana\n@example.org", ".a@example.org", "ana@.."),
    *(f"{'a' * 65}@example.org", "ana@example.org\r\nBcc: x@example.org", f"ana@{'a' * 64}.org", "ana@example..org"),
]


@pytest.mark.parametrize("typed", BAD_EMAILS)
def test_what_no_server_takes_is_refused(typed):
    refused(ids.email, typed, "email_invalid")


@given(st.text(), st.sampled_from(sorted(ids.VALIDATORS)))
def test_any_text_gets_a_kept_form_or_a_sentence(text, name):
    try:
        kept = ids.VALIDATORS[name](text)
    except InvalidIdentifier as refusal:
        assert str(refusal)
    else:
        assert ids.VALIDATORS[name](kept) == kept


def test_the_interview_gets_the_same_checks_with_its_own_refusal():
    checks = ids.for_dialogue("PT")
    assert checks["phone"]("912 345 678") == "+351912345678"
    with pytest.raises(InvalidAnswer) as refusal:
        checks["cpf"]("111.111.111-11")
    assert refusal.value.code == "cpf_invalid"
