"""The working calendar: what is open when, in Brazil and in Portugal, also when the clocks change."""

import json
from datetime import UTC, date, datetime

import pytest

from balcao.organization.worktime import Calendar, intervals_from, public_holidays

SAO_PAULO = Calendar.office("America/Sao_Paulo", "BR", "SP", yearly=((1, 25, "Aniversário de São Paulo"),))
VITORIA = Calendar.office("America/Sao_Paulo", "BR", "ES", yearly=((9, 8, "Nossa Senhora da Vitória"),))
LISBON = Calendar.office("Europe/Lisbon", "PT", "11", yearly=((6, 13, "Santo António"),))
ROUND_THE_CLOCK = Calendar("Europe/Lisbon", (intervals_from([["00:00", "24:00"]]),) * 7)


@pytest.mark.parametrize(
    ("calendar", "day", "name"),
    [
        (SAO_PAULO, date(2025, 4, 18), "Sexta-feira Santa"),
        (SAO_PAULO, date(2025, 7, 9), "Revolução Constitucionalista"),
        (SAO_PAULO, date(2024, 1, 25), "Aniversário de São Paulo"),
        (SAO_PAULO, date(2025, 3, 4), None),  # carnival is optional
        (VITORIA, date(2025, 4, 28), "Nossa Senhora da Penha"),  # eight days after Easter Sunday, state holiday
        (VITORIA, date(2025, 9, 8), "Nossa Senhora da Vitória"),
        (VITORIA, date(2025, 7, 9), None),
        (LISBON, date(2026, 6, 4), "Corpo de Deus"),
        (LISBON, date(2025, 4, 25), "Dia da Liberdade"),
        (LISBON, date(2025, 6, 13), "Santo António"),
    ],
)
def test_holidays_have_their_own_names(calendar: Calendar, day: date, name: str | None) -> None:
    found = calendar.holiday_name(day)
    assert (found or "").startswith(name or "") if name else found is None
    assert calendar.is_working_day(day) is (name is None)


def test_optional_days_are_kept_only_when_the_agency_says_so() -> None:
    generous = Calendar.office("America/Sao_Paulo", "BR", "SP", optional_holidays=True)
    assert not generous.is_working_day(date(2025, 3, 4))
    assert generous.holiday_name(date(2025, 4, 18)) == "Sexta-feira Santa"
    moving = Calendar.office("America/Sao_Paulo", "BR", "SP", easter_bound=((60, "Corpus Christi"), (-47, "Carnaval")))
    assert moving.holiday_name(date(2025, 6, 19)) == "Corpus Christi"
    assert moving.holiday_name(date(2026, 2, 17)) == "Carnaval"


def test_a_special_day_overrides_the_holiday_and_the_weekend() -> None:
    afternoon = intervals_from([["14:00", "17:00"]])
    calendar = Calendar.office(
        "America/Sao_Paulo",
        "BR",
        "SP",
        closures=((date(2025, 12, 26), "Recesso"),),
        special_days=(
            (date(2025, 3, 8), afternoon, "Mutirão"),
            (date(2025, 12, 24), intervals_from([["08:00", "12:00"]]), ""),
        ),
    )
    assert calendar.intervals(date(2025, 3, 8)) == afternoon
    assert calendar.holiday_name(date(2025, 12, 26)) == "Recesso"
    assert calendar.is_working_day(date(2025, 12, 24)) and not calendar.is_full_working_day(date(2025, 12, 24))
    assert calendar.is_full_working_day(date(2025, 3, 8))


def test_a_29th_of_february_is_a_holiday_only_when_there_is_one() -> None:
    calendar = Calendar.office("America/Sao_Paulo", yearly=((2, 29, "Dia raro"),))
    assert calendar.holiday_name(date(2024, 2, 29)) == "Dia raro"
    assert calendar.is_working_day(date(2025, 2, 28)) and calendar.is_working_day(date(2025, 3, 3))


