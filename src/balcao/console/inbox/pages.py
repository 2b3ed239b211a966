"""The inbox: its parts, the next in line, and the page of one conversation."""

from __future__ import annotations

import secrets
from typing import Any
from urllib.parse import parse_qsl, quote
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from balcao.console.shell import StaffRequest, attempt, render, staff_page, take_typed
from balcao.inbox.conversations.lines import pull_next
from balcao.inbox.conversations.models import Attendant, Conversation
from balcao.inbox.conversations.presence import beat, leave
from balcao.inbox.conversations.proving import warnings_of
from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.typing import tell_typing
from balcao.inbox.models import MessageFile
from balcao.inbox.replies.queries import replies_for
from balcao.platform.audit import log_read
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.files.serving import serve

from .acts import Act, Ask
from .all_acts import ACTS
from .approved import window_of
from .listing import PARTS, Listing, counts, desk_of, number
from .looking import look, name_of
from .reading import beside, talk_for
from .thread import thread
from .words import CHANNELS, ICONS, address, in_short, who

MAY = ("inbox.attend", "inbox.lead")
AWAY = "inbox-away"  # in the session: they have the page open and take nothing for now


@require_safe
@staff_page(*MAY)
def inbox(request: StaffRequest) -> HttpResponse:
    """One part of it. `?piece=1`: the list alone, as the live page asks for it anew."""
    listing = Listing.of(request.actor, request.GET.dict())
    template = "console/inbox/_list.html" if "piece" in request.GET else "console/inbox/list.html"
    here = number(request.GET.get("here", "")) or 0
    return render(request, template, listed(request, listing, here))


def listed(request: StaffRequest, listing: Listing, here: int = 0) -> dict[str, Any]:
    """The context of a list; `here`: the conversation whose page it stands beside."""
    talks, following = listing.page()
    counted, desk, actor = counts(request.actor), desk_of(request.actor), request.actor
    now = timezone.now()
    if talks and actor.can("person.read"):
        ids: list[int | None] = [talk.pk for talk in talks]
        log_read(actor=actor, subject="talk", ids=ids, purpose="inbox", agency_id=actor.agency_id)
    return {
        "listing": listing,
        "rows": [row(talk, request) for talk in talks],
        "parts": parts(listing, counted),
        "counts": counted,
        "filters": filters(listing, desk.lines),
        "next_url": f"?{listing.with_(after=str(following))}" if following else "",
        "first_url": f"?{listing.query}" if listing.after else "",
        "clear_url": f"?part={listing.part}",
        "piece_url": f"{reverse('console:inbox')}?{listing.with_(after=str(listing.after or ''))}&piece=1&here={here}",
        "desk": desk,
        "leads": actor.can("inbox.lead"),
        "away": AWAY in request.session,
        "in_hand": counted.parts["mine"],
        "now": now,
        "here": here,
    }


def row(talk: Any, request: StaffRequest) -> dict[str, Any]:
    waits = talk.state in (State.WAITING, State.INTERVIEW) or talk.waits_for_us
    since = talk.queued_at if talk.state == State.WAITING else talk.heard_at if waits else talk.said_at
    return {
        "talk": talk,
        "who": who(talk, request.actor),
        "said": in_short(talk.said),
        "since": talk.closed_at or talk.snoozed_until or since or talk.opened_at,
        "waits": waits and talk.state not in (State.CLOSED, State.SNOOZED),
        "icon": ICONS.get(talk.channel, "message"),
        "channel": CHANNELS.get(talk.channel, talk.channel),
        "mine": talk.owner_id == request.actor.staff_id,
    }


def parts(listing: Listing, counted: Any) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "href": f"{reverse('console:inbox')}?{listing.with_(part=code)}",
            "current": listing.part == code,
            "count": counted.shown(code) if counted.parts.get(code) else "",
            "small": listing.part == code or bool(counted.parts.get(code)),
        }
        for code, label in PARTS.items()
    ]


def filters(listing: Listing, lines: list[Any]) -> list[dict[str, Any]]:
    choices = {
        "line": (_("Line"), [(line.slug, line.name) for line in lines]),
        "channel": (_("Channel"), list(CHANNELS.items())),
    }
    return [
        {"name": name, "id": f"filter_{name}", "label": label, "type": "select",
         "value": listing.values.get(name, ""), "options": [("", _("Any")), *options]}
        for name, (label, options) in choices.items()
    ]  # fmt: skip


