"""How many statements a call takes, once the settings are remembered."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from balcao.cases.models import Case

from .conftest import filed

pytestmark = pytest.mark.django_db
V2 = "/open311/v2"
FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def test_a_post_takes_at_most_fifteen_statements(world, key):
    """With a person and a receipt: numbered, routed, ordered, timed, written into the history, queued."""

    def post() -> int:
        with CaptureQueriesContext(connection) as queries:
            data = filed(key, email="ana@example.org", first_name="Ana")
            assert Client().post(f"{V2}/requests.json", data).status_code == 200
        return len([q for q in queries if not q["sql"].startswith(FRAME)])

    first, second = post(), post()
    assert second <= 15, f"{second} statements; the first call took {first}"
    assert Case.objects.count() == 2 and all(case.orders.count() == 1 for case in Case.objects.all())
