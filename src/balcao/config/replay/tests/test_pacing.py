"""A day of the file, played live: at its own rhythm, through the normal actions, so that everybody hears of it."""

import csv
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from balcao.cases.models import Case
from balcao.clocks.models import Deadline
from balcao.config.replay import replay
from balcao.config.replay.columns import COLUMNS
from balcao.config.replay.making import make_city, survey
from balcao.config.replay.pacing import Clock, _until, play_day
from balcao.inbox.models import Delivery
from balcao.platform import events, reactions
from balcao.platform.models import Event
from balcao.platform.trouble import Trouble

DAY = date(2017, 3, 15)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


class Watch(Clock):
    """Time that passes only while somebody sleeps."""

    def __init__(self, stop_at: datetime | None = None) -> None:
        self.moment, self.slept, self.stop_at = NOW, 0.0, stop_at

    def now(self):
        return self.moment

    def sleep(self, seconds):
        self.moment += timedelta(seconds=seconds)
        self.slept += seconds
        if self.stop_at and self.moment >= self.stop_at:
            raise KeyboardInterrupt


def line(opened, found="", status="AGUARDANDO ATENDIMENTO", **changes):
    row = dict.fromkeys(COLUMNS, "") | {"opened": opened, "found": found, "status": status, "service": "Poda de árvore"}
    row |= {"subject": "Árvore", "theme": "Rua e bairro", "body": "SUB-SÉ", "lat": "-23.55", "lon": "-46.63"} | changes
    return row


@pytest.fixture
def day(tmp_path):
    """Six rows; in São Paulo four of them on the fifteenth, one of which is no demand."""
    rows = [
        line("2017-03-15T02:59:59Z", number="1"),  # still the fourteenth in São Paulo
        line("2017-03-15T12:00:00Z", "2017-03-15T14:00:00Z", "FINALIZADA", number="2"),
        line("2017-03-15T13:00:00Z", "2017-03-20T12:00:00Z", "FINALIZADA", number="3"),
        line("2017-03-15T15:00:00Z", "2017-03-15T12:00:00Z", "FINALIZADA", number="4"),  # answered before its opening
        line("2017-03-16T02:30:00Z", "2017-03-16T02:45:00Z", "INDEFERIDO", number="5"),  # the fifteenth, late
        line("2017-03-16T03:00:00Z", number="6"),
    ]
    path = tmp_path / "day.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        paper = csv.DictWriter(file, COLUMNS)
        file.write(",".join(COLUMNS.values()) + "\n")
        paper.writerows(rows)
    return path


def test_a_day_is_played_sixty_times_as_fast_and_answers_what_was_answered_that_day(day, tmp_path):
    city, watch, heard = make_city(survey(day), slug="sp156", districts=None), Watch(), []

    def tick(tally):
        assert events._defer is reactions.defer, "whoever is told of a live demand is told of these"
        heard.append(tally.hour)

    tally = play_day(city, day, day=DAY, pace=60, tick=tick, refused=tmp_path / "no.csv", clock=watch)
    assert (tally.rows, tally.opened, tally.answered) == (4, 3, 2)
    assert tally.refused == {"answered before it was opened": 1}
    assert "2017-03-15T15:00:00Z" in (tmp_path / "no.csv").read_text()
    opened = [case.opened_at for case in Case.objects.order_by("opened_at")]
    minutes = [round((moment - NOW).total_seconds() / 60, 3) for moment in opened]
    assert minutes == [0, 1, 14.5], "an hour of the day is a minute, and it begins now"
    closed = Case.objects.filter(state="closed").order_by("opened_at")
    assert [c.closed_at - c.opened_at for c in closed] == [timedelta(minutes=2), timedelta(seconds=15)]
    left = Case.objects.get(closed_at=None)
    assert left.next_actor == "area" and left.deadline.due_at > NOW, "a date of today's calendar"
    assert not Delivery.objects.exists(), "the file names nobody to write to"
    assert Event.objects.filter(at__gte=NOW).count() == Event.objects.count()
    assert heard[0].astimezone(ZoneInfo("America/Sao_Paulo")).hour == 9 and heard == sorted(heard)


def test_interrupted_it_ends_in_order_and_played_again_it_opens_anew(day):
    city = make_city(survey(day), slug="sp156", districts=None)
    tally = play_day(city, day, day=DAY, pace=60, clock=Watch(stop_at=NOW + timedelta(seconds=90)))
    assert tally.interrupted and (tally.opened, tally.answered) == (2, 0)
    assert Case.objects.exclude(next_actor="").count() == 2, "each has somebody who must act"
    assert Deadline.objects.filter(state="running").count() == 4
    later = Watch()
    later.moment += timedelta(minutes=5)
    again = play_day(city, day, day=DAY, pace=600, limit=1, clock=later)
    assert (again.opened, again.answered, Case.objects.count()) == (1, 1, 3), "--limit counts demands"


def test_what_cannot_be_played_is_one_sentence(day):
    with pytest.raises(Trouble, match="no demand that was opened on 2017-03-17"):
        play_day(make_city(survey(day), slug="sp156", districts=None), day, day=date(2017, 3, 17), pace=1)
    done = CliRunner().invoke(replay, [str(day), "--pace", "60"])
    assert done.exit_code == 2 and "say which with --day" in done.output


@given(
    wait=st.floats(0, 100_000, allow_nan=False),
    pace=st.floats(0.01, 10_000),
)
def test_a_wait_ends_at_its_moment_and_the_days_hour_never_runs_back(wait, pace):
    watch, at = Watch(), datetime(2017, 3, 15, 15, tzinfo=UTC)
    due = NOW + timedelta(seconds=min(wait, 200))
    hours = list(_until(watch, due, at, pace))
    assert watch.now() == due or abs((watch.now() - due).total_seconds()) < 0.001
    assert hours == sorted(hours) and hours[-1] == at
