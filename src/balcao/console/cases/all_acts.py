"""Everything that may be done with a case, in the order of the buttons."""

from .acts import Act
from .acts_clock import EXTEND, PAUSE, RESUME
from .acts_incident import GATHER, RELEASE
from .acts_public import PUBLISH, UNPUBLISH
from .acts_taking import ASSUME, LET_GO
from .acts_triage import CLASSIFY, DISPATCH, MERGE, PART, REFUSE
from .acts_words import ANSWER, ASK, HEAR, NOTE

ACTS: dict[str, Act] = {
    act.code: act
    for act in (
        *(CLASSIFY, DISPATCH, ANSWER, ASK, MERGE, GATHER, REFUSE, PART, RELEASE, HEAR, NOTE),
        *(PUBLISH, UNPUBLISH, PAUSE, RESUME, EXTEND, ASSUME, LET_GO),
    )
}
TAKING = {"assume", "let-go"}  # one press, beside the state
CLOCK = {"pause", "resume", "extend"}  # these stand with the date, not in the bar
