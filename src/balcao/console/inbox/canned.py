"""Ready-made replies in the reply box: "/" and a word; without JavaScript a list to choose from."""

from __future__ import annotations

import secrets

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import State
from balcao.inbox.models import CannedReply
from balcao.inbox.replies.macros import run_macro, steps_of
from balcao.inbox.replies.queries import replies_for, search
from balcao.inbox.replies.wording import render as in_words

from .acts import Act, Ask, Done, Field
from .acts_saying import SAY
from .listing import number
from .reading import talk_for


@require_http_methods(["GET", "POST"])
@staff_page("inbox.attend")
def canned(request: StaffRequest, pk: int) -> HttpResponse:
    """GET `?q=`: those that fit, as options of the reply box's list, each with its words as this person would read
    them. POST `canned`: that one, in the reply box behind what was typed; a macro opens its own form."""
    from .pages import show

    talk = talk_for(request.actor, pk)
    if request.method == "GET":
        found = [
            {"reply": one, "words": in_words(one.body, talk=talk, actor=request.actor), "href": _address(talk, one)}
            for one in search(talk, request.GET.get("q", "")[:100])
        ]
        return render(request, "console/inbox/_canned_found.html", {"found": found})
    reply = _chosen(talk, request.POST.get("canned", ""))
    if reply is not None and reply.is_macro:
        return redirect(_address(talk, reply))
    typed = request.POST.get("text", "").rstrip()
    words = in_words(reply.body, talk=talk, actor=request.actor) if reply else ""
    data = {"text": "\n".join(part for part in (typed, words) if part), "client_id": request.POST.get("client_id", "")}
    return show(request, talk, SAY, Ask(request, talk, data))


def _address(talk: Conversation, reply: CannedReply) -> str:
    return f"{reverse('console:talk_act', args=[talk.pk, MACRO.code])}?reply={reply.pk}" if reply.is_macro else ""


def _chosen(talk: Conversation, pk: str) -> CannedReply | None:
    wanted = number(pk)
    return next((one for one in replies_for(talk) if one.pk == wanted), None)


def _macro(ask: Ask) -> CannedReply:
    found = _chosen(ask.talk, ask.typed("reply"))
    if found is None:
        raise Http404
    return found


def _fields(ask: Ask) -> list[Field]:
    if not ask.typed("reply"):
        options = [(str(one.pk), f"/{one.shortcut} · {one.title}") for one in replies_for(ask.talk) if one.is_macro]
        return [ask.field("reply", _("Ready-made reply"), type="select", options=options, required=True)]
    reply = _macro(ask)
    help_ = " ".join([_("This is said, and then:"), *steps_of(reply)])
    words = in_words(reply.body, talk=ask.talk, actor=ask.actor)
    once = ask.typed("client_id") or secrets.token_hex(12)
    return [
        ask.words("text", reply.title, default=words, help=help_, required=True, attrs={"autofocus": True}),
        {"name": "client_id", "label": "", "type": "hidden", "id": "act_client_id", "value": once},
        {"name": "reply", "label": "", "type": "hidden", "id": "act_reply", "value": str(reply.pk)},
    ]


def _run(ask: Ask) -> Done:
    once = ask.typed("client_id")[:80]
    if not once:  # chosen from the list: its words are looked at first
        return Done(href=_address(ask.talk, _macro(ask)))
    run_macro(actor=ask.actor, conversation=ask.talk, reply=_macro(ask), client_id=once, text=ask.typed("text"),
              all_read=True)  # fmt: skip
    return Done(_("Done: it was said, and what follows is done."))


MACRO = Act(
    code="macro",
    label=gettext_lazy("Reply with what follows"),
    icon="send",
    run=_run,
    fields=_fields,
    submit=gettext_lazy("Send and do it"),
    mine=True,
    states=frozenset({State.HELD, State.SNOOZED}),
    bar=False,
)
