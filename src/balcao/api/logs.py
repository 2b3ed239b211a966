"""The logs that people look into: who changed which setting, who was shown which demand."""

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema
from pydantic import Field

from balcao.organization.logs import changes_for, names_of, reads_of

from .cases.finding import case_of
from .door import ERRORS, KeyRequest, scoped, seen
from .words import In

router = Router(tags=["logs"])
PAGE = 50


class Page(In):
    before: int = Field(2**63 - 1, ge=1, le=2**63 - 1, description="`next` of the page before")


class Wanted(Page):
    model: str = Field("", max_length=60, description="what was changed: `catalog.service`, `organization.area`…")
    object: int | None = Field(None, ge=1, le=2**63 - 1, description="of that model, its `id`")


class ChangeOut(Schema):
    id: int = Field(description="the `version` that the setting has with it")
    at: datetime
    model: str
    object: int
    verb: str = Field(description="create, change or delete")
    by: str = Field(description="staff, key or system")
    who: str = Field(description="the name of the colleague or the key; empty for the system, and for who is gone")
    changes: dict[str, list[Any]] = Field(description="field: [before, after]; of a secret only that it changed")


class ChangesPage(Schema):
    changes: list[ChangeOut]
    next: int | None = Field(description="give it as `before` for the next page; empty on the last one")


class ReadOut(Schema):
    id: int
    at: datetime
    by: str = Field(description="staff, key, citizen or system")
    who: str = Field(description="the name of the colleague or the key; else empty")
    purpose: str = Field(description="the page or the call that showed it")


class ReadsPage(Schema):
    reads: list[ReadOut]
    next: int | None = Field(description="give it as `before` for the next page; empty on the last one")


@router.get("/changes", response={200: ChangesPage, **ERRORS}, summary="Who changed which setting")
@scoped("settings.edit", "staff.edit")
def list_changes(request: KeyRequest, wanted: Query[Wanted]) -> Any:
    """The newest first. Of colleagues and their roles only with `staff.edit`."""
    found = changes_for(request.auth.at(None)).filter(pk__lt=wanted.before)
    if wanted.model:
        found = found.filter(model=wanted.model)
    if wanted.object:
        found = found.filter(object_id=wanted.object)
    rows = list(found[: PAGE + 1])
    names = names_of(rows[:PAGE])
    told = [
        {
            **{name: getattr(row, name) for name in ("id", "at", "model", "verb", "changes")},
            "object": row.object_id,
            "by": row.actor_kind,
            "who": names.get((row.actor_kind, row.actor_id or 0), ""),
        }
        for row in rows[:PAGE]
    ]
    return {"changes": told, "next": rows[PAGE - 1].pk if len(rows) > PAGE else None}


@router.get("/cases/{protocol}/reads", response={200: ReadsPage, **ERRORS}, summary="Who was shown this case")
@scoped("audit.read")
def list_reads(request: KeyRequest, protocol: str, wanted: Query[Page]) -> Any:
    """The latest first. The key must see the case itself, and is logged too."""
    case = case_of(request.auth, protocol)
    request.auth.at(case.area_id).require("audit.read")
    rows = list(reads_of("case", case.pk).filter(pk__lt=wanted.before)[: PAGE + 1])
    seen(request, "case", [case.pk], "reads")
    names = names_of(rows[:PAGE])
    told = [
        {
            **{name: getattr(row, name) for name in ("id", "at", "purpose")},
            "by": row.actor_kind,
            "who": names.get((row.actor_kind, row.actor_id or 0), ""),
        }
        for row in rows[:PAGE]
    ]
    return {"reads": told, "next": rows[PAGE - 1].pk if len(rows) > PAGE else None}
