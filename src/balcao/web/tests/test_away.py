"""The database is away: a kind page, and what was typed is on it."""

import errno

import pytest
from django.db import OperationalError
from django.test import RequestFactory
from psycopg import errors as psycopg

from balcao.web import errors

OWN = {"HTTP_ORIGIN": "http://testserver"}


def failing(request, cause=None):
    """The answer of a page that met this error of the database."""
    try:
        raise OperationalError("gone") from cause
    except OperationalError:
        return errors.server_error(request)


@pytest.mark.parametrize("cause", [None, psycopg.AdminShutdown(), psycopg.CannotConnectNow(), psycopg.DiskFull()])
def test_a_page_says_that_it_comes_back_and_leads_to_itself(cause):
    answer = failing(RequestFactory().get("/servicos/?q=poda"), cause)
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    assert "We will be right back" in answer.text and 'href="/servicos/?q=poda"' in answer.text


def test_a_form_comes_back_with_every_word():
    typed = {"description": 'Um galho "seco" <caiu>', "kind": "solicitacao", "csrfmiddlewaretoken": "x"}
    answer = failing(RequestFactory().post("/pedir/arvore/o-que/", typed, **OWN))
    assert answer.status_code == 503
    assert 'action="/pedir/arvore/o-que/"' in answer.text
    assert 'value="Um galho &quot;seco&quot; &lt;caiu&gt;"' in answer.text
    assert "<blockquote><p>" in answer.text or "Um galho &quot;seco&quot;" in answer.text.partition("<blockquote>")[2]


@pytest.mark.parametrize("typed, headers", [({"login": "a", "password": "x"}, OWN), ({"description": "oi"}, {})])
def test_a_secret_or_a_foreign_form_is_not_shown_again(typed, headers):
    answer = failing(RequestFactory().post("/console/account/login/", typed, **headers))
    assert answer.status_code == 503 and "<form" not in answer.text and 'href="/"' in answer.text


def test_another_fault_of_a_query_is_ours_and_says_so():
    assert failing(RequestFactory().get("/"), psycopg.DeadlockDetected()).status_code == 500


def test_a_disk_without_room_is_no_defect_of_the_page():
    try:
        raise OSError(errno.ENOSPC, "No space left on device")
    except OSError:
        answer = errors.server_error(RequestFactory().get("/pedir/arvore/arquivos/"))
    assert answer.status_code == 503 and "We will be right back" in answer.text
    assert errors.refused(RequestFactory().get("/recusado/503/"), 503).status_code == 503
