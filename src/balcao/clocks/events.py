"""What happened to a clock. Ids, moments and levels; the reasons that people wrote stay in their own rows."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class DeadlineFact(Fact):
    deadline_id: int
    kind: str
    """"answer" to the citizen, or an "order" to an area."""


@dataclass(frozen=True, kw_only=True)
class DeadlineStarted(DeadlineFact):
    rule: str
    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlinePaused(DeadlineFact):
    pause_id: int


@dataclass(frozen=True, kw_only=True)
class DeadlineResumed(DeadlineFact):
    pause_id: int
    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlineExtended(DeadlineFact):
    extension_id: int
    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlineStopped(DeadlineFact):
    met: bool


@dataclass(frozen=True, kw_only=True)
class DeadlineRestarted(DeadlineFact):
    """Its stop was taken back: the answer that it was stopped for came back."""

    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlineWarned(DeadlineFact):
    percent: int
    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlineBreached(DeadlineFact):
    due_at: str


@dataclass(frozen=True, kw_only=True)
class DeadlineEscalated(DeadlineFact):
    """`step` 1, 2, 3: to the next manager above, one each working day."""

    step: int
    due_at: str
