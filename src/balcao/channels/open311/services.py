"""What can be asked for: the public services, and each one's own questions as GeoReport's attributes."""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind, Service
from balcao.catalog.queries import published_services
from balcao.catalog.questions import questions_of, read_questions
from balcao.dialogue import Question, QuestionType
from balcao.platform.settled import settled

from .calls import Call
from .wire import Problem

T = QuestionType
DATATYPES = {
    T.STRING: "string",
    T.NUMBER: "number",
    T.DATETIME: "datetime",
    T.TEXT: "text",
    T.SINGLE: "singlevaluelist",
    T.MULTI: "multivaluelist",
    T.DATE: "datetime",
    T.BOOLEAN: "singlevaluelist",
    T.LOCATION: "string",
    T.EMAIL: "string",
    T.PHONE: "string",
    T.DOCUMENT: "string",
    T.CONSENT: "singlevaluelist",
    T.NAME: "string",
    T.MONEY: "number",
    T.SCALE: "number",
    T.STATEMENT: "string",  # only read: `variable` is false
}


def public_services(agency_id: int) -> Any:
    """What GeoReport offers of an agency's catalogue: services whose demands everybody may see, in some kind but a
    report of wrongdoing, which nobody else may carry."""
    open_ones = published_services(agency_id).filter(is_public=True).exclude(kinds=[Kind.DENUNCIA])
    return open_ones.select_related("current")


def service_of(agency_id: int, code: str) -> Service:
    """One of them, with its agency and its questions; 404. Remembered: do not change it."""

    def load() -> dict[str, Service]:
        # All at once: were each code remembered by itself, made-up ones would fill the memory.
        found = {one.slug: one for one in public_services(agency_id).select_related("agency")}
        for one in found.values():
            one.current.service = one
        return found

    services = settled(("open311 services", agency_id), load)
    if code not in services:
        raise Problem(404, "service_code was not found.")
    return services[code]


def listing(call: Call) -> tuple[str, Any]:
    """GET services."""
    fields = ("slug", "name", "summary", "keywords", "group__name", "current__script")
    services = public_services(call.agency.pk).only(*fields)
    return "services", [
        {
            "service_code": service.slug,
            "service_name": service.name,
            "description": service.summary,
            "metadata": any(one.get("type") != "files" for one in questions_of(service.current)),
            "type": "realtime",
            "keywords": ",".join(service.keywords.replace(",", " ").split()),
            "group": service.group.name,
        }
        for service in services
    ]


def definition(call: Call, code: str) -> tuple[str, Any]:
    """GET service definition."""
    service = service_of(call.agency.pk, code)
    assert service.current is not None
    questions = [q for q in read_questions(service.current) if q.type in DATATYPES]
    attributes = [_attribute(number, question) for number, question in enumerate(questions, 1)]
    return "service_definition", {"service_code": service.slug, "attributes": attributes}


def _attribute(number: int, question: Question) -> dict[str, Any]:
    language = translation.get_language() or "pt-br"
    attribute: dict[str, Any] = {
        "variable": question.asks,
        "code": question.code,
        "datatype": DATATYPES[question.type],
        # One that is asked only under a condition cannot be demanded of everybody.
        "required": question.required and question.when is None,
        "datatype_description": question.help.say(language) or None,
        "order": number,
        "description": question.prompt.say(language),
    }
    if question.options:
        attribute["values"] = [{"key": one.value, "name": one.label.say(language)} for one in question.options]
    elif question.type in (T.BOOLEAN, T.CONSENT):
        attribute["values"] = [{"key": "true", "name": _("Yes")}, {"key": "false", "name": _("No")}]
    return attribute
