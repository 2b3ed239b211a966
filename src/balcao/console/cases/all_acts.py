"""Everything that may be done with a case, in the order of the buttons."""

from .acts import Act
from .acts_clock import EXTEND, PAUSE, RESUME
from .acts_triage import CLASSIFY, DISPATCH, MERGE, PART, REFUSE
from .acts_words import ANSWER, ASK, HEAR, NOTE

ACTS: dict[str, Act] = {
    act.code: act for act in (ANSWER, DISPATCH, CLASSIFY, ASK, MERGE, REFUSE, PART, HEAR, NOTE, PAUSE, RESUME, EXTEND)
}
CLOCK = {"pause", "resume", "extend"}  # these stand with the date, not in the bar
