"""Another system keeps lines, ways in, attendants and interviews, by the console's own actions."""

import pytest

from balcao.inbox.models import Line
from tests.world import make_world

pytestmark = pytest.mark.django_db
DEFINITION = {
    "title": "Triagem",
    "steps": [
        {
            "slug": "one",
            "title": "Um",
            "questions": [{"code": "here", "type": "boolean", "prompt": "Mora aqui?", "required": True}],
        }
    ],
    "outcomes": [{"when": {"eq": ["here", True]}, "line": "cac"}],
}


def test_lines_ways_in_attendants_and_an_interview(world, key):
    call = key()
    status, line = call("POST", "settings/lines", {"name": "CAC"})
    assert status == 201 and line["slug"] == "cac"
    status, way = call("POST", "settings/accounts", {"name": "Site", "line": "cac", "key": "cac"})
    assert status == 201 and (way["channel"], way["key"]) == ("webchat", "cac")
    assert call("PATCH", "settings/lines/cac", {"is_active": False})[0] == 409, "people still come in there"
    person = world.staff["attendant"].pk
    status, told = call("PUT", f"settings/attendants/{person}", {"lines": ["cac"], "capacity": 3})
    assert status == 200 and (told["lines"], told["capacity"], told["languages"]) == (["cac"], 3, [])
    spoken = {"lines": ["cac"], "capacity": 3, "languages": ["pt", "en"]}
    assert call("PUT", f"settings/attendants/{person}", spoken)[1]["languages"] == ["en", "pt"]
    assert call("PUT", f"settings/attendants/{person}", {**spoken, "languages": ["pt-br"]})[0] == 422
    assert call("PUT", f"settings/attendants/{world.staff['field_agent'].pk}", {"lines": [], "capacity": 3})[0] == 404

    status, draft = call("POST", "settings/interviews", {"slug": "triagem", "definition": DEFINITION})
    assert status == 201 and draft["published_at"] is None and draft["branches"] == 2
    status, played = call(
        "POST", "settings/interviews/triagem/versions/1/try", {"given": [{"text": "sim"}, {"tap": "!send"}]}
    )
    assert status == 200 and played["over"] == "sent" and played["outcome"] == {"line": "cac"}
    status, made = call("POST", "settings/interviews/triagem/publish", {"running": "move"})
    assert status == 200 and made["published_at"] and made["definition"]["running"] == "move"
    assert call("DELETE", "settings/interviews/triagem/draft")[0] == 404, "there is none any more"
    wrong = {**DEFINITION, "outcomes": [{"line": "cac", "close": "x"}]}
    assert call("PUT", "settings/interviews/triagem", {"definition": wrong})[0] == 422
    assert [one["in_use"] for one in call("GET", "settings/interviews")[1]] == [1]

    stranger = key(of=make_world("outra", default=False))
    assert stranger("GET", "settings/interviews")[1] == [] and stranger("GET", "settings/lines/cac")[0] == 404
    assert stranger("GET", "settings/interviews/triagem")[0] == 404
    assert stranger("PUT", f"settings/attendants/{person}", {"lines": [], "capacity": 3})[0] == 404
    assert Line.objects.count() == 1
