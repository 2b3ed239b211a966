"""A deadline tells its own arithmetic in plain sentences."""

from datetime import datetime

from babel.dates import format_date
from django.utils import translation

from balcao.clocks.arithmetic import More, Stop, compute
from balcao.clocks.explain import SENTENCES, sentences
from balcao.clocks.rules import rule

from .calendars import LISBON, SAO_PAULO


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SAO_PAULO.zone)


def test_the_whole_story_in_english() -> None:
    pauses = [Stop(at("2025-03-20T09:00"), at("2025-03-27T18:00"), "we asked for the address")]
    found = compute(
        rule("lei-13460"), at("2025-03-04T15:00"), SAO_PAULO, pauses, [More(9, "the survey is late.")], amount=29
    )
    assert sentences(found.explanation, "en") == [
        "Received on Tuesday, 4 March 2025, 15:00.",
        "Counting starts on Wednesday, 5 March 2025, the next working day.",
        "We promise an answer within 29 calendar days; the law allows 30 calendar days "
        "(Lei 13.460/2017, art. 16, caput; Lei 9.784/1999, art. 66).",
        "Extended by 9 calendar days, because: the survey is late.",
        "Paused from Thursday, 20 March 2025, 09:00 to Thursday, 27 March 2025, 18:00, because: "
        "we asked for the address. 7 days do not count.",
        "Friday, 18 April 2025 is a holiday (Sexta-feira Santa), so it moves to Saturday, 19 April 2025.",
        "On Saturday, 19 April 2025 we are closed, so it moves to Sunday, 20 April 2025.",
        "On Sunday, 20 April 2025 we are closed, so it moves to Monday, 21 April 2025.",
        "Monday, 21 April 2025 is a holiday (Tiradentes), so it moves to Tuesday, 22 April 2025.",
        "The answer is due by the end of Tuesday, 22 April 2025.",
    ]


def test_it_names_the_holidays_that_it_passed_over() -> None:
    rolled = compute(rule("lei-13460"), at("2025-03-19T10:00"), SAO_PAULO)
    text = sentences(rolled.explanation, "en")
    assert text[3] == "Friday, 18 April 2025 is a holiday (Sexta-feira Santa), so it moves to Saturday, 19 April 2025."
    assert text[-1] == "The answer is due by the end of Tuesday, 22 April 2025."
    counted = compute(rule("livro-amarelo"), at("2025-04-11T10:00"), LISBON)
    assert "Friday, 25 April 2025 (Dia da Liberdade)" in " ".join(sentences(counted.explanation, "en"))


def test_hours_and_an_open_pause() -> None:
    found = compute(rule("working-hours"), at("2025-03-08T10:00"), SAO_PAULO, amount=1)
    assert sentences(found.explanation, "en")[1:] == [
        "Counting starts on Monday, 10 March 2025, 08:00, when we opened again.",
        "We promise an answer within 1 working hour.",
        "The answer is due by Monday, 10 March 2025, 09:00.",
    ]
    waiting = compute(rule("lei-13460"), at("2025-03-07T10:00"), SAO_PAULO, [Stop(at("2025-03-10T10:00"), None, "x")])
    assert sentences(waiting.explanation, "en")[-1].endswith("because: x. The new date is set when the pause ends.")


def test_dates_are_written_as_the_reader_writes_them() -> None:
    found = compute(rule("lei-13460"), at("2025-03-07T10:00"), SAO_PAULO)
    weekday = format_date(datetime(2025, 3, 7), "EEEE", locale="pt_BR")
    for locale in ("pt-br", "pt"):
        text = sentences(found.explanation, locale)
        assert weekday in text[0].lower() and "março de 2025" in text[0].lower()
    assert translation.get_language() != "pt"
    assert {step["key"] for step in found.explanation} <= set(SENTENCES)
