"""Reading cases: lists, one case with its words, its history, its files. Every reading is logged under the key."""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpResponseBase
from ninja import Query

from balcao.cases.models import Attachment, Case
from balcao.cases.moving import with_settled
from balcao.cases.seal import attachments_for, openable
from balcao.catalog.questions import read_questions
from balcao.platform.actors import Actor
from balcao.platform.files.serving import serve
from balcao.platform.models import Event
from balcao.platform.standing import standing

from ..door import ERRORS, KeyRequest, answer, reading_of, scoped, seen
from . import router
from .finding import OWN, TOLD, case_of, id_of, page_for
from .schemas import CaseOut, CasePage, Filters, HappenedOut, line_of

MOST_EVENTS = 500


@router.get("", response={200: CasePage, **ERRORS}, summary="A page of cases")
@scoped("case.read", "order.read")
def list_cases(request: KeyRequest, wanted: Query[Filters]) -> Any:
    """Up to 25 at a time, of what the key may see. To look for people or words the key needs `case.search` too."""
    page, people = page_for(request.auth, wanted)
    if people:
        seen(request, "case", [case.pk for case in page.cases], "search")
    else:
        seen(request, "list", [None], "cases")
    return answer({"cases": [line_of(case) for case in page.cases], "next": page.next})


@router.get("/{protocol}", response={200: CaseOut, **ERRORS}, summary="One case with its words")
@scoped("case.read", "order.read")
def read_case(request: KeyRequest, protocol: str) -> Any:
    """Who asked is told to keys with `person.read`; the sealed author of a report of wrongdoing only to those with
    `person.sealed`."""
    case = case_of(request.auth, protocol, "reporter__priority", "service_version")
    here = request.auth.at(case.area_id)
    seen(request, "case", [case.pk], "case")
    knows = here.can("person.sealed" if case.sealed else "person.read")
    author = _author(case) if knows else None
    if author:
        seen(request, "person", [case.reporter_id], "case")
    return {
        **line_of(case),
        "description": case.description,
        "answers": _answers(case, knows),
        "address": case.address,
        "lat": case.lat,
        "lon": case.lon,
        "anonymous": case.reporter_id is None,
        "author": author,
        "remarks": [_remark(r) for r in case.remarks.all()],
        "files": [_file(a) for a in attachments_for(case, request.auth)],
        "answers_given": list(case.answers_given.values("number", "outcome", "subject", "body", "sent_at")),
        "followers": list(case.followers.order_by("pk").values_list("protocol", flat=True)[:500]),
    }


@router.get("/{protocol}/events", response={200: list[HappenedOut], **ERRORS}, summary="What has happened to it")
@scoped("case.read", "order.read")
def read_history(request: KeyRequest, protocol: str, after: int = Query(0, ge=0, le=2**63 - 1)) -> Any:
    """Its facts in order, up to 500; `after` the id of the last one that you have."""
    case = id_of(request.auth, protocol)
    events = _events.beside(reading_of(request, "case", case, "events"), case=case, after=after)
    return answer([{"id": e.pk, "kind": e.kind, "at": e.at, "by": e.actor_kind, "data": e.data} for e in events])


@standing
def _events(*, case: int, after: int) -> QuerySet[Event]:
    return Event.objects.filter(case_id=case, id__gt=after).order_by("id")[:MOST_EVENTS]


BINARY = {"responses": {200: {"description": "The file", "content": {"application/octet-stream": {}}}}}


@router.get("/{protocol}/files/{file}", response=ERRORS, openapi_extra=BINARY, summary="One file of a case")
@scoped("case.read", "order.read")
def read_file(request: KeyRequest, protocol: str, file: UUID) -> HttpResponseBase:
    """As it was kept: without what cameras and editors write into files."""
    case = case_of(request.auth, protocol)
    held = Attachment.objects.filter(case=case, file__uuid=file).select_related("file").first()
    if held is None:
        raise Http404
    opened = openable(held.file, case=case, actor=request.auth)
    seen(request, "file", [held.file_id], "case file")
    return serve(opened, request=request)


def _author(case: Case) -> dict[str, Any] | None:
    person = case.reporter
    if person is None:
        return None
    contacts = list(person.contacts.all())
    return {
        "name": case.said_name or person.name,
        "document_kind": person.document_kind if person.document else "",
        "document": person.document or "",
        "emails": [c.value for c in contacts if c.kind == "email"],
        "phones": [c.value for c in contacts if c.kind == "phone"],
        "priority": person.priority.slug if person.priority else "",
    }


def _answers(case: Case, knows: bool) -> dict[str, Any]:
    """Without the sensitive ones for those who may not know who asked."""
    hidden = {question.code for question in read_questions(case.service_version) if question.sensitive and not knows}
    return {code: value for code, value in case.answers.items() if code not in hidden}


def _remark(remark: Any) -> dict[str, Any]:
    told = {"kind": remark.kind, "text": remark.text, "at": remark.at, "public": remark.public}
    return {**told, "by": remark.author_kind}


def _file(held: Attachment) -> dict[str, Any]:
    file = held.file
    told = {"id": file.uuid, "name": file.name, "mime": file.mime, "size": file.size}
    return {**told, "by_citizen": held.by_citizen}


def line_again(actor: Actor, case: Case) -> dict[str, Any]:
    """The case as it stands now, after an act. The actor may have given it out of its own sight."""
    return line_of(with_settled(_again.get(Actor.system(actor.agency_id), case=case.pk)))


@standing
def _again(actor: Actor, *, case: int) -> QuerySet[Case]:
    return Case.objects.visible_to(actor).select_related(*OWN).only(*TOLD).filter(pk=case)
