"""An attendant's reply on the short way (`config.hooks`), which knows no middleware: a text alone, from a page that is
open, in a conversation of theirs. All else goes the page's way (`pages.act`), which says why it cannot be."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from time import monotonic

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import get_user
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import timezone, translation

from balcao.inbox.conversations.speaking import say_plainly
from balcao.organization.models import Staff
from balcao.organization.queries import actor_of, agency_known_as, memberships_of
from balcao.platform.actors import Actor

from .heard import answered
from .listing import number

# Seconds that a process knows who holds a session, and in which roles; that it lasts is asked each time.
REMEMBERED = 10.0
MOST = 5_000  # sessions that are remembered


@dataclass(frozen=True)
class Known:
    """Somebody who has signed in, as the console knows them."""

    actor: Actor
    name: str
    language: str
    zone: str
    until: float


_known: dict[str, Known] = {}


def reply(request: HttpRequest, pk: str) -> HttpResponse | None:
    """Keep it, and answer with the lines that the page has not got; None: as a page."""
    said, since = request.POST, number(request.POST.get("since", ""))
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    known = _who(session) if session and since and "piece" in said and said.get("client_id") else None
    if known is None or _forged(request):
        return None
    client_id = said["client_id"][:80]
    text = said.get("text", "")
    word = say_plainly(actor=known.actor, talk=int(pk), client_id=client_id, text=text, session=session)
    if word is None:
        return None
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    word.author = Staff.from_db(None, ["id", "name"], [known.actor.staff_id, known.name])
    spoken = language if language in dict(settings.LANGUAGES) else known.language
    with translation.override(spoken), timezone.override(known.zone):
        lines = answered(known.actor, word, since or 0)
    return HttpResponse(lines, headers={"Cache-Control": "no-store, private"})


def _nothing(request: HttpRequest) -> HttpResponse:
    """What the guard guards: it only looks whether that is exempt."""
    return HttpResponse()


_guard = CsrfViewMiddleware(_nothing)


def _forged(request: HttpRequest) -> bool:
    _guard.process_request(request)
    return _guard.process_view(request, _nothing, (), {}) is not None


def _who(session: str) -> Known | None:
    """Who holds this session; None for nobody, and for whoever has yet to set up the second factor that is asked of
    them."""
    found = _known.get(session)
    if found is not None and found.until > monotonic():
        return found
    _known.pop(session, None)
    asked = HttpRequest()
    asked.session = import_module(settings.SESSION_ENGINE).SessionStore(session)
    user = get_user(asked)
    if not isinstance(user, Staff) or not user.is_active:
        return None
    memberships = list(memberships_of(user))
    if any(held.role.mfa_required for held in memberships) and not is_mfa_enabled(user):
        return None
    agency = agency_known_as(user.agency_id)
    if agency is None:
        return None
    if len(_known) >= MOST:
        _known.clear()
    actor, language = actor_of(user, memberships), user.locale or agency.locale
    found = _known[session] = Known(actor, user.name, language, agency.timezone, monotonic() + REMEMBERED)
    return found
