"""What the runner itself says and asks around an agency's script: small scripts of one question, and sentences."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from django.utils import translation
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.scripts import said
from balcao.dialogue import Script, Tell, Text, load_script
from balcao.inbox.conversations.models import Conversation, Line
from balcao.inbox.conversations.queries import estimate, is_open, next_opening, place_in_line
from balcao.organization.queries import calendar_for

from .rendering import BY_LETTER

MORE, GRADE, COMMENT = "more", "grade", "comment"


@cache
def question(code: str) -> Script:
    """One question as a script of its own."""
    asked: dict[str, dict[str, object]] = {
        MORE: {
            "type": "boolean",
            "required": True,
            "prompt": said(gettext_lazy("Can we help you with anything else?")),
        },
        GRADE: {
            "type": "scale",
            "required": True,
            "prompt": said(gettext_lazy("From 0 to 10, how do you grade this conversation?")),
        },
        COMMENT: {
            "type": "text",
            "max_length": 2000,
            "prompt": said(gettext_lazy("Thank you! Would you like to tell us why? Your comment helps us to improve.")),
        },
    }
    step = {"slug": code, "title": code, "questions": [{"code": code, **asked[code]}]}
    return load_script({"slug": f"own-{code}", "version": 1, "steps": [step]})


def tell(words: str | Promise, language: str) -> Tell:
    """A sentence of ours, in the person's language."""
    with translation.override(language):
        return Tell(Text.of(str(words)))


def noted(language: str) -> Tell:
    """What a first letter told is kept for its question."""
    words = gettext_lazy("What you have just told us is noted as well. You will see it again before anything is sent, "
                         "and can change it.")  # fmt: skip
    return tell(words, language)


def greeting(title: Text, conversation: Conversation) -> Tell:
    """What a service's own questions begin with."""
    language = conversation.language
    with translation.override(language):
        words = _("Hello! Let us write down your request: %(title)s. At any moment you can write “back” to correct an "
                  "answer, or “talk to a person”.") % {"title": title.say(language)}  # fmt: skip
    return Tell(Text.of(words))


WELCOME_BACK = gettext_lazy("Good to have you back! We go on where we stopped.")
ASK_A_PERSON = gettext_lazy(
    "We could not do this by ourselves, so a person goes on with you. What you told us is kept."
)
WE_READ = gettext_lazy("Thank you! A colleague reads this and answers you by e-mail.")
ENOUGH = gettext_lazy("Thank you for your words. If you need anything, just write again.")


def waiting(conversation: Conversation, now: datetime) -> tuple[Tell, ...]:
    """Whoever waits now hears how long it takes, as far as we know. Out of hours `closed` is said to them."""
    line = conversation.line
    assert line is not None
    if conversation.channel in BY_LETTER:  # a place in line is another one by the time that a letter is read
        return (tell(WE_READ, conversation.language),)
    if not is_open(line, now):
        return ()
    with translation.override(conversation.language):
        return (Tell(Text.of(in_line(conversation, now))),)


def in_line(conversation: Conversation, now: datetime) -> str:
    """The place in line, and how long it should take where enough was measured; in the active language."""
    assert conversation.line is not None
    place = place_in_line(conversation) or 1
    words = (
        _("You are number %(place)s in line.") % {"place": place}
        if place > 1
        else _("You are the next one to be served.")
    )
    guess = estimate(conversation.line, place, now)
    if guess is None:
        return words
    span = {"low": guess.low, "high": guess.high}
    if guess.low:
        took = _("It should take %(low)s to %(high)s minutes.") % span
    else:
        took = _("It should take %(high)s minutes at most.") % span
    return f"{words} {took}"


def closed(line: Line, now: datetime) -> str:
    """Out of hours: that nobody is here and all may be left written, or the line's own notice in its place; and when
    somebody is there again, which no notice can know. In the active language."""
    opens, back, own = next_opening(line, now), "", line.off_hours_notice
    if opens is not None:
        local = calendar_for(line.agency_id, line.calendar_id).local(opens)
        day, hour = f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}", time_format(local, "H:i")
        today = calendar_for(line.agency_id, line.calendar_id).local(now).date() == local.date()
        words = _("We are back today at %(hour)s.") if today else _("We are back on %(day)s at %(hour)s.")
        back = words % {"day": day, "hour": hour}
    ours = _("Nobody is here right now.")
    leave = _("You may leave everything written here: you keep your place, and we answer as soon as we are back.")
    parts = [own, back] if own else [f"{ours} {back}".strip(), leave]
    return "\n\n".join(part for part in parts if part)
