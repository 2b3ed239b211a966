"""Two web processes count together, and of two who ask at the same moment one is first."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache, caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from psycopg.conninfo import make_conninfo

from balcao.platform import shared_cache


def make_all_past():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE platform_cache SET ends_at = statement_timestamp() - interval '1 second'")


@pytest.mark.django_db
def test_what_was_put_is_found_until_it_ends():
    cache.set("tries", [1.5, 2.25], 60)
    assert cache.get("tries") == [1.5, 2.25] and cache.get("other", "none") == "none"
    cache.set("tries", [3.0], 60)
    assert cache.get("tries") == [3.0]
    assert cache.touch("tries", 90) and not cache.touch("other")
    assert cache.get_many(["tries", "other"]) == {"tries": [3.0]}
    make_all_past()
    assert cache.get("tries") is None and not cache.touch("tries")
    cache.set("at once", 1, 0)
    cache.set("for ever", 1, None)
    assert cache.get("at once") is None and cache.get("for ever") == 1
    assert cache.delete("for ever") and not cache.delete("for ever")
    assert shared_cache.sweep() == 2  # what has ended
    cache.set("again", 1)
    cache.clear()
    assert cache.get("again") is None


@pytest.mark.django_db
def test_only_the_first_adds_until_it_ends():
    assert cache.add("code", "y", 60) and not cache.add("code", "n", 60)
    assert cache.get("code") == "y"
    make_all_past()
    assert cache.add("code", "z", 60) and cache.get("code") == "z"


@pytest.mark.django_db
def test_a_number_is_counted_and_nothing_else():
    with pytest.raises(ValueError):
        cache.incr("n")
    cache.set("n", 4)
    assert cache.incr("n") == 5 and cache.decr("n", 2) == 3


@pytest.mark.django_db
def test_no_address_is_kept_and_each_call_is_one_statement():
    with CaptureQueriesContext(
        connection,
    ) as asked:
        cache.add("allauth:rl:login:ip:203.0.113.7", 1, 60)
        cache.get("allauth:rl:login:ip:203.0.113.7")
    assert len(asked) == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT key FROM platform_cache")
        ((key,),) = cursor.fetchall()
    assert b"203" not in bytes(key) and len(bytes(key)) == 32


@pytest.mark.django_db
def test_what_only_saves_a_query_costs_none():
    with CaptureQueriesContext(connection) as asked:
        caches["process"].set("most-asked", [1])
        assert caches["process"].get("most-asked") == [1]
    assert not asked.captured_queries


@pytest.fixture
def emptied():
    yield
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE platform_cache")


@pytest.mark.django_db(transaction=True)
def test_of_forty_at_once_one_adds_and_no_count_is_lost(emptied):
    cache.set("n", 0)

    def one(_):
        try:
            cache.incr("n")
            return cache.add("code used", "y", 60)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(one, range(40))) == 1
    assert cache.get("n") == 40


ELSEWHERE = """
import django
django.setup()
from django.core.cache import cache
print(cache.get("tries"), cache.add("code", "y", 60))
cache.set("tries", [2.0], 60)
"""


@pytest.mark.django_db(transaction=True)
def test_another_process_sees_what_this_one_counted(emptied):
    cache.set("tries", [1.0], 60)
    cache.add("code", "y", 60)
    at = connection.settings_dict
    url = make_conninfo(host=at["HOST"], user=at["USER"], dbname=at["NAME"], port=at["PORT"] or None)
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE],
        env=os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "balcao.config.settings"},
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "[1.0] False", done.stderr
    assert cache.get("tries") == [2.0]
