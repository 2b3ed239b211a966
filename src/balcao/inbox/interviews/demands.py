"""An interview that ends in a demand: its answers become those of the service's own questions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from balcao.cases.actions import Opened
from balcao.catalog.models import Service, ServiceVersion
from balcao.catalog.queries import published_service
from balcao.dialogue import Answers, Interview, Invalid, Question, QuestionType, Script, check
from balcao.inbox import intake
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.papers import external_id
from balcao.inbox.models import MessageFile
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal

from .definitions import Outcome
from .files import files_in
from .queries import SERVICE
from .run import Run

_NO_ANSWER = (QuestionType.STATEMENT, QuestionType.END, QuestionType.COMPUTED)


def open_demand(run: Run, outcome: Outcome, interview: Interview, answers: Answers) -> Opened:
    """Open it: its number, date and code are told in the conversation at once. The same round opens one. A Refusal
    when the service does not take it as it is."""
    held = run.held
    service = published_service(held.agency_id, outcome.open) or _unpublished(held.agency_id, outcome.open)
    own = run.asked.script == f"{SERVICE}{outcome.open}"
    number = answers.version if own else service.current.number if service.current else 0
    version = ServiceVersion.objects.get(service=service, number=number)
    version.service = service
    script = intake.script(version, talk=True)
    values = dict(answers.values) if own else _mapped(run, outcome, interview, script, service)
    return intake.send_demand(
        actor=Actor.citizen(held.agency_id),
        version=version,
        answers=replace(answers, values=_with_own_files(held, script, values)),
        script=script,
        envelope=intake.Envelope(
            channel=held.channel,
            external_id=external_id(held, f"interview:{run.asked.round}"),
            locale=held.language,
            conversation=held,
        ),
        now=run.now,
    )


def _unpublished(agency_id: int, slug: str) -> Service:
    """Whoever began before it was taken off the portal may still end it."""
    service = Service.objects.select_related("agency", "current").filter(agency_id=agency_id, slug=slug).first()
    if service is None or service.current is None:
        raise Refusal(log=f"no service {slug!r}")
    return service


def _mapped(run: Run, outcome: Outcome, interview: Interview, script: Script, service: Service) -> dict[str, Any]:
    """What the service's questions take of these answers: those of the same code, and what the outcome names."""
    given: dict[str, Any] = dict(interview.values)
    if outcome.description:
        given["description"] = _in_words(interview, outcome.description)
    if not given.get("description"):
        given["description"] = "\n".join(
            f"{line.question.prompt.say(interview.language)} {line.text}" for line in interview.review() if line.text
        )
    kind = given.get(outcome.kind or "kind")
    given["kind"] = kind if kind in service.kinds else service.kinds[0]
    given["files"] = files_in(interview)
    taken = {code: given[code] for code in ("kind", "priority", "who_name", "who_document", "who_email", "who_phone")
             if given.get(code)}  # fmt: skip
    for question in script.questions():
        if question.type not in _NO_ANSWER and question.code not in taken and given.get(question.code) is not None:
            value = _checked(run, question, given[question.code])
            taken |= {question.code: value} if value is not None else {}
    return taken


def _in_words(interview: Interview, code: str) -> str:
    value = interview.values.get(code)
    if isinstance(value, str) and not interview.script.by_code[code].options:
        return value
    return next((line.text for line in interview.review() if line.question.code == code), "")


def _checked(run: Run, question: Question, value: object) -> Any:
    try:
        return check(question, value, validators=run.checks, now=run.local, language=run.held.language)
    except Invalid:
        return None


def _with_own_files(held: Conversation, script: Script, values: dict[str, Any]) -> dict[str, Any]:
    """Only files that came in this conversation: nobody takes another's along by naming it."""
    codes = [q.code for q in script.questions() if q.type is QuestionType.FILES and values.get(q.code)]
    named = {uuid for code in codes for uuid in values[code]}
    ours = MessageFile.objects.filter(message__conversation=held, message__direction="in", file__uuid__in=named)
    kept = {str(uuid) for uuid in ours.values_list("file__uuid", flat=True)} if named else set()
    return values | {code: [uuid for uuid in values[code] if uuid in kept] for code in codes}
