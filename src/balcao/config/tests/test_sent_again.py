"""What a server could not take is explained, and what was typed comes back."""

import pytest
from lxml import html


def _stale(client, data, **headers):
    client.handler.enforce_csrf_checks = True
    return client.post("/acompanhar/?x=1", data, headers=headers)


OURS = {"Origin": "http://localhost", "Host": "localhost"}


@pytest.mark.django_db
def test_what_was_typed_into_a_stale_form_comes_back_and_one_press_sends_it(client):
    typed = {
        "location.postcode": "01310-100",
        "text": 'O galho <b>caiu</b> "ontem"\nna rua',
        "draft": "495b257d-b35d-45b8-bd58-fc04022510e1",
        "csrfmiddlewaretoken": "old",
    }
    answer = _stale(client, typed, **OURS)
    form = html.fromstring(answer.content).forms[0]
    assert answer.status_code == 403 and form.action == "/acompanhar/?x=1"
    again = dict(form.fields)
    assert again.pop("csrfmiddlewaretoken") not in ("", "old")
    assert {k: v.replace("\r", "") for k, v in again.items()} == {k: typed[k] for k in again} and len(again) == 3
    assert "495b257d" not in html.fromstring(answer.content).text_content()  # our number, nobody's words
    assert "<b>caiu" not in answer.content.decode()
    assert client.post("/acompanhar/?x=1", dict(form.fields), headers=OURS).status_code != 403


@pytest.mark.django_db
def test_a_foreign_page_puts_no_words_on_ours_and_a_secret_is_not_repeated(client):
    for typed, origin in [({"text": "x"}, "http://evil.example"), ({"text": "x"}, "null"), ({"password": "x"}, "")]:
        headers = OURS | {"Origin": origin or OURS["Origin"]}
        answer = _stale(client, typed, **headers)
        assert answer.status_code == 403 and not html.fromstring(answer.content).forms


@pytest.mark.django_db
def test_why_something_was_not_read_is_a_page_in_words(client):
    for status in (408, 413, 429):
        answer = client.get(f"/recusado/{status}/", headers={"Accept-Language": "en"})
        assert answer.status_code == status and "Go back" in answer.content.decode().replace("go back", "Go back")
    assert client.get("/recusado/200/").status_code == 404
