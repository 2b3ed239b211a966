"""Everything that may be done with a conversation, in the order of the buttons."""

from .acts import Act
from .acts_demand import ATTACH, IDENTIFY, OPEN_CASE
from .acts_moving import BACK, CLOSE, SNOOZE, TAKE, TRANSFER
from .acts_saying import NOTE, SAY
from .approved import TEMPLATE
from .canned import MACRO
from .joining import PART, SAME
from .passing_on import AGENCY

EVERY_ACT = (
    SAY, TAKE, OPEN_CASE, NOTE, TRANSFER, SNOOZE, CLOSE, IDENTIFY, ATTACH, BACK, MACRO, TEMPLATE, SAME, PART,
    AGENCY,
)  # fmt: skip
ACTS: dict[str, Act] = {act.code: act for act in EVERY_ACT}
