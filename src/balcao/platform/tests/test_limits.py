"""A hundred posts a second from one address are stopped; everybody else goes on."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from balcao.platform import limits
from balcao.platform.limits import TooMany, address_of, hit


@pytest.mark.django_db
def test_the_limit_is_per_scope_and_key_and_says_when_to_come_back():
    for _ in range(3):
        hit("post", "203.0.113.7", 3, 60)
    with pytest.raises(TooMany) as refused:
        hit("post", "203.0.113.7", 3, 60)
    assert 1 <= refused.value.retry_after <= 60
    hit("post", "203.0.113.8", 3, 60)
    hit("guess", "203.0.113.7", 3, 60)


@pytest.mark.django_db
def test_a_window_that_has_ended_starts_anew_and_is_swept():
    for _ in range(2):
        hit("post", "one", 2, 60)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_limit SET ends_at = statement_timestamp() - interval '1 second'")
    hit("post", "one", 2, 60)
    hit("post", "two", 2, 60)
    assert limits.sweep() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_limit SET ends_at = statement_timestamp() - interval '1 second'")
    assert limits.sweep() == 2


@pytest.mark.django_db
def test_no_address_is_kept_and_the_count_stops_growing():
    for _ in range(2):
        hit("post", "203.0.113.7", 2, 60)
    for _ in range(7):
        with pytest.raises(TooMany):
            hit("post", "203.0.113.7", 2, 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, hits FROM platform_limit")
        ((key, hits),) = cursor.fetchall()
    assert b"203" not in bytes(key) and len(bytes(key)) == 32 and hits == 3
    limits.forgive("post", "203.0.113.7")
    hit("post", "203.0.113.7", 2, 60)


@pytest.mark.django_db(transaction=True)
def test_of_forty_at_once_exactly_ten_pass():
    def one(_):
        try:
            hit("burst", "203.0.113.7", 10, 60)
            return True
        except TooMany:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(40))) == 10


@pytest.mark.django_db(transaction=True)
def test_inside_a_transaction_it_refuses_to_count_what_could_be_rolled_back():
    with transaction.atomic(), pytest.raises(RuntimeError):
        hit("post", "203.0.113.7", 1, 60)


def test_a_household_with_a_million_ipv6_addresses_is_one(rf):
    def of(address):
        return address_of(rf.get("/", REMOTE_ADDR=address))

    assert of("2001:db8:1:2::1") == of("2001:db8:1:2:ffff::9") != of("2001:db8:1:3::1")
    assert of("::ffff:203.0.113.7") == of("203.0.113.7") == "203.0.113.7"
    assert of("unix:") == "unknown"
