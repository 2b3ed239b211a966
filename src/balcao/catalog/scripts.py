"""The whole interview of a service: its own questions, with those that every demand is asked around them.

The texts of the standard questions are gettext messages: each script carries them in every language that we speak, so a
chat, a page and a phone read the same ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from balcao.dialogue import QuestionType, Running, Script, load_script

from .models import Kind, Service, ServiceVersion

MAX_DESCRIPTION = 4000  # characters
MAX_FILES = 10
DOCUMENT = {"BR": _("CPF or CNPJ (optional)"), "PT": _("NIF (optional)")}  # what identifies a person, by jurisdiction

#: Codes that a service's own questions may not take.
STANDARD = frozenset(
    {"kind", "description", "location", "files", "who", "who_name", "who_document", "who_email", "who_phone"}
    | {"priority", "answer_by", "consent", "seal"}
)

Priority = tuple[str, str]  # slug, name


def script_for(version: ServiceVersion, *, priorities: Sequence[Priority] = (), talk: bool = False) -> Script:
    """The script of one version of a service. The host brings the validators that it names: `location_here`, `email`,
    `phone` and `document`. Raises dialogue.ScriptError when the service's own questions are not sound.

    `talk`: it is asked in a conversation. The answer comes into that, so nobody is asked how they want to have it."""
    service = version.service
    steps = [_what(service, version.script), _where(service), _files(service), _who(service, priorities, talk)]
    return load_script(
        {
            "slug": f"service-{service.pk}",
            "version": version.number,
            "title": service.name,
            "running": version.script.get("running") or Running.FINISH.value,
            "steps": [step for step in steps if step["questions"]],
        }
    )


def own_questions(script: Script) -> list[str]:
    """The codes of the service's own questions, in order, and of what is computed from them: what a case keeps."""
    kept = [q for q in script.questions() if q.asks or q.type is QuestionType.COMPUTED]
    return [q.code for q in kept if q.code not in STANDARD]


def _what(service: Service, own: dict[str, Any]) -> dict[str, Any]:
    questions: list[dict[str, Any]] = []
    kinds = [kind for kind in Kind if kind.value in service.kinds]
    if len(kinds) > 1:
        questions.append(
            {
                "code": "kind",
                "type": "singlevaluelist",
                "prompt": said(_("What kind of message is it?")),
                "required": True,
                "default": Kind.SOLICITACAO.value if Kind.SOLICITACAO in kinds else kinds[0].value,
                "options": [{"value": k.value, "label": said(k.label), "help": said(KIND_HELP[k])} for k in kinds],
            }
        )
    questions += own.get("questions", [])
    questions.append(
        {
            "code": "description",
            "type": "text",
            "prompt": said(_("Tell us what is going on")),
            "help": said(_("Write it as you would tell a neighbour. Please leave out other people's personal data.")),
            "required": True,
            "meaningful": True,
            "max_length": MAX_DESCRIPTION,
        }
    )
    return {"slug": "what", "title": said(_("Your message")), "questions": questions}


def _where(service: Service) -> dict[str, Any]:
    questions = []
    if service.location != Service.Where.NONE:
        questions.append(
            {
                "code": "location",
                "type": "location",
                "prompt": said(_("Where is it?")),
                "help": said(_("An address, a point on the map, or both: whatever helps the team to find it.")),
                "required": service.location == Service.Where.REQUIRED,
                "validators": ["location_here"],
            }
        )
    return {"slug": "where", "title": said(_("The place")), "questions": questions}


def _files(service: Service) -> dict[str, Any]:
    question = {
        "code": "files",
        "type": "files",
        "prompt": said(_("Choose photos or files")),
        "help": said(_("A photo helps a lot. You can also go on without one.")),
        "max": MAX_FILES,
    }
    return {"slug": "files", "title": said(_("Photos and files")), "questions": [question]}