@require_POST
@staff_page("inbox.attend")
def following(request: StaffRequest) -> HttpResponse:
    """Take the next in line, by the law's order, and open it."""
    request.session.pop(AWAY, None)
    taken: list[Conversation | None] = []
    if attempt(request, lambda: taken.append(pull_next(actor=request.actor)), ""):
        if taken[0] is not None:
            return redirect("console:talk", taken[0].pk)
        messages.info(request, _("Nobody waits for you in your lines. Well done."))
    return redirect("console:inbox")


@require_POST
@staff_page("inbox.attend")
def beating(request: StaffRequest) -> HttpResponse:
    """The page is open. `talk`: the conversation on it; answered with whoever else has it open. `stay`: a page beside
    the inbox, which keeps who is there and brings nobody in."""
    if AWAY not in request.session:
        here = Attendant.objects.filter(staff_id=request.actor.staff_id or 0, present_until__gt=timezone.now()).exists()
        if here or "stay" not in request.POST:
            beat(actor=request.actor)
    pk = number(request.POST.get("talk", ""))
    names = []
    if pk and Conversation.objects.visible_to(request.actor).filter(pk=pk).exists():
        names = look(request.actor, name_of(request.user), pk)  # type: ignore[arg-type]
    return render(request, "console/inbox/_colleagues.html", {"names": names})


@require_POST
@staff_page("inbox.attend")
def away(request: StaffRequest) -> HttpResponse:
    """“I am away for a moment”, and back: nothing new is given meanwhile; who waits for an answer goes back to their
    place."""
    if AWAY in request.session:
        del request.session[AWAY]
        beat(actor=request.actor)
        messages.success(request, _("You are here again."))
    else:
        request.session[AWAY] = True
        returned = leave(actor=request.actor)
        messages.success(request, _("You are away: nothing new comes to you.") + (
            " " + _("%(n)s who waited for your answer are back at their place in line.") % {"n": returned}
            if returned else ""
        ))  # fmt: skip
    return redirect("console:inbox")


@require_safe
@staff_page(*MAY)
def talk(request: StaffRequest, pk: int) -> HttpResponse:
    """One conversation. `?piece=thread&since=N`: its newest words alone; `?piece=head`: how it stands."""
    found = talk_for(request.actor, pk)
    piece = request.GET.get("piece", "")
    if piece in ("thread", "older"):
        since, before = number(request.GET.get("since", "")) or 0, number(request.GET.get("before", "")) or 0
        read_up_to(request, found)
        return said(request, found, since=since, before=before)
    if piece == "head":
        return render(request, "console/inbox/_head.html", head(request, found))
    if piece == "beside":
        return render(request, "console/inbox/_beside.html", {**head(request, found),
                      **beside(found, request.actor, timezone.now())})  # fmt: skip
    return show(request, found)


def said(request: StaffRequest, found: Conversation, *, since: int = 0, before: int = 0) -> HttpResponse:
    """Words of it alone, for a page that is open."""
    most = 2**31 - 1
    context = {"thread": thread(found, request.actor, since=min(since, most), before=min(before, most)), "talk": found}
    return render(request, "console/inbox/_thread.html", context | {"now": timezone.now()})


def read_up_to(request: StaffRequest, found: Conversation) -> None:
    """Whoever has it, and looks at it, has read it."""
    if found.owner_id == request.actor.staff_id and found.staff_read < found.last_number:
        mark_read(actor=request.actor, conversation=found, number=found.last_number)
        found.staff_unread = 0


@require_http_methods(["GET", "POST"])
@staff_page(*MAY)
def act(request: StaffRequest, pk: int, code: str) -> HttpResponse:
    """One thing to do with it: GET opens its form on the page, POST does it. Refused: the form again, as typed. From a
    page with its script: `piece`, and `since`, from which number on it wants what was said until now."""
    found, chosen = talk_for(request.actor, pk), ACTS.get(code)
    if chosen is None:
        raise Http404
    if request.method != "POST":
        if chosen.href is not None:
            return redirect(chosen.href(found))
        kept = take_typed(request)
        return show(request, found, chosen, Ask(request, found, kept or request.GET, bound=bool(kept)))
    ask = Ask(request, found, request.POST, bound=True)
    try:
        done = chosen.run(ask)
    except Invalid as wrong:
        ask.errors[wrong.field or "form"] = str(wrong.sentence)
    except Refusal as refusal:
        if refusal.status == 403 and not chosen.keeps:
            raise
        ask.errors["form"] = str(refusal.sentence)
    else:
        if "piece" in request.POST:
            since = number(request.POST.get("since", "")) or 0
            return said(request, found, since=since) if since else JsonResponse({"ok": True})
        if done.said:
            messages.success(request, done.said)
        return redirect(done.href or address_of(request, found))
    if "piece" in request.POST:
        return JsonResponse({"error": " ".join(ask.errors.values())}, status=422)
    return show(request, talk_for(request.actor, pk), chosen, ask, status=422)


