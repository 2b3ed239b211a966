"""Opening a case: the service's own interview, answered at once, as the portal and the counter have it answered."""

from typing import Annotated, Any, BinaryIO, cast
from uuid import UUID, uuid4

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import File, Header, Router, Status, UploadedFile

from balcao.cases.actions import NewId
from balcao.cases.actions import Opened as Begun
from balcao.cases.models import Case
from balcao.catalog.models import ServiceVersion
from balcao.catalog.queries import published_service, questions_of
from balcao.dialogue import Interview
from balcao.inbox import intake
from balcao.inbox.finished import finished
from balcao.inbox.intake import Envelope
from balcao.platform.access_codes import code_from, code_matches, format_code
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.files.actions import store_file
from balcao.platform.models import StoredFile
from balcao.platform.standing import standing
from balcao.web.asking import errors_of
from balcao.workorders.queries import orders_of

from ..door import ERRORS, KeyRequest, agency_of, answer, scoped
from . import router
from .schemas import FileOut, NewCase, Opened

files = Router(tags=["cases"])
CHANNEL = "api"
REPEATED = Annotated[
    str,
    Header(
        "",
        alias="Idempotency-Key",
        pattern=r"^[\x21-\x7e]*$",
        max_length=80,
        description="your own id of this demand: sent again it opens nothing, and answers as the first time",
    ),
]


@router.post("", response={200: Opened, 201: Opened, **ERRORS}, summary="Open a case")
@scoped("case.open")
def open_case(request: KeyRequest, body: NewCase, idempotency_key: REPEATED) -> Any:
    """Numbered, dated and routed when this answers 201; 200 says that it was open already. The service's own questions
    are asked as on the portal: an answer that is missing or wrong is told with its code in `field`."""
    actor = request.auth
    agency_id = agency_of(actor)
    external = f"{actor.id}:{idempotency_key}" if idempotency_key else NewId(f"{actor.id}:{uuid4()}")
    code = code_from(f"api\0{agency_id}\0{external}")
    try:
        opened = _opened(actor, body, external, code)
    except Refusal:  # by what is asked now; what was opened once is told as it was
        case = _opened_by.one(Actor.system(agency_id), external=external)
        if case is None:
            raise
        return answer(_told(actor, case, code, repeat=True))
    case = opened.case if not opened.repeat else _opened_by.get(Actor.system(agency_id), external=external)
    return answer(_told(actor, case, code, repeat=opened.repeat), 200 if opened.repeat else 201)


def _opened(actor: Actor, body: NewCase, external: str, code: str) -> Begun:
    agency_id = agency_of(actor)
    service = published_service(agency_id, body.service)
    if service is None or service.current is None:
        raise Invalid(_("There is no service “%(slug)s”.") % {"slug": body.service}, field="service")
    version, locale = questions_of(service, service.current.pk), body.locale or service.agency.locale
    interview = interview_of(actor, version, body, locale)
    return intake.send_demand(
        actor=actor,
        version=version,
        answers=finished(interview),
        script=interview.script,
        envelope=Envelope(channel=CHANNEL, external_id=external, access_code=code, locale=locale),
    )


@standing
def _opened_by(actor: Actor, *, external: str) -> QuerySet[Case]:
    """Index: the constraint `case_external_once`."""
    return Case.objects.visible_to(actor).filter(channel=CHANNEL, external_id=external).select_related("deadline")


def _told(actor: Actor, case: Case, code: str, *, repeat: bool) -> dict[str, Any]:
    """Its person may have another access code by now: then this one is not shown."""
    shown = format_code(code) if code_matches(code, case.access_hash) else ""
    told = {"protocol": case.protocol, "access_code": shown, "due_at": case.deadline.due_at, "state": case.state}
    return {**told, "orders": orders_for(actor, case), "repeat": repeat}


def orders_for(actor: Actor, case: Case) -> list[int]:
    """What areas got to do for a case just opened, as far as the key reads orders."""
    return [order.pk for order in orders_of.all(actor.sight, case=case.pk)] if actor.can("order.read") else []


@files.post("/files", response={201: FileOut, **ERRORS}, summary="Bring a file, to be named when opening")
@scoped("case.open")
def bring_file(request: KeyRequest, file: File[UploadedFile]) -> Any:
    """A picture, a PDF or a document, 25 MB at most. It is cleaned of what cameras and editors write into files, and
    forgotten after two days when no case names it."""
    kept = store_file(actor=request.auth, agency_id=agency_of(request.auth), upload=cast(BinaryIO, file))
    told = {"id": kept.uuid, "name": kept.name, "mime": kept.mime, "size": kept.size, "by_citizen": False}
    return Status(201, told)


def interview_of(actor: Actor, version: ServiceVersion, body: NewCase, locale: str, *, talk: bool = False) -> Interview:
    """The service's own (`talk`: as it is asked in a conversation), complete; or Invalid with the first question whose
    answer is missing or wrong."""
    agency = version.service.agency
    now = intake.local_now(agency, timezone.now())
    interview = Interview.start(
        intake.script(version, talk=talk), now=now, validators=intake.validators(agency), language=locale
    )
    given = _given(actor, body)
    known = {question.code for question in interview.script.questions()}
    if strange := sorted(set(body.answers) - known):
        raise Invalid(_("This service asks no question “%(code)s”.") % {"code": strange[0]}, field=strange[0])
    interview, wrong = interview.give_page({c: v for c, v in given.items() if c in known}, now=now)
    while not wrong and (question := interview.next_question()) is not None:
        interview, wrong = interview.give(question.code, None, now=now)
    if wrong:
        field, sentence = next(iter(errors_of(wrong).items()))
        raise Invalid(sentence, field=field)
    return interview


def _given(actor: Actor, body: NewCase) -> dict[str, Any]:
    """What was sent, by the codes of the questions."""
    given: dict[str, Any] = {**body.answers, "description": body.description}
    if body.kind:
        given["kind"] = body.kind
    if body.location:
        given["location"] = {k: v for k, v in body.location.model_dump().items() if v not in ("", None)} or None
    if body.files:
        given["files"] = own_files(actor, body.files)
    who = body.reporter
    given["who"] = "identified" if who else "anonymous"
    if who:
        given |= {"who_name": who.name, "who_document": who.document or None, "who_email": who.email or None}
        given |= {"who_phone": who.phone or None, "priority": who.priority or "none", "answer_by": who.answer_by}
        given["consent"] = who.consent
    return given


def own_files(actor: Actor, wanted_files: list[UUID]) -> list[str]:
    """Only what this very key has brought: nobody can name somebody else's."""
    if not wanted_files:
        return []
    mine = StoredFile.objects.visible_to(actor).filter(uploaded_by_kind="key", uploaded_by_id=actor.id)
    found = {str(uuid) for uuid in mine.filter(uuid__in=wanted_files).values_list("uuid", flat=True)}
    wanted = [str(uuid) for uuid in wanted_files]
    if set(wanted) - found:
        raise Invalid(_("This file was not brought by this key."), field="files")
    return wanted
