"""What the chat's script asks: JSON, for our own page and for a widget on the sites that the agency named.

No cookie counts on a page of another site, so there is no form to forge: see `visitors`."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils import timezone, translation
from django.views.decorators.csrf import csrf_exempt

from balcao.inbox.conversations.models import Account, Conversation
from balcao.inbox.conversations.moving import NOTE
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.conversations.states import Ending, State
from balcao.inbox.conversations.typing import tell_typing
from balcao.inbox.models import Message, MessageFile
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.files.serving import serve
from balcao.platform.limits import TooMany
from balcao.platform.settled import one_view

from .hearing import hear
from .passed import standing_of
from .telling import away_words, messages
from .visitors import (
    COOKIE,
    FILES,
    LOOKING,
    OURS,
    SIGNS,
    Visitor,
    Windows,
    account_for,
    allow_sender,
    count,
    new_token,
    preflight,
    refuse_stranger,
    remember,
    share,
    token_in,
)
from .words import language_for, words

Answer = Callable[..., HttpResponseBase]
BODY = 256 * 1024  # bytes of a body of words; 10,000 characters take 120 kB at the very most


def call(method: str, windows: Windows, *, by_link: bool = False) -> Callable[[Answer], Answer]:
    """A call to the web chat `key`: the right site, not too often, in the page's language, refusals as a sentence.
    `by_link`: our own page asks for it without a script, as for a picture; it changes nothing."""

    def wrap(view: Answer) -> Answer:
        @csrf_exempt
        @wraps(view)
        def answered(request: HttpRequest, key: str, **more: Any) -> HttpResponseBase:
            with one_view():
                return answer(request, key, more)

        def answer(request: HttpRequest, key: str, more: dict[str, Any]) -> HttpResponseBase:
            account = account_for(key, request.get_host())
            if account is None:
                raise Http404
            try:
                refuse_stranger(account, request)
            except Refusal as refusal:
                return _said(refusal)  # without permission to read it
            if request.method == "OPTIONS":
                return preflight(request)
            if request.method != method:
                return HttpResponse(status=405, headers={"Allow": method})
            agency = account.agency
            language = language_for(request.GET.get("lang", ""), agency)
            with translation.override(language), timezone.override(agency.timezone):
                try:
                    visitor = visitor_of(request, account, by_link)
                    if windows:
                        count(request, visitor.contact if visitor.token else "", windows)
                    response = view(request, visitor, **more)
                except Refusal as refusal:
                    response = _said(refusal)
            response.setdefault("Cache-Control", "no-store, private")
            return share(response, request)

        return answered

    return wrap


def visitor_of(request: HttpRequest, account: Account, by_link: bool = False) -> Visitor:
    """Whoever asks; without a token nobody yet."""
    header, cookie = request.headers.get("Authorization", ""), request.COOKIES.get(COOKIE, "")
    token, by_cookie = token_in(header, cookie, ours=by_link or OURS in request.headers)
    return Visitor(account, token, by_cookie)


def _said(refusal: Refusal) -> JsonResponse:
    said = {"sentence": str(refusal.sentence)}
    if isinstance(refusal, Invalid):
        said["field"] = refusal.field
    response = JsonResponse(said, status=refusal.status)
    if isinstance(refusal, TooMany):
        response["Retry-After"] = str(refusal.retry_after)
    return response


@call("GET", LOOKING)
def hello(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What a widget needs before anybody has opened it: the words, and whether somebody is there."""
    account, line = visitor.account, visitor.account.line
    away = away_words(line, timezone.now())
    said = {
        "name": account.name,
        "agency": account.agency.short_name or account.agency.name,
        "theme": account.agency.theme,
        "language": translation.get_language(),
        "interview": bool(line.interview),
        "away": away,
        "words": words(),
    }
    response = JsonResponse(said)
    response["Cache-Control"] = "private, max-age=60"
    return response