def test_round_the_clock_a_day_is_as_long_as_the_clock_makes_it() -> None:
    def hours(day: date) -> float:
        return sum((end - start).total_seconds() / 3600 for start, end in ROUND_THE_CLOCK.instants(day))

    assert [hours(date(2025, 3, 30)), hours(date(2025, 10, 26)), hours(date(2025, 6, 1))] == [23, 25, 24]


def test_sao_paulo_had_a_midnight_that_did_not_exist() -> None:
    old = Calendar("America/Sao_Paulo", (intervals_from([["00:00", "24:00"]]),) * 7)
    ((start, end),) = old.instants(date(2018, 11, 4))
    assert (start, end) == (datetime(2018, 11, 4, 3, tzinfo=UTC), datetime(2018, 11, 5, 2, tzinfo=UTC))
    assert old.instants(date(2018, 11, 3))[-1][1] == start


def test_an_hour_that_the_clock_skips_is_not_worked_twice() -> None:
    night = Calendar(
        "Europe/Lisbon", (intervals_from([["00:00", "01:30"], ["01:30", "02:10"], ["02:10", "05:00"]]),) * 7
    )
    found = night.instants(date(2025, 3, 30))
    assert sum((end - start).total_seconds() for start, end in found) == 4 * 3600


def test_a_calendar_survives_json_whole() -> None:
    calendar = Calendar.office(
        "America/Sao_Paulo",
        "BR",
        "SP",
        optional_holidays=True,
        yearly=((1, 25, "Aniversário"),),
        easter_bound=((60, "Corpus Christi"),),
        closures=((date(2025, 12, 26), "Recesso"),),
        special_days=((date(2025, 3, 8), intervals_from([["14:00", "24:00"]]), "Mutirão"),),
    ).pin(2025, 2026)
    again = Calendar.from_dict(json.loads(json.dumps(calendar.to_dict())))
    assert again == calendar and hash(again) == hash(calendar)


def test_a_pinned_calendar_leaves_the_past_behind() -> None:
    days = tuple((date(year, 9, 1), "Recesso") for year in range(2020, 2027))
    pinned = Calendar.office("America/Sao_Paulo", "BR", closures=days).pin(2025, 2025)
    assert [day.year for day, _ in pinned.closures] == [2025, 2026]


def test_a_pinned_calendar_does_not_ask_the_library_again() -> None:
    data = SAO_PAULO.pin(2025, 2025).to_dict()
    del data["pinned"]["2025-07-09"]
    changed = Calendar.from_dict(data)
    assert changed.is_working_day(date(2025, 7, 9)) and not changed.is_working_day(date(2026, 7, 9))


@pytest.mark.parametrize(
    "hours", [[["12:00", "08:00"]], [["08:00", "12:00"], ["11:00", "17:00"]], [["08:00", "24:30"]]]
)
def test_impossible_hours_are_refused(hours: list[list[str]]) -> None:
    with pytest.raises(ValueError):
        intervals_from(hours)


def test_an_unknown_state_is_refused_at_once() -> None:
    with pytest.raises(NotImplementedError):
        Calendar.office("America/Sao_Paulo", "BR", "XX")


def test_no_country_has_no_holidays() -> None:
    assert public_holidays("", "", False, 2025) == {}


def test_the_administrators_table_is_read() -> None:
    calendar = Calendar.from_dict(
        {
            "timezone": "America/Sao_Paulo",
            "weekly": [[["08:00", "12:00"]]] * 5 + [[], []],
            "holidays": {"2025-01-24": "Padroeira"},
            "closures": {"2025-03-03": "Enchente"},
            "extra": {"2025-03-08": "Mutirão"},
        }
    )
    assert calendar.holiday_name(date(2025, 1, 24)) == "Padroeira"
    assert calendar.holiday_name(date(2025, 3, 3)) == "Enchente"
    assert calendar.intervals(date(2025, 3, 8)) == intervals_from([["08:00", "12:00"]])
