"""What was done with people's data: ids and codes, as everywhere; so they may stay for ever."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class PersonExported(Fact):
    """A copy of all that is kept of a person was made for them."""

    person_id: int
    cases: int


@dataclass(frozen=True, kw_only=True)
class PersonErased(Fact):
    """Nothing names this person any more."""

    person_id: int
    cases: int


@dataclass(frozen=True, kw_only=True)
class ErasureRefused(Fact):
    """Some of it must be kept; the page of the request said why."""

    person_id: int
    cleared: int
    kept: int


@dataclass(frozen=True, kw_only=True)
class CaseCleared(Fact):
    """The person was taken out of a demand ("pseudonymise"), or all its words went ("delete")."""

    kind: str


@dataclass(frozen=True, kw_only=True)
class TalkCleared(Fact):
    """The retention table took all words out of a conversation without a demand."""

    conversation_id: int


@dataclass(frozen=True, kw_only=True)
class HoldPlaced(Fact):
    hold_id: int


@dataclass(frozen=True, kw_only=True)
class HoldLifted(Fact):
    hold_id: int
