"""The chat as a page: a plain form without JavaScript, on which the script builds when there is one."""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_http_methods, require_safe

from balcao.inbox.conversations.models import Account, Conversation
from balcao.inbox.conversations.pausing import close
from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.conversations.states import Ending, State
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal
from balcao.web.public import public_page

from .calls import visitor_of
from .hearing import LONGEST, hear
from .passed import standing_of
from .telling import away_words, messages
from .visitors import FILES, LOOKING, Visitor, account_for, allow_sender, count, new_token, remember
from .words import words

FIELDS = ("client_id", "text", "tap", "raw")


@require_safe
@public_page
def home(request: HttpRequest) -> HttpResponseBase:
    """The agency's chat; where it has several, which one."""
    accounts = chats(request.agency.pk)  # type: ignore[attr-defined]
    if not accounts:
        raise Http404
    if len(accounts) == 1:
        return redirect("webchat:page", key=accounts[0].key)
    return render(request, "webchat/choose.html", {"accounts": accounts})


def chats(agency_id: int) -> list[Account]:
    found = Account.objects.filter(agency_id=agency_id, channel="webchat", is_active=True)
    return list(found.order_by("name", "pk"))


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def page(request: HttpRequest, key: str) -> HttpResponseBase:
    """What was said, and a form to say more. A post is answered by the page itself again, at its newest message."""
    account = account_for(key, request.get_host())
    if account is None:
        raise Http404
    visitor, problem = visitor_of(request, account, by_link=True), ""
    try:
        count(request, visitor.contact if visitor.token else "", LOOKING)
        if request.method == "POST":
            if not visitor.token:
                visitor = Visitor(account, new_token(), cookie=True)
            _act(request, visitor)
            response = redirect(reverse("webchat:page", args=[key]) + "#newest")
            remember(response, visitor.token)
            return response
    except _Partly as partly:
        problem = partly.sentence
    except Refusal as refusal:
        problem = str(refusal.sentence)
    shown = render(request, "webchat/page.html", _context(request, visitor, problem))
    if request.method == "POST" and visitor.token:
        remember(shown, visitor.token)
    return shown


class _Partly(Exception):
    """Sent, but for some of its files."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence


def _act(request: HttpRequest, visitor: Visitor) -> None:
    allow_sender(request, visitor)
    conversation = visitor.conversation()
    if "end" in request.POST:
        if conversation is not None:
            close(actor=Actor.citizen(conversation.agency_id), conversation=conversation, ending=Ending.LEFT)
        return
    given: dict[str, Any] = {name: request.POST[name] for name in FIELDS if name in request.POST}
    if ticked := request.POST.getlist("ticked"):
        given["raw"] = [one.partition("=")[2] for one in ticked]
        given["text"] = ", ".join(_titles(conversation, ticked))
    elif "tap" in given:
        given["title"] = "".join(_titles(conversation, [given["tap"]])) or given["tap"]
        given["text"] = given["title"]
    elif "start" in request.POST:
        given["text"] = words()["hello"]
    elif "raw" in given and not given.get("text"):
        given["text"] = given["raw"]
    if files := request.FILES.getlist("files"):
        count(request, visitor.contact, FILES)
    _received, problem = hear(visitor, given, files)
    if problem:
        raise _Partly(problem)


def _titles(conversation: Conversation | None, ids: list[str]) -> list[str]:
    """How the choices were called that somebody chose from what we said last."""
    if conversation is None:
        return []
    found: dict[str, str] = {}
    for told in messages(conversation):
        for choice in told.get("bubble", {}).get("choices", []):
            found[choice["id"]] = choice["label"]
    return [found[one] for one in ids if one in found]


def _context(request: HttpRequest, visitor: Visitor, problem: str) -> dict[str, Any]:
    now, line = timezone.now(), visitor.account.line
    trail = visitor.trail() if visitor.token else []
    conversation, stands = (trail[-1], standing_of(trail, now)) if trail else (None, None)
    told = [one for part in trail for one in _read(part)]
    asked = told[-1].get("bubble") if told else None
    return {
        "account": visitor.account,
        "told": told,
        "asked": asked,
        "standing": stands,
        "closed": conversation is not None and conversation.state == State.CLOSED,
        "away": away_words(line, now) if conversation is None else "",
        "begin": conversation is None and bool(line.interview),
        "problem": problem,
        "answer": _answer(asked or {}, request.POST.get("text", "") if problem else ""),
        "attach": {"name": "files", "label": words()["attach"], "type": "file", "multiple": True},
        "client_id": uuid.uuid4().hex,
        "longest": LONGEST,
        "words": words(),
        "section": "chat",
        "language": translation.get_language(),
    }


def _read(conversation: Conversation) -> list[dict[str, Any]]:
    """What was said in it, now seen."""
    told = messages(conversation)
    for one in told:
        one["when"] = datetime.fromisoformat(one["at"])
    if conversation.citizen_unread and told:
        actor = Actor.citizen(conversation.agency_id)
        mark_read(actor=actor, conversation=conversation, number=told[-1]["number"])
    return told


WIDGET = {"js": "text/javascript", "css": "text/css"}
INPUTS = {"date": "date", "datetime": "datetime-local", "email": "email", "phone": "tel"}


def _answer(asked: dict[str, Any], typed: str) -> dict[str, Any]:
    """The field that fits what is asked, as the `field` tag takes it; words are taken by all but dates."""
    expects = asked.get("expects", "")
    name = "raw" if expects in ("date", "datetime") else "text"
    field: dict[str, Any] = {"name": name, "label": words()["write"], "value": typed, "autocomplete": "off"}
    if kind := INPUTS.get(expects):
        return field | {"type": kind}
    if expects == "number":
        return field | {"inputmode": "decimal"}
    return field | ({"sensitive": True} if asked.get("sensitive") else {"type": "textarea", "rows": 3})


@require_safe
def widget(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The widget's script, at an address that stays; its styles, for browsers that take them only as a file."""
    response = HttpResponse(_built(kind), content_type=f"{WIDGET[kind]}; charset=utf-8")
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_cache_control(response, public=True, max_age=3600)
    return response


@cache
def _built(kind: str) -> bytes:
    found = finders.find(f"dist/widget.{kind}")
    assert isinstance(found, str), "make assets"
    return Path(found).read_bytes()
