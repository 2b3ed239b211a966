"""The way back to a case whose access code is lost: a link to its own contact point, then a new code."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from balcao.citizens.actions import verify_contact
from balcao.citizens.models import ContactPoint
from balcao.platform import access_codes
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.crypto import keyed_hash
from balcao.platform.errors import Refusal
from balcao.platform.events import emit

from ..events import AccessCodeRenewed, WayBackSent, WayBackUsed
from ..models import Case, WayBack
from ..moving import locked

KEPT = timedelta(hours=24)


class LinkOver(Refusal):
    """The link was used, has expired, or never was: all three look alike."""

    status = 404

    @classmethod
    def here(cls) -> LinkOver:
        return cls(_("This link has been used or is too old. Ask for a new one: it takes a minute."), log="way back")


def own_contact(case: Case) -> ContactPoint | None:
    """The e-mail address that belongs to this case. Never just any of the person's: whoever types somebody's CPF adds
    a contact point of their own to them. A person without a document is of this one case, and so are their contacts."""
    if case.contact_id is not None:
        return case.contact if case.contact and case.contact.kind == ContactPoint.Kind.EMAIL else None
    if case.reporter is None or case.reporter.document_hash is not None:
        return None
    return case.reporter.contacts.filter(kind=ContactPoint.Kind.EMAIL).first()


@action
def make_way_back(
    *, actor: Actor, case: Case, contact: ContactPoint, asked: UUID, now: datetime | None = None
) -> str | None:
    """The secret of a new link for `contact`, valid for a day; None when the request `asked` was answered before."""
    actor.same_agency(case.agency_id)
    now = now or timezone.now()
    WayBack.objects.filter(expires_at__lt=now).delete()
    token = secrets.token_urlsafe(32)
    fields = {"case": case, "contact": contact, "token_hash": _hash(token), "expires_at": now + KEPT}
    _way, created = WayBack.objects.get_or_create(asked=asked, defaults=fields)
    if not created:
        return None
    fact = WayBackSent(contact_id=contact.pk)
    emit(fact, actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return token


def find_way_back(*, agency_id: int, token: str, now: datetime) -> WayBack:
    """The link behind `token`. Raises LinkOver. A link to an address that the case no longer has opens nothing."""
    found = (
        WayBack.objects.filter(token_hash=_hash(token), case__agency_id=agency_id, used_at=None, expires_at__gt=now)
        .select_related("case__agency", "case__contact", "case__reporter", "contact__person")
        .first()
    )
    if found is None or own_contact(found.case) != found.contact:
        raise LinkOver.here()
    return found


@action
def use_way_back(*, actor: Actor, token: str, now: datetime | None = None) -> Case:
    """Open the case once; the contact point counts as verified. Of two presses at once one opens it."""
    now = now or timezone.now()
    way = find_way_back(agency_id=actor.agency_id or 0, token=token, now=now)
    if not WayBack.objects.filter(pk=way.pk, used_at=None).update(used_at=now):
        raise LinkOver.here()
    verify_contact(actor=actor, contact=way.contact, now=now)
    fact = WayBackUsed(contact_id=way.contact_id)
    emit(fact, actor=actor, agency_id=way.case.agency_id, case_id=way.case_id, at=now)
    return way.case


@action
def renew_access_code(*, actor: Actor, case: Case, now: datetime | None = None) -> str:
    """A new access code in bare form, shown now and never again. The old one, and every link still out, are void."""
    now = now or timezone.now()
    case = locked(case, actor=actor)
    code = access_codes.new_code()
    case.access_hash = access_codes.code_hash(code)
    case.save(update_fields=["access_hash"])
    WayBack.objects.filter(case=case, used_at=None).delete()
    emit(AccessCodeRenewed(), actor=actor, agency_id=case.agency_id, case_id=case.pk, at=now)
    return code


def _hash(token: str) -> bytes:
    return keyed_hash(token, "way-back")
