"""Letters: the words that people receive, by what they are for, in each language, for all services or for one."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from django.http import Http404
from ninja import Query, Router, Schema, Status
from pydantic import Field

from balcao.catalog.actions import change_template, reset_template
from balcao.catalog.models import Service, Template
from balcao.catalog.templates import shipped, source
from balcao.organization.models import Agency
from balcao.platform.actors import Actor

from ..door import ERRORS, KeyRequest, agency_of, scoped
from ..own import own
from ..words import In

router = Router(tags=["settings"])


class Which(In):
    """Whose words: in a language, and of all services or of one."""

    locale: Literal["pt-br", "pt-pt", "en"] | None = Field(None, description="empty: the agency's own language")
    service: str = Field("", max_length=100, description="a slug; empty: of all services")


class WhichOne(Which):
    outcome: str = Field("", max_length=12, description="of an answer: solved, partly…")


class Words(WhichOne):
    subject: Annotated[str, Field(max_length=200)]
    body: Annotated[str, Field(min_length=1, max_length=10_000, description="fields are written {{ protocol }}")]


class LetterOut(Schema):
    purpose: str
    outcome: str
    subject: str
    body: str
    own: bool = Field(description="written by you; else the words that stand behind")


@router.get("/letters", response={200: list[LetterOut], **ERRORS}, summary="The letters as they are sent now")
@scoped("settings.edit")
def list_letters(request: KeyRequest, wanted: Query[Which]) -> Any:
    service, locale = _service(request.auth, wanted), _locale(request.auth, wanted)
    kept = _kept(request.auth, locale, service)
    edited = set(kept.values_list("purpose", "outcome"))
    return [
        _told(request.auth, purpose, outcome, locale, service, (purpose, outcome) in edited)
        for purpose, outcome in _all(locale)
    ]


@router.put("/letters/{purpose}", response={200: LetterOut, **ERRORS}, summary="Write a letter in your own words")
@scoped("settings.edit")
def write_letter(request: KeyRequest, purpose: str, body: Words) -> Any:
    """Letters that were sent keep their words."""
    actor, service, locale = request.auth, _service(request.auth, body), _locale(request.auth, body)
    if (purpose, body.outcome) not in set(_all(locale)):
        raise Http404
    template = _kept(actor, locale, service).filter(purpose=purpose, outcome=body.outcome).first()
    template = template or Template(
        agency=Agency.objects.get(pk=agency_of(actor)), service=service, purpose=purpose, outcome=body.outcome,
        locale=locale,
    )  # fmt: skip
    template.subject, template.body = body.subject, body.body.replace("\r\n", "\n")
    change_template(actor=actor, template=template)
    return _told(actor, purpose, body.outcome, locale, service, True)


@router.delete("/letters/{purpose}", response={204: None, **ERRORS}, summary="Go back to the words behind")
@scoped("settings.edit")
def reset_letter(request: KeyRequest, purpose: str, wanted: Query[WhichOne]) -> Any:
    """The agency's own for a service's letter, else those that come with Balcão."""
    kept = _kept(request.auth, _locale(request.auth, wanted), _service(request.auth, wanted))
    template = kept.filter(purpose=purpose, outcome=wanted.outcome).first()
    if template is None:
        raise Http404
    reset_template(actor=request.auth, template=template)
    return Status(204, None)


def _service(actor: Actor, wanted: Which) -> Service | None:
    return own(actor, Service, wanted.service) if wanted.service else None


def _locale(actor: Actor, wanted: Which) -> str:
    return wanted.locale or Agency.objects.values_list("locale", flat=True).get(pk=agency_of(actor))


def _kept(actor: Actor, locale: str, service: Service | None) -> Any:
    return Template.objects.filter(agency_id=agency_of(actor), locale=locale, service=service)


def _all(locale: str) -> Iterator[tuple[str, str]]:
    for purpose, words in shipped(locale).items():
        if purpose == "answer":
            yield from ((purpose, outcome) for outcome in words)
        else:
            yield purpose, ""


def _told(
    actor: Actor, purpose: str, outcome: str, locale: str, service: Service | None, own_words: bool
) -> dict[str, Any]:
    letter = source(
        agency_id=agency_of(actor), service_id=service.pk if service else None, purpose=purpose, outcome=outcome,
        locale=locale,
    )  # fmt: skip
    told = {"purpose": purpose, "outcome": outcome, "subject": letter.subject, "body": letter.body}
    return {**told, "own": own_words}
