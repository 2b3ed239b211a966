"""Facts about how it went."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class CaseRated(Fact):
    answer_id: int
    score: int
