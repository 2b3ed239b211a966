"""The end of an interview, for whoever opens a case from it."""

from __future__ import annotations

from balcao.dialogue import Answers, Interview
from balcao.platform.errors import Refusal


def finished(interview: Interview) -> Answers:
    """The answers to keep. Raises dialogue.NotComplete, or a Refusal in the script's own words where an answer ended
    the interview: what to do instead."""
    if (end := interview.ended) is not None:
        words = (end.prompt.say(interview.language), end.next_step.say(interview.language), end.url)
        raise Refusal(" ".join(word for word in words if word), log=f"the interview ended at {end.code}")
    return interview.finish()
