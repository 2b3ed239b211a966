"""What no pause and no extension may ever do, for any rule, calendar and history."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from balcao.clocks.arithmetic import More, Stop, compute, running_time
from balcao.clocks.rules import rules

from .calendars import LISBON, NIGHT_SHIFT, SAO_PAULO, VITORIA

moments = st.datetimes(datetime(2017, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))
offices = st.sampled_from([SAO_PAULO, VITORIA, LISBON, NIGHT_SHIFT])
any_rule = st.sampled_from(list(rules()))
amounts = st.integers(1, 7)


@st.composite
def histories(draw: st.DrawFn) -> tuple[datetime, list[Stop]]:
    start = draw(moments)
    at, stops = start, []
    for _ in range(draw(st.integers(0, 4))):
        begun = at + draw(st.timedeltas(timedelta(), timedelta(days=12)))
        at = begun + draw(st.timedeltas(timedelta(), timedelta(days=25)))
        stops.append(Stop(begun, at))
    return start, stops


@given(histories(), any_rule, offices, amounts)
def test_a_pause_never_shortens_the_wait_on_paper(history, rule, calendar, amount) -> None:
    start, stops = history
    dues = [compute(rule, start, calendar, stops[:n], amount=amount).due_at for n in range(len(stops) + 1)]
    assert dues == sorted(dues)


@given(histories(), any_rule, offices, amounts, amounts)
def test_an_extension_never_shortens_it_either(history, rule, calendar, amount, more) -> None:
    start, stops = history
    before = compute(rule, start, calendar, stops, amount=amount).due_at
    assert compute(rule, start, calendar, stops, [More(more)], amount=amount).due_at >= before > start


@given(histories(), any_rule, offices, amounts)
def test_a_promise_that_is_shorter_is_due_no_later(history, rule, calendar, amount) -> None:
    start, stops = history
    longer = compute(rule, start, calendar, stops, amount=amount).due_at
    assert compute(rule, start, calendar, stops, amount=max(1, amount - 1)).due_at <= longer


@given(histories(), any_rule, offices, amounts)
def test_the_end_leaves_the_whole_amount_to_work_in(history, rule, calendar, amount) -> None:
    """No pause eats a day of the agency's either: what runs between receipt and end is never less than the amount."""
    start, stops = history
    if rule.unit == "calendar_days":
        due = compute(rule, start, calendar, stops, amount=amount).due_at
        # days of pause leave out at most what the pauses lasted, rounded to whole days, each
        assert running_time(start, due, stops) >= timedelta(days=amount - len(stops) - 1)


def test_running_time_leaves_the_pauses_out() -> None:
    start = datetime(2025, 3, 10, tzinfo=UTC)
    stops = [Stop(start + timedelta(days=1), start + timedelta(days=3)), Stop(start + timedelta(days=5), None)]
    assert running_time(start, start + timedelta(days=6), stops) == timedelta(days=3)