@call("GET", LOOKING)
def said(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The conversation from `?after=` on (of `?talk=`; of another one, from its beginning), or what came `?before=`,
    also in the one that led to it."""
    trail = visitor.trail() if visitor.token else []
    if not trail:
        return JsonResponse({"standing": None, "messages": []})
    place = _place(trail, request.GET.get("talk"))
    before, after = _number(request, "before"), _number(request, "after")
    if place is not None and before:
        told = messages(trail[place], 0, before)
        if not told and place:
            place -= 1
            told = messages(trail[place])
        told = [one | {"talk": trail[place].pk} for one in told]
    else:
        told = messages(trail[-1], after if place == len(trail) - 1 else 0)
    return JsonResponse({"standing": standing_of(trail), "messages": told})


def _place(trail: list[Conversation], talk: object) -> int | None:
    """Which of them is called so."""
    return next((place for place, one in enumerate(trail) if str(one.pk) == str(talk)), None)


def _number(request: HttpRequest, name: str) -> int:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


@call("POST", ())
def send(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """Keep a message. 200 means that it is durable; again with the same client id says the same. What is too much from
    one person is refused, and stays with them until it may come. Without files it is called by `config.hooks`, which
    knows no middleware."""
    files = []
    if (request.content_type or "").startswith("multipart/"):
        given: dict[str, Any] = {name: request.POST[name] for name in request.POST}
        if files := request.FILES.getlist("files"):
            count(request, visitor.contact, FILES)
    else:
        given = _body(request)
    fresh = "" if visitor.token else new_token()
    if fresh and OURS not in request.headers:
        raise Invalid("", log="a widget without a token")
    visitor = Visitor(visitor.account, visitor.token or fresh, visitor.cookie or bool(fresh))
    allow_sender(request, visitor)
    received, problem = hear(visitor, given, files)
    kept = received.message
    response = JsonResponse({"talk": received.conversation.pk, "number": kept.number, "problem": problem})
    if visitor.cookie:
        remember(response, visitor.token)
    return response


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.META.get("CONTENT_LENGTH") or 0) > BODY:
        raise Invalid(words()["too_long"], field="text")
    try:
        given = json.loads(request.body)
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise Invalid("", log="a body that is no object")
    return given


@call("POST", SIGNS)
def read(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The visitor has seen `talk` (else the newest one) up to `number`."""
    trail, said = visitor.trail() if visitor.token else [], _body(request)
    number, place = said.get("number"), _place(trail, said["talk"]) if "talk" in said else -1
    if trail and place is not None and isinstance(number, int) and trail[place].citizen_read < number < 2**31:
        actor = Actor.citizen(trail[place].agency_id)
        mark_read(actor=actor, conversation=trail[place], number=number)
    return HttpResponse(status=204)


@call("POST", SIGNS)
def typing(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The visitor is typing; what is typed so far is shown to attendants and kept nowhere."""
    conversation = visitor.conversation() if visitor.token else None
    if conversation is not None and conversation.state != State.CLOSED:
        tell_typing(conversation.pk, "citizen", str(_body(request).get("preview") or ""))
    return HttpResponse(status=204)


@call("POST", SIGNS)
def leave(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """The visitor ends the conversation."""
    conversation = visitor.conversation() if visitor.token else None
    if conversation is not None:
        close(actor=Actor.citizen(conversation.agency_id), conversation=conversation, ending=Ending.LEFT)
    return HttpResponse(status=204)


@call("GET", LOOKING, by_link=True)
def file(request: HttpRequest, visitor: Visitor, uuid: UUID) -> HttpResponseBase:
    """A file of the visitor's own conversation; `?p=1` for the small picture."""
    for talk in visitor.trail() if visitor.token else []:
        ours = Message.objects.visible_to(Actor.system(talk.agency_id))
        said = ours.filter(conversation=talk).exclude(purpose=NOTE)
        found = MessageFile.objects.select_related("file").filter(message__in=said, file__uuid=uuid).first()
        if found is not None:
            small = bool(request.GET.get("p")) and bool(found.file.thumbnail)
            return serve(found.file, request=request, thumbnail=small)
    raise Http404
