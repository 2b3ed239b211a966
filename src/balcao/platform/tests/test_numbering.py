"""Protocol numbers never repeat, and a slip of the tongue is noticed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from hypothesis import assume, given
from hypothesis import strategies as st

from balcao.platform import numbering
from balcao.platform.numbering import (
    UnknownProtocol,
    build_protocol,
    completed,
    format_protocol,
    next_protocol,
    parse_protocol,
)

protocols = st.builds(build_protocol, st.integers(2000, 2199), st.integers(1, 9_999_999_999))


def test_it_is_written_in_groups_that_can_be_read_out():
    protocol = build_protocol(2026, 1234)
    assert protocol[:-2] == "20260001234" and len(protocol) == 13
    assert format_protocol(protocol) == f"2026.0001.234-{protocol[-2:]}"
    assert format_protocol(build_protocol(2026, 123_456_789))[:-3] == "2026.123.456.789"


@given(protocols, st.sampled_from(["", " ", ".", "-", " - ", "/"]))
def test_whatever_separators_people_type_it_is_the_same_number(protocol, separator):
    assert parse_protocol(f" {separator.join(protocol)} ") == protocol
    assert parse_protocol(format_protocol(protocol)) == protocol


@given(protocols, st.data())
def test_any_single_wrong_digit_is_noticed(protocol, data):
    place = data.draw(st.integers(0, len(protocol) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    assume(digit != protocol[place])
    with pytest.raises(UnknownProtocol):
        parse_protocol(protocol[:place] + digit + protocol[place + 1 :])


@given(protocols, st.data())
def test_any_two_swapped_neighbours_are_noticed(protocol, data):
    place = data.draw(st.integers(0, len(protocol) - 2))
    assume(protocol[place] != protocol[place + 1])
    swapped = protocol[:place] + protocol[place + 1] + protocol[place] + protocol[place + 2 :]
    with pytest.raises(UnknownProtocol):
        parse_protocol(swapped)


@given(st.text())
def test_any_other_text_is_refused_with_a_sentence(text):
    try:
        assert parse_protocol(text).isdecimal()
    except UnknownProtocol as refusal:
        assert "receipt" in str(refusal)


@given(st.integers(2000, 2199), st.integers(1, 99_999_999), st.sampled_from(["", " ", ".", "/", "-"]))
def test_a_number_without_its_check_digits_is_known_by_year_and_sequence(year, sequence, separator):
    whole = build_protocol(year, sequence)
    assert completed(f"{year}{separator}{sequence}") == completed(whole[:-2]) == completed(format_protocol(whole)[:-3])
    assert completed(whole[:-2]) == whole
    with pytest.raises(UnknownProtocol, match="two more digits"):
        parse_protocol(whole[:-2])


@pytest.mark.parametrize("text", ["2026", "2026 0", "1999 12", "2026 123456789", "Rua 2026", "", "20２６ x"])
def test_what_is_no_year_and_sequence_is_not_completed(text):
    assert completed(text) == ""


@pytest.fixture
def no_year(django_db_blocker):
    """2199 has no sequence before the test, nor after."""

    def drop():
        with connection.cursor() as cursor:
            cursor.execute("DROP SEQUENCE IF EXISTS protocol_2199")

    drop()
    yield 2199
    drop()


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_in_the_first_second_of_a_year_get_fifty_numbers(no_year):
    everybody = Barrier(50)

    def take(_):
        try:
            connection.ensure_connection()
            everybody.wait(30)
            with transaction.atomic():
                return [next_protocol(no_year) for _ in range(4)]
        finally:
            connection.close()

    with ThreadPoolExecutor(50) as pool:
        taken = [protocol for some in pool.map(take, range(50)) for protocol in some]
    assert len(set(taken)) == 200
    assert {parse_protocol(protocol) for protocol in taken} == set(taken)
    assert sorted(int(protocol[4:-2]) for protocol in taken) == list(range(1, 201))


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_takes_its_number_with_it_also_the_first_of_a_year(no_year):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        lost = next_protocol(no_year)
        raise ZeroDivisionError
    assert lost == build_protocol(no_year, 1)
    assert next_protocol(no_year) == build_protocol(no_year, 2)


@pytest.mark.django_db
def test_the_usual_number_costs_one_statement(django_assert_num_queries):
    next_protocol(2026)
    with django_assert_num_queries(1):
        next_protocol(2026)


def test_a_year_out_of_range_is_our_mistake_not_the_citizens():
    with pytest.raises(ValueError, match="1999"):
        numbering.build_protocol(1999, 1)
