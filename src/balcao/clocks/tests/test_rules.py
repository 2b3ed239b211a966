"""Each legal rule, worked through on real calendars of 2024 to 2026."""

from datetime import datetime

import pytest

from balcao.clocks.arithmetic import More, Stop, compute
from balcao.clocks.errors import LongerThanTheLaw, UnknownRule
from balcao.clocks.rules import rule, rules
from balcao.organization.worktime import Calendar, intervals_from

from .calendars import LISBON, SAO_PAULO, VITORIA


def at(text: str, calendar: Calendar) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=calendar.zone)


def due(slug: str, start: str, calendar: Calendar, **more: object) -> str:
    found = compute(rule(slug), at(start, calendar), calendar, **more).due_at  # type: ignore[arg-type]
    assert found
    return calendar.local(found).isoformat()[:16]


@pytest.mark.parametrize(
    ("slug", "calendar", "received", "expected"),
    [
        # Lei 13.460: Friday 7 March → day 1 is Monday 10 March → day 30 is Tuesday 8 April
        ("lei-13460", SAO_PAULO, "2025-03-07T15:00", "2025-04-08T23:59"),
        # day 30 is Good Friday 18 April; Saturday, Easter, Tiradentes → Tuesday 22
        ("lei-13460", SAO_PAULO, "2025-03-19T10:00", "2025-04-22T23:59"),
        # received on a Saturday: Monday is day 1
        ("lei-13460", SAO_PAULO, "2025-03-08T10:00", "2025-04-08T23:59"),
        # day 30 is a Saturday, and the Monday after it is Penha's: free in Vitória, not in São Paulo
        ("lei-13460", VITORIA, "2025-03-27T10:00", "2025-04-29T23:59"),
        ("lei-13460", SAO_PAULO, "2025-03-27T10:00", "2025-04-28T23:59"),
        ("lei-13460", VITORIA, "2026-03-13T10:00", "2026-04-14T23:59"),  # 14 April 2026, the day after Penha (13th)
        # the leap day counts; 1 January rolls
        ("lei-13460", SAO_PAULO, "2024-01-31T10:00", "2024-03-01T23:59"),
        ("lei-13460", SAO_PAULO, "2024-12-02T10:00", "2025-01-02T23:59"),
        # the area's 20
        ("lei-13460-area", SAO_PAULO, "2025-03-10T09:00", "2025-03-31T23:59"),
        ("lei-13460-area", VITORIA, "2025-04-07T09:00", "2025-04-29T23:59"),  # 27 April, Sunday; 28 Penha
        # LAI: 20 days, Sunday 30 March rolls to Monday
        ("lai", SAO_PAULO, "2025-03-10T09:00", "2025-03-31T23:59"),
        ("lai", SAO_PAULO, "2026-06-18T09:00", "2026-07-08T23:59"),  # the day before 9 July
        ("lai", SAO_PAULO, "2026-06-19T09:00", "2026-07-13T23:59"),  # day 1 is Monday 22; day 20 Saturday 11 July
        # SAC: seven days, and no more, over Christmas too
        ("sac", SAO_PAULO, "2025-12-18T22:00", "2025-12-25T23:59"),
        ("sac", SAO_PAULO, "2024-02-24T10:00", "2024-03-02T23:59"),
        # Livro Amarelo: 15 working days over Good Friday 2025 and Freedom Day; Santo António; Corpus Christi
        ("livro-amarelo", LISBON, "2025-04-11T10:00", "2025-05-07T23:59"),
        ("livro-amarelo", LISBON, "2025-06-02T10:00", "2025-06-26T23:59"),
        ("livro-amarelo", LISBON, "2026-05-29T10:00", "2026-06-23T23:59"),
    ],
)
def test_when_an_answer_is_due(slug: str, calendar: Calendar, received: str, expected: str) -> None:
    assert due(slug, received, calendar) == expected


def test_extensions_count_on_from_the_first_days() -> None:
    more = [More(30, "espera de laudo")]
    assert due("lei-13460", "2025-03-07T15:00", SAO_PAULO, extensions=more) == "2025-05-08T23:59"
    assert due("lai", "2025-03-10T09:00", SAO_PAULO, extensions=[More(10)]) == "2025-04-09T23:59"


def test_a_pause_takes_out_its_days_but_not_the_day_of_the_answer() -> None:
    stop = Stop(at("2025-03-20T09:00", SAO_PAULO), at("2025-03-27T18:00", SAO_PAULO), "falta o endereço")
    assert due("lei-13460", "2025-03-07T15:00", SAO_PAULO, pauses=[stop]) == "2025-04-15T23:59"


