"""Facts about a case. Ids and codes only; words stand in Remark and Answer."""

from dataclasses import dataclass

from balcao.platform.events import Fact


@dataclass(frozen=True, kw_only=True)
class CaseOpened(Fact):
    service_id: int
    kind: str
    channel: str


@dataclass(frozen=True, kw_only=True)
class CaseAssumed(Fact):
    """Somebody in triage takes care of it."""

    staff_id: int
    from_staff_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseLetGo(Fact):
    """Nobody in particular takes care of it any more: triage does."""

    from_staff_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseClassified(Fact):
    service_id: int
    kind: str
    priority: int


@dataclass(frozen=True, kw_only=True)
class CaseDispatched(Fact):
    """An area must act. `rule_id` is the responsibility rule that chose it; None when a person did."""

    area_id: int
    rule_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class CaseTransferred(Fact):
    area_id: int
    from_area_id: int | None
    remark_id: int


@dataclass(frozen=True, kw_only=True)
class CaseGivenBack(Fact):
    """The area says that it is not theirs: triage must act."""

    from_area_id: int | None
    remark_id: int


@dataclass(frozen=True, kw_only=True)
class CitizenAsked(Fact):
    remark_id: int
    paused: bool


@dataclass(frozen=True, kw_only=True)
class CitizenHeard(Fact):
    """The citizen added information. `resumed`: it was waited for, and the clock runs again."""

    remark_id: int
    resumed: bool
    files: int = 0


@dataclass(frozen=True, kw_only=True)
class NoteWritten(Fact):
    remark_id: int


@dataclass(frozen=True, kw_only=True)
class ReportReceived(Fact):
    outcome: str


@dataclass(frozen=True, kw_only=True)
class ReportSentBack(Fact):
    remark_id: int


@dataclass(frozen=True, kw_only=True)
class AnswerDrafted(Fact):
    answer_id: int
    outcome: str


@dataclass(frozen=True, kw_only=True)
class AnswerSent(Fact):
    """The answer left our hands and waits for its delivery."""

    answer_id: int
    outcome: str


@dataclass(frozen=True, kw_only=True)
class AnswerUndelivered(Fact):
    """Every try failed: somebody must find another way."""

    answer_id: int


@dataclass(frozen=True, kw_only=True)
class AnswerRetried(Fact):
    """It sets out again: to another address, or because whoever kept it from arriving is thought to be well."""

    answer_id: int


@dataclass(frozen=True, kw_only=True)
class CaseClosed(Fact):
    answer_id: int
    outcome: str
    within_deadline: bool


@dataclass(frozen=True, kw_only=True)
class CaseRefused(Fact):
    answer_id: int


@dataclass(frozen=True, kw_only=True)
class CaseMerged(Fact):
    primary_id: int
    by_citizen: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseParted(Fact):
    """It was no duplicate after all, or its primary was reopened without it."""

    primary_id: int


@dataclass(frozen=True, kw_only=True)
class CaseReopened(Fact):
    remark_id: int
    times: int


@dataclass(frozen=True, kw_only=True)
class WayBackSent(Fact):
    """Somebody who knows the number and the contact point lost the code: a link goes to that contact point."""

    contact_id: int


@dataclass(frozen=True, kw_only=True)
class WayBackUsed(Fact):
    """The link was opened: whoever asked can be reached there."""

    contact_id: int


@dataclass(frozen=True, kw_only=True)
class AccessCodeRenewed(Fact):
    """The case has a new access code; the old one opens nothing any more."""


@dataclass(frozen=True, kw_only=True)
class ContactCorrected(Fact):
    """The person told us where to write instead; None: nowhere, the page is enough."""

    contact_id: int | None


@dataclass(frozen=True, kw_only=True)
class CasePublished(Fact):
    """A reviewer lets everybody see a text about it, this many photos, and perhaps its exact place."""

    publication_id: int
    photos: int
    exact_place: bool


@dataclass(frozen=True, kw_only=True)
class CaseUnpublished(Fact):
    publication_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentMade(Fact):
    """A problem that many ask about is known: the portal tells of it."""

    incident_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentChanged(Fact):
    incident_id: int


@dataclass(frozen=True, kw_only=True)
class CaseGathered(Fact):
    """It belongs to a known incident, whose area acts for all of them at once."""

    incident_id: int
    area_id: int
    by_citizen: bool = False


@dataclass(frozen=True, kw_only=True)
class CaseReleased(Fact):
    """It goes on by itself: it was another problem, or its incident was withdrawn."""

    incident_id: int


@dataclass(frozen=True, kw_only=True)
class IncidentReported(Fact):
    """One report for everybody in it; each answer follows in a job of its own."""

    incident_id: int
    outcome: str
    people: int


@dataclass(frozen=True, kw_only=True)
class IncidentWithdrawn(Fact):
    """It was no such problem: everybody in it goes on by themselves."""

    incident_id: int
    people: int


@dataclass(frozen=True, kw_only=True)
class CaseSettled(Fact):
    """The incident's report became this case's answer."""

    incident_id: int
    answer_id: int
