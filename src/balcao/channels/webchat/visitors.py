"""Who is at the other end: a visitor with a token that nobody can guess, on one of an agency's web chats.

On our own page the token is a cookie that no script reads. In a widget on another site it is kept by that site's
storage and comes as `Authorization: Bearer`: never in an address, which would be logged and handed on. The database
knows only its hash, as the conversation's contact. Whoever holds a token sees that one visitor's conversation and
nothing else."""

from __future__ import annotations

import re
import secrets
from copy import copy
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from balcao.inbox.conversations.models import Account, Conversation
from balcao.inbox.conversations.moving import contact_hash
from balcao.inbox.flooding import allow, way_of
from balcao.inbox.handing.following import trail
from balcao.organization.queries import agency_for_host
from balcao.platform import limits
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed
from balcao.platform.settled import one_view, settled

R = TypeVar("R", bound=HttpResponseBase)
CHANNEL = "webchat"
COOKIE = "balcao_chat"
COOKIE_PATH = "/chat/"
REMEMBERED = 180 * 24 * 3600  # seconds
OURS = "X-Balcao-Chat"  # a page of another site cannot send it without asking first, and is then refused the cookie
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43,86}")  # 256 to 512 bits

#: (scope, of the visitor or of the address, how often, seconds). Behind one address there may be a whole neighbourhood.
SENDING = (("chat-address", False, 600, 60),)
FILES = (("chat-files-visitor", True, 20, 600), ("chat-files-address", False, 200, 600))
SIGNS = (("chat-signs-visitor", True, 120, 60), ("chat-signs-address", False, 3000, 60))
LOOKING = (("chat-looks-address", False, 1200, 60),)
Windows = tuple[tuple[str, bool, int, int], ...]


@dataclass(frozen=True)
class Visitor:
    """Whoever holds `token` on `account`. `cookie`: it came as our own page's cookie."""

    account: Account
    token: str
    cookie: bool = False

    @property
    def contact(self) -> str:
        """What the inbox knows them by. The token does not follow from it."""
        return contact_of(self.token)

    @property
    def actor(self) -> Actor:
        return Actor.citizen(self.account.agency_id)

    def conversation(self) -> Conversation | None:
        """Where they are now."""
        return next(reversed(self.trail()), None)

    def trail(self) -> list[Conversation]:
        """Their newest conversation here and, where it was passed on, those of the agencies that went on with them."""
        ours = Conversation.objects.visible_to(Actor.system(self.account.agency_id))
        found = ours.filter(account_id=self.account.pk, contact_hash=contact_hash(CHANNEL, self.contact))
        first = found.select_related("line", "owner", "agency").order_by("-pk").first()
        return trail(first) if first is not None else []


class AcrossInTheWindow:
    """A chat is one window in one browser: another agency goes on in it, on a web chat of its own."""

    one_window = True

    def address(self, conversation: Conversation) -> str:
        return conversation.contact

    def contact(self, agency_id: int, address: str) -> str:
        return address

    def shown(self, account: Account) -> str:
        return ""


def contact_of(token: str) -> str:
    return "v" + sha256(f"balcao web chat {token}".encode()).hexdigest()[:48]


def new_token() -> str:
    return secrets.token_urlsafe(32)


def is_token(text: str) -> bool:
    return _TOKEN.fullmatch(text) is not None


def account_for(key: str, host: str) -> Account | None:
    """The active web chat with this key that may be shown at `host`: each agency at its own address."""
    if "\x00" in key:
        return None  # the database knows no such letter
    with one_view():
        found, agency = settled(("web chat", key), lambda: _active(key)), agency_for_host(host)
    # a copy: whoever asks for its line reads it, and nobody else's is changed by that
    return copy(found) if found is not None and agency is not None and found.agency_id == agency.pk else None


def _active(key: str) -> Account | None:
    return Account.objects.select_related("agency").filter(channel=CHANNEL, key=key, is_active=True).first()


def token_in(authorization: str, cookie: str, *, ours: bool) -> tuple[str, bool]:
    """The token that a request brings, and whether it is the cookie's: that counts only for our own pages."""
    scheme, _space, bearer = authorization.partition(" ")
    if scheme.lower() == "bearer" and is_token(bearer):
        return bearer, False
    return (cookie, True) if ours and is_token(cookie) else ("", False)


def may_show(account: Account, origin: str, host: str, secure: bool) -> bool:
    """Whether a page of this origin may speak with the chat: ours, and those that its agency named."""
    own = f"{'https' if secure else 'http'}://{host}"
    return not origin or origin == own or same_site(origin, host) or origin in account.origins


def same_site(origin: str, host: str) -> bool:
    """Ours in spite of a proxy that did not say that it speaks https."""
    return bool(host) and urlsplit(origin).netloc == host


def share(response: R, request: HttpRequest) -> R:
    """Let the page of another origin, which `may_show` has let in, read the response; never with cookies."""
    if origin := request.headers.get("Origin"):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Expose-Headers"] = "Retry-After"
    response["Vary"] = "Origin"
    return response


def preflight(request: HttpRequest) -> HttpResponse:
    response = share(HttpResponse(status=204), request)
    response["Access-Control-Allow-Methods"] = "GET, POST"
    response["Access-Control-Allow-Headers"] = "Authorization, Content-Type, Last-Event-ID"
    response["Access-Control-Max-Age"] = "7200"
    return response


def remember(response: HttpResponse, token: str) -> None:
    """Our own page's cookie: no script reads it, no other site sends it along."""
    response.set_cookie(
        COOKIE, token, max_age=REMEMBERED, path=COOKIE_PATH, httponly=True, samesite="Lax", secure=settings.SECURE
    )


def count(request: HttpRequest, contact: str, windows: Windows) -> None:
    """Raise TooMany when this visitor, or this address, has done so too often."""
    limits.hit_all(_windows(request, contact, windows))


def allow_sender(request: HttpRequest, visitor: Visitor) -> None:
    """Count a message of this visitor; TooMany when it is more than is taken from one address, or from one person on
    any channel."""
    account, beside = visitor.account, _windows(request, visitor.contact, SENDING)
    allow(way=way_of(account), sender=visitor.contact, agency_id=account.agency_id, name=account.name, beside=beside)


def _windows(request: HttpRequest, contact: str, windows: Windows) -> list[tuple[str, str, int, int]]:
    where = limits.address_of(request)
    return [(scope, contact if theirs else where, n, secs) for scope, theirs, n, secs in windows]


def refuse_stranger(account: Account, request: HttpRequest) -> None:
    origin = request.headers.get("Origin", "")
    if not may_show(account, origin, request.get_host(), request.is_secure()):
        raise NotAllowed(log=f"web chat {account.pk} on a site that its agency did not name")