def test_a_pause_on_the_rolled_weekend_still_holds_the_end() -> None:
    # nominal end on Saturday 5 April, rolled to Monday 7; asked on Sunday, answered on Thursday 10
    assert due("lei-13460", "2025-03-06T09:00", SAO_PAULO) == "2025-04-07T23:59"
    stop = Stop(at("2025-04-06T09:00", SAO_PAULO), at("2025-04-10T18:00", SAO_PAULO))
    assert due("lei-13460", "2025-03-06T09:00", SAO_PAULO, pauses=[stop]) == "2025-04-10T23:59"


def test_a_day_with_shorter_hours_ends_no_legal_deadline() -> None:
    calendar = Calendar.office(
        "America/Sao_Paulo",
        "BR",
        "SP",
        special_days=((at("2025-12-24T00:00", SAO_PAULO).date(), intervals_from([["08:00", "12:00"]]), "Véspera"),),
    )
    assert due("lei-13460", "2025-11-24T09:00", calendar) == "2025-12-26T23:59"
    assert due("lei-13460", "2025-11-24T09:00", SAO_PAULO) == "2025-12-24T23:59"


def test_a_half_day_of_tolerance_ends_no_portuguese_deadline() -> None:
    """CPA, art. 87.º, f) and g): the day counts, but the end moves on."""
    afternoon_off = (at("2025-12-24T00:00", LISBON).date(), intervals_from([["09:00", "12:30"]]), "Tolerância de ponto")
    calendar = Calendar.office("Europe/Lisbon", "PT", "11", special_days=(afternoon_off,))
    assert due("livro-amarelo", "2025-12-02T10:00", LISBON) == "2025-12-24T23:59"
    assert due("livro-amarelo", "2025-12-02T10:00", calendar) == "2025-12-26T23:59"


def test_while_a_pause_lasts_there_is_no_date() -> None:
    stop = Stop(at("2025-03-20T09:00", SAO_PAULO), None, "falta o endereço")
    found = compute(rule("lei-13460"), at("2025-03-07T15:00", SAO_PAULO), SAO_PAULO, [stop])
    assert found.due_at is None and found.explanation[-1]["key"] == "paused"


def test_hours_pause_to_the_moment() -> None:
    stop = Stop(at("2025-03-10T11:00", SAO_PAULO), at("2025-03-11T16:00", SAO_PAULO))
    assert due("working-hours", "2025-03-10T09:00", SAO_PAULO, amount=4) == "2025-03-10T14:00"
    assert due("working-hours", "2025-03-10T09:00", SAO_PAULO, amount=4, pauses=[stop]) == "2025-03-12T09:00"


def test_our_own_promises() -> None:
    assert due("calendar-days", "2025-04-16T10:00", SAO_PAULO, amount=3) == "2025-04-19T23:59"
    assert due("working-days", "2025-04-16T10:00", SAO_PAULO, amount=3) == "2025-04-23T23:59"
    assert due("lei-13460", "2025-03-07T15:00", SAO_PAULO, amount=10) == "2025-03-19T23:59"


@pytest.mark.parametrize(
    ("slug", "amount", "unit"),
    [("lei-13460", 31, None), ("sac", 7, "working_days"), ("lai", 0, None), ("working-days", None, None)],
)
def test_a_service_may_promise_less_than_the_law_never_more(slug: str, amount: int | None, unit: str | None) -> None:
    with pytest.raises(LongerThanTheLaw):
        rule(slug).terms(amount, unit)


def test_every_law_says_how_it_begins_pauses_and_extends() -> None:
    laws = {r.slug: (r.amount, r.unit, r.may_pause, r.extension and r.extension.amount) for r in rules() if r.is_law}
    assert laws == {
        "lei-13460": (30, "calendar_days", True, 30),
        "lei-13460-area": (20, "calendar_days", True, 20),
        "lai": (20, "calendar_days", False, 10),
        "sac": (7, "calendar_days", False, None),
        "livro-amarelo": (15, "working_days", False, None),
    }
    assert all(r.citation and (r.may_pause or r.no_pause) for r in rules() if r.is_law)


def test_an_agency_is_offered_the_rules_of_its_country() -> None:
    assert "livro-amarelo" not in {r.slug for r in rules("BR")}
    assert {r.slug for r in rules("PT")} == {"livro-amarelo", "calendar-days", "working-days", "working-hours"}
    with pytest.raises(UnknownRule):
        rule("lei-0")
