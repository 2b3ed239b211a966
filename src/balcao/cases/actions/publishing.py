"""The review before anybody else sees something of a case: its words, its photos, its exact place."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.catalog.models import Kind
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from ..events import CasePublished, CaseUnpublished
from ..models import Attachment, Case, Publication
from ..moving import locked
from ..words import required

MOST = 1000  # characters: what fits beside other demands
HIDDEN = "[…]"
_EMAIL = re.compile(r"\S+@\S+\.\w+")
_NUMBER = re.compile(r"\+?\d[\d.\-/() ]{5,}\d")  # documents, phones, plates of digits


def may_be_published(case: Case) -> bool:
    """Only of a service whose demands may be shown; a report of wrongdoing and a sealed author never."""
    return case.service.is_public and not case.sealed and case.kind != Kind.DENUNCIA


def suggested(case: Case) -> str:
    """What the reviewer begins from: the person's words without addresses of mail, long numbers and their own name."""
    text = _NUMBER.sub(HIDDEN, _EMAIL.sub(HIDDEN, case.description))
    for name in case.reporter.name.split() if case.reporter else []:
        if len(name) > 3:
            text = re.sub(rf"\b{re.escape(name)}\b", HIDDEN, text, flags=re.IGNORECASE)
    return text[:MOST]


@action
def publish_case(
    *,
    actor: Actor,
    case: Case,
    text: str,
    photos: Collection[int] = (),
    exact_place: bool = False,
    version: int | None = None,
    now: datetime | None = None,
) -> Publication:
    """Let everybody see `text`, the pictures among `photos` (ids of the case's attachments) and, where the service does
    not coarsen it, the exact place. A second review takes the first one's place."""
    now = now or timezone.now()
    case = locked(case, actor=actor, version=version)
    actor.at(case.area_id).require("case.publish")
    if not may_be_published(case):
        raise Refusal(_("This demand is not one that may be shown to others."), log=f"case {case.pk} is not public")
    fields = {
        "text": required(text, field="text", most=MOST),
        "exact_place": exact_place and not case.service.coarse_location,
        "withdrawn_at": None,
        "reviewer_id": actor.staff_id,
        "at": now,
    }
    publication, _made = Publication.objects.update_or_create(case=case, defaults=fields)
    pictures = Attachment.objects.filter(case=case, file__kind="image", public=True)
    pictures.exclude(pk__in=photos).update(published=False)
    shown = pictures.filter(pk__in=photos).update(published=True)
    fact = CasePublished(publication_id=publication.pk, photos=shown, exact_place=publication.exact_place)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return publication


@action
def unpublish_case(*, actor: Actor, case: Case, version: int | None = None, now: datetime | None = None) -> None:
    """Nobody else sees its words and photos any more, from this moment."""
    now = now or timezone.now()
    case = locked(case, actor=actor, version=version)
    actor.at(case.area_id).require("case.publish")
    publication = Publication.objects.filter(case=case, withdrawn_at=None).first()
    if publication is None:
        raise Refusal(_("Nothing of this demand is shown to others."), log=f"case {case.pk} was not published")
    publication.withdrawn_at = now
    publication.save(update_fields=["withdrawn_at"])
    Attachment.objects.filter(case=case, published=True).update(published=False)
    fact = CaseUnpublished(publication_id=publication.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
