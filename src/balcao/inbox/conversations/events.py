"""Facts about conversations. Ids and codes only: the words stand in Message, where they can be erased."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class ConversationFact(Fact):
    conversation_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationOpened(ConversationFact):
    account_id: int
    channel: str


@dataclass(frozen=True, kw_only=True)
class MessageReceived(ConversationFact):
    """The person wrote. `kind`: text, files, location …"""

    message_id: int
    number: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class MessageSaid(ConversationFact):
    """An attendant, the interview or the system wrote."""

    message_id: int
    number: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class ConversationNoted(ConversationFact):
    """A colleague wrote a note that only staff read."""

    message_id: int
    number: int


@dataclass(frozen=True, kw_only=True)
class MessageMoved(ConversationFact):
    """A message was sent, delivered, read, or failed. `level` is the delivery's state."""

    message_id: int
    level: str


@dataclass(frozen=True, kw_only=True)
class FilesCame(ConversationFact):
    """A file of a message that was here before is here now, or was refused."""

    message_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationRead(ConversationFact):
    """One side has seen it up to this number. `kind`: staff or citizen."""

    number: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class InterviewMoved(ConversationFact):
    """The running interview's state was kept."""


@dataclass(frozen=True, kw_only=True)
class ConversationQueued(ConversationFact):
    """It waits in a line. `back`: it keeps the place that it had."""

    line_id: int
    back: bool = False


@dataclass(frozen=True, kw_only=True)
class ConversationTaken(ConversationFact):
    """It has an owner. `waited`: seconds in line, None when it did not wait. `kind`: given, pulled or claimed."""

    staff_id: int
    kind: str
    waited: int | None = None


@dataclass(frozen=True, kw_only=True)
class ConversationTransferred(ConversationFact):
    line_id: int
    from_line_id: int | None = None
    note_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class HandoverAsked(ConversationFact):
    """The person was asked whether another agency may go on with them. Neither it nor its line is named: nobody there
    hears of it before they agree."""

    handover_id: int


@dataclass(frozen=True, kw_only=True)
class HandoverAnswered(ConversationFact):
    """They said yes or no to it, themselves."""

    handover_id: int
    agreed: bool


@dataclass(frozen=True, kw_only=True)
class HandoverEnded(ConversationFact):
    """`kind`: done, lapsed (nobody agreed in time, or it was asked anew), failed."""

    handover_id: int
    kind: str


@dataclass(frozen=True, kw_only=True)
class HandoverCame(ConversationFact):
    """Another agency passed it on to us; which one is said in the conversation alone."""


@dataclass(frozen=True, kw_only=True)
class ConversationSnoozed(ConversationFact):
    due_at: str


@dataclass(frozen=True, kw_only=True)
class ConversationWoken(ConversationFact):
    pass


@dataclass(frozen=True, kw_only=True)
class ConversationClosed(ConversationFact):
    """`kind`: dealt with, the person was quiet, they left, or another agency goes on."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class ConversationReopened(ConversationFact):
    times: int


@dataclass(frozen=True, kw_only=True)
class ConversationGraded(ConversationFact):
    score: int


@dataclass(frozen=True, kw_only=True)
class ConversationLinked(ConversationFact):
    """It is about a case. `origin`: the case was opened from it."""

    origin: bool


@dataclass(frozen=True, kw_only=True)
class ConversationProven(ConversationFact):
    """Whoever writes has shown that the address is theirs."""


@dataclass(frozen=True, kw_only=True)
class ConversationParted(ConversationFact):
    """It is not this person who speaks in it, after all."""

    person_id: int


@dataclass(frozen=True, kw_only=True)
class ConversationIdentified(ConversationFact):
    """Who the person is became known, and with it whether the law lets them go first."""

    person_id: int
    rank: int


@dataclass(frozen=True, kw_only=True)
class AttendantCame(Fact):
    staff_id: int


@dataclass(frozen=True, kw_only=True)
class AttendantLeft(Fact):
    """They signed out, or their page has not been heard of for a while."""

    staff_id: int
    returned: int
