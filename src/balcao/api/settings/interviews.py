"""Interviews: drafts, the version in force, trying one, publishing."""

from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from ninja import Router, Schema, Status
from pydantic import Field

from balcao.dialogue import Running
from balcao.inbox.interviews.actions import discard, publish, save_draft
from balcao.inbox.interviews.definitions import in_order, walk_definition
from balcao.inbox.interviews.models import Interview
from balcao.inbox.interviews.trying import MOST, play
from balcao.organization.models import Agency
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..words import BIGGEST, In

router = Router(tags=["settings"])


class InterviewIn(In):
    """As a file of the catalogue has it: `title`, `steps`, `outcomes`, `running`."""

    definition: Annotated[dict[str, Any], Field(description="see docs/reference/catalogue-format.md")]


class NewInterview(InterviewIn):
    slug: Annotated[str, Field(max_length=80, description="empty: from its title")] = ""


class Publishing(In):
    running: Literal["finish", "move"] | None = Field(
        None, description="whoever has begun finishes with theirs, or moves over; empty: as the draft says"
    )


class Tried(In):
    given: Annotated[
        list[dict[str, Any]],
        Field(max_length=MOST, description='each {"text": words}, {"tap": id} or {"raw": [values]}'),
    ]


class VersionOut(Schema):
    slug: str
    number: int
    title: str
    published_at: datetime | None = Field(description="empty: a draft")
    definition: dict[str, Any]
    branches: int = Field(description="ways that lead through it")
    unreachable: list[str] = Field(description="codes of questions, and outcomes, to which nobody can come")


class InterviewListed(Schema):
    slug: str
    title: str
    in_use: int | None = Field(description="the version that is asked")
    draft: int | None


class Bubble(Schema):
    text: str
    ours: bool
    choices: list[dict[str, str]] = Field(description="id and label of what may be tapped")


class Played(Schema):
    said: list[Bubble]
    over: str = Field(description="empty, sent, ended or person")
    outcome: dict[str, str] = Field(description="what would follow: open, line or close")


@router.get("/interviews", response={200: list[InterviewListed], **ERRORS}, summary="The interviews")
@scoped("settings.edit")
def list_interviews(request: KeyRequest) -> Any:
    rows: dict[str, dict[str, Any]] = {}
    for one in Interview.objects.filter(agency_id=agency_of(request.auth)).order_by("slug", "version"):
        row = rows.setdefault(one.slug, {"slug": one.slug, "in_use": None, "draft": None})
        row |= {"title": one.title, "in_use" if one.published_at else "draft": one.version}
    return list(rows.values())


@router.post("/interviews", response={201: VersionOut, **ERRORS}, summary="Write an interview")
@scoped("settings.edit")
def add_interview(request: KeyRequest, body: NewInterview) -> Any:
    """It is a draft: nobody is asked it until it is published. Where one has this name, it is its next draft."""
    kept = save_draft(
        actor=request.auth, agency_id=agency_of(request.auth), slug=body.slug.strip(), definition=body.definition
    )
    return Status(201, _told(kept))


@router.get("/interviews/{interview}", response={200: list[VersionOut], **ERRORS}, summary="An interview's versions")
@scoped("settings.edit")
def read_interview(request: KeyRequest, interview: str) -> Any:
    """The newest fifty, the newest first."""
    return [_told(one) for one in _versions(request.auth, interview)[:50]]


@router.put("/interviews/{interview}", response={200: VersionOut, **ERRORS}, summary="Write its next draft")
@scoped("settings.edit")
def write_interview(request: KeyRequest, interview: str, body: InterviewIn) -> Any:
    """The version in use stays as it is. What equals it makes no draft."""
    slug = _versions(request.auth, interview)[0].slug
    kept = save_draft(actor=request.auth, agency_id=agency_of(request.auth), slug=slug, definition=body.definition)
    return _told(kept)


@router.post("/interviews/{interview}/publish", response={200: VersionOut, **ERRORS}, summary="Publish its draft")
@scoped("settings.edit")
def publish_interview(request: KeyRequest, interview: str, body: Publishing) -> Any:
    """Refused when nobody can come to a question, or when it leads to what is not there."""
    return _told(_publish(request.auth, _draft(request.auth, interview), body.running))


@action
def _publish(actor: Actor, draft: Interview, running: str | None) -> Interview:
    if running and draft.definition.get("running", Running.FINISH.value) != running:
        said = {**draft.definition, "running": running}
        draft = save_draft(actor=actor, agency_id=draft.agency_id, slug=draft.slug, definition=said)
    return publish(actor=actor, interview=draft)


@router.delete("/interviews/{interview}/draft", response={204: None, **ERRORS}, summary="Throw its draft away")
@scoped("settings.edit")
def discard_interview(request: KeyRequest, interview: str) -> Any:
    discard(actor=request.auth, interview=_draft(request.auth, interview))
    return Status(204, None)


@router.post(
    "/interviews/{interview}/versions/{number}/try", response={200: Played, **ERRORS}, summary="Try an interview"
)
@scoped("settings.edit")
def try_interview(request: KeyRequest, interview: str, number: int, body: Tried) -> Any:
    """As a chat would ask it; nothing is kept."""
    found = _versions(request.auth, interview).filter(version=number if 0 < number <= BIGGEST else 0).first()
    if found is None:
        raise Http404
    agency = Agency.objects.get(pk=agency_of(request.auth))
    trial = play(found.load(), body.given, agency=agency)
    said = [
        {
            "text": one.text,
            "ours": one.ours is not None,
            "choices": [{"id": c.id, "label": c.label} for c in one.ours.choices] if one.ours else [],
        }
        for one in trial.said
    ]
    after, outcome = trial.outcome, {}
    if after is not None:
        told = {"open": after.open, "line": after.line, "close": after.close.say(agency.locale)}
        outcome = {way: words for way, words in told.items() if words}
    return {"said": said, "over": trial.over, "outcome": outcome}


def _versions(actor: Actor, slug: str) -> Any:
    """The newest first; Http404 when there is none."""
    found = Interview.objects.filter(agency_id=agency_of(actor), slug=slug).order_by("-version")
    if not found:
        raise Http404
    return found


def _draft(actor: Actor, slug: str) -> Interview:
    newest: Interview = _versions(actor, slug)[0]
    if newest.published_at:
        raise Http404
    return newest


def _told(one: Interview) -> dict[str, Any]:
    found = walk_definition(one.definition, slug=one.slug)
    return {
        "slug": one.slug,
        "number": one.version,
        "title": one.title,
        "published_at": one.published_at,
        "definition": in_order(one.definition, one.slug),
        "branches": found.branches,
        "unreachable": list(found.unreachable),
    }
