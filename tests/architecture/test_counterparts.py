"""Whatever the console can do, a key can do: no page and no button without its call, or the reason for it."""

from balcao.api.urls import api
from balcao.console.cases.all_acts import ACTS
from balcao.console.inbox.all_acts import ACTS as TALKS
from balcao.console.orders.order import VERBS
from tests.architecture.addresses import patterns
from tests.architecture.counterparts import CASE_ACTS, NO_LIST, ORDER_ACTS, OWN, PAGES, SHOWS, TALK_ACTS


def operations() -> set[str]:
    described = api.get_openapi_schema()["paths"]
    return {f"{method.upper()} {path.removeprefix('/api')}" for path, known in described.items() for method in known}


def test_every_page_of_the_console_has_its_calls():
    pages = {name.removeprefix("console:") for name, _route, _names in patterns() if name.startswith("console:")}
    told_elsewhere = {"act", "order_act", "talk_act"}  # by their buttons
    assert pages - PAGES.keys() - told_elsewhere == set(), "name its calls, or say why it has none"
    assert PAGES.keys() - pages - NO_LIST == set(), "pages that are gone"


def test_every_call_that_a_page_names_is_there():
    known = operations()
    named = {(page, call) for page, calls in PAGES.items() if calls not in (OWN, SHOWS) for call in calls}
    missing = {one for one in named if one[1] not in known}
    assert not missing


def test_every_button_has_its_act():
    known = operations()
    assert set(ACTS) == set(CASE_ACTS) and set(VERBS) == set(ORDER_ACTS) and set(TALKS) == set(TALK_ACTS)
    acts = [f"POST /cases/{{protocol}}/{act}" for act in CASE_ACTS.values() if act != OWN]
    acts += [f"POST /conversations/{{conversation}}/{act}" for act in TALK_ACTS.values()]
    for act in ORDER_ACTS.values():
        if act != OWN:
            of_its_case = act.removeprefix("cases:") != act
            acts.append(f"POST /cases/{{protocol}}/{act[6:]}" if of_its_case else f"POST /orders/{{pk}}/{act}")
    assert [act for act in acts if act not in known] == []