def origin(request: StaffRequest) -> str:
    """The query string of the list that the reader came from."""
    return request.POST.get("from", request.GET.get("from", ""))[:300]


def from_query(request: StaffRequest) -> str:
    came = origin(request)
    return f"?from={quote(came)}" if came else ""


def address_of(request: StaffRequest, found: Conversation) -> str:
    return reverse("console:talk", args=[found.pk]) + from_query(request)


def head(request: StaffRequest, found: Conversation) -> dict[str, Any]:
    """How it stands, and what may be done with it now."""
    offered = [one for one in ACTS.values() if one.offered(found, request.actor)]
    return {
        "talk": found,
        "who": who(found, request.actor),
        "address": address(found) if request.actor.can("person.read") else "",
        "icon": ICONS.get(found.channel, "message"),
        "channel": CHANNELS.get(found.channel, found.channel),
        "window": window_of(found, timezone.now()),
        "mine": found.owner_id == request.actor.staff_id,
        "acts": [one for one in offered if one.bar],
        "codes": {one.code for one in offered},
        "from": origin(request),
        "from_query": from_query(request),
        "now": timezone.now(),
    }


def show(
    request: StaffRequest,
    found: Conversation,
    chosen: Act | None = None,
    ask: Ask | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    actor, now = request.actor, timezone.now()
    log_read(actor=actor, subject="talk", ids=[found.pk], purpose="conversation", agency_id=actor.agency_id)
    read_up_to(request, found)
    listing = Listing.of(actor, dict(parse_qsl(origin(request))))
    context = head(request, found) | {"conversation": found, "warnings": warnings_of(found)}
    context["ready_made"] = lambda: replies_for(found)
    context |= beside(found, actor, now)
    context |= listed(request, listing, here=found.pk)
    context["thread"] = thread(found, actor, before=number(request.GET.get("before", "")) or 0)
    context["list_url"] = f"{reverse('console:inbox')}?{listing.query}"
    say = ask if ask is not None and chosen is not None and chosen.code == "say" else Ask(request, found, {})
    context |= {"say": ACTS["say"], "reply": say.typed("text"), "reply_error": " ".join(say.errors.values())}
    context |= {"client_id": say.typed("client_id") or secrets.token_hex(12)}
    context["say_kept"] = say.bound and request.method == "GET"
    if chosen is not None and ask is not None and chosen.code != "say":
        context |= {"act": chosen, "fields": chosen.fields(ask), "form_error": ask.errors.get("form", "")}
        context |= {"kept": ask.bound and request.method == "GET", **chosen.shown(ask)}
        context["errors"] = ask.summary(context["fields"])
    return render(request, "console/inbox/talk.html", context, status=status)


@require_POST
@staff_page("inbox.attend")
def typing(request: StaffRequest, pk: int) -> HttpResponse:
    """The attendant is writing: the person sees that, and not what."""
    found = talk_for(request.actor, pk)
    if found.owner_id == request.actor.staff_id:
        tell_typing(found.pk, "staff")
    return HttpResponse(status=204)


@require_safe
@staff_page(*MAY)
def file(request: StaffRequest, pk: int, uuid: UUID) -> HttpResponseBase:
    """One file of a conversation; `?small` its thumbnail. Opening it is logged, its thumbnail is not."""
    found = talk_for(request.actor, pk)
    held = get_object_or_404(MessageFile.objects.select_related("file"), message__conversation=found, file__uuid=uuid)
    small = "small" in request.GET and bool(held.file.thumbnail)
    if not small:
        log_read(actor=request.actor, subject="file", ids=[held.file_id], purpose="conversation's file",
                 agency_id=found.agency_id)  # fmt: skip
    return serve(held.file, request=request, thumbnail=small)