def _who(service: Service, priorities: Sequence[Priority], talk: bool) -> dict[str, Any]:
    identified = {"eq": ["who", "identified"]} if service.allows_anonymous else None
    questions: list[dict[str, Any]] = []
    if Kind.DENUNCIA in service.kinds:
        seal: dict[str, Any] = {
            "code": "seal",
            "type": "statement",
            "prompt": said(
                _(
                    "In a report of wrongdoing your identity is sealed: whoever acts on it does not see who you are. "
                    "Only the people who guard the seal can."
                )
            ),
        }
        if len(service.kinds) > 1:
            seal["when"] = {"eq": ["kind", Kind.DENUNCIA.value]}
        questions.append(seal)
    if service.allows_anonymous:
        questions.append(
            {
                "code": "who",
                "type": "singlevaluelist",
                "prompt": said(_("Would you like to say who you are?")),
                "required": True,
                "default": "identified",
                "options": [
                    {"value": "identified", "label": said(_("Yes, I will say who I am"))},
                    {
                        "value": "anonymous",
                        "label": said(_("No, I would rather stay anonymous")),
                        "help": said(_("You follow it with its number and code; we cannot write to you.")),
                    },
                ],
            }
        )
    person: dict[str, Any] = {"code": "who", "type": "identity"}
    why = said(_("We use it to give you the answer, and for nothing else."))
    questions.append(_only(person | {"ask": ["name"], "why": why}, identified))
    if not talk:
        questions.append(_only(_answer_by(), identified))
        by_email: dict[str, Any] = {"eq": ["answer_by", "email"]}
        if identified:
            by_email = {"all": [identified, by_email]}
        questions.append(_only(person | {"ask": ["email"], "required": ["email"]}, by_email))
    questions.append(_only(person | {"ask": ["phone"], "required": []}, identified))
    document = {
        "code": "who_document",
        "type": "document",
        "prompt": said(DOCUMENT.get(service.agency.jurisdiction, DOCUMENT["BR"])),
        "help": said(_("It is not needed. With it we recognise you when you come back.")),
        "validators": ["document"],
        "sensitive": True,
    }
    questions.append(_only(document, identified))
    if priorities:
        none = {"value": "none", "label": said(_("None of these"))}
        question = {
            "code": "priority",
            "type": "singlevaluelist",
            "prompt": said(_("Does the law give you priority?")),
            "help": said(_("You do not have to say. If you do, your demand goes to the front.")),
            "default": "none",
            "options": [none, *({"value": slug, "label": name} for slug, name in priorities)],
            "sensitive": True,
        }
        questions.append(_only(question, identified))
    consent = {
        "code": "consent",
        "type": "consent",
        "prompt": said(_("I know that my data are used only to deal with this demand")),
        "help": said(
            _("The law on data protection gives you the right to see, correct and erase them. See “Privacy” below.")
        ),
        "required": True,
    }
    questions.append(_only(consent, identified))
    return {"slug": "who", "title": said(_("About you")), "questions": questions}


def _answer_by() -> dict[str, Any]:
    return {
        "code": "answer_by",
        "type": "singlevaluelist",
        "prompt": said(_("How shall we tell you the answer?")),
        "required": True,
        "default": "email",
        "options": [
            {"value": "email", "label": said(_("By e-mail, and on this site"))},
            {"value": "page", "label": said(_("I will look it up on this site"))},
        ],
    }


def _only(question: dict[str, Any], when: dict[str, Any] | None) -> dict[str, Any]:
    return {**question, "when": when} if when else question


def said(message: str | Promise) -> dict[str, str]:
    """A gettext message in every language of the installation."""
    words = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            words[language] = str(message)
    return words


KIND_HELP = {
    Kind.SOLICITACAO: _("Ask us to do something"),
    Kind.RECLAMACAO: _("Tell us that something went wrong"),
    Kind.DENUNCIA: _("Tell us, under seal, that somebody broke the law"),
    Kind.SUGESTAO: _("Give us an idea"),
    Kind.ELOGIO: _("Say that somebody did well"),
    Kind.INFORMACAO: _("Ask for a document or a figure"),
}
