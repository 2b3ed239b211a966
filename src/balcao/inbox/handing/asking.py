"""Asking the person whether another agency may go on with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from balcao.dialogue import begin
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import NotAllowed, Refusal
from balcao.platform.events import emit
from balcao.platform.text import clean_text

from .. import intake
from ..conversations.events import HandoverAsked, HandoverEnded
from ..conversations.models import Conversation, Line
from ..conversations.moving import NOTE, change, locked
from ..conversations.speaking import put
from ..conversations.states import Direction, State
from ..conversations.window import may_write
from ..interviews.keeping import kept
from ..interviews.rendering import RENDERERS, Said
from ..models import Message
from .models import Handover
from .places import account_for, places
from .wording import question

A_DAY = timedelta(days=1)


@action
def ask(
    *, actor: Actor, conversation: Conversation, line: Line, note: str = "", now: datetime | None = None
) -> Handover:
    """Its owner, or whoever leads, asks the person whether `line` may go on; `note` is for the colleagues there. Only
    their yes within a day passes anything on. Asked again, the newest question holds. A Refusal where nobody could
    agree, or nobody there could write to them."""
    now = now or timezone.now()
    held = locked(conversation, actor=actor)
    _may(held, actor)
    if not places(held.agency_id).filter(pk=line.pk).exists():
        raise Refusal(_("This line takes nobody from other agencies. Choose another one."), log=f"line {line.pk}")
    if not held.proven:
        raise Refusal(_("Nothing proves who writes here, so nobody can agree in this person's name. Let them reply to "
                        "a letter of yours first."))  # fmt: skip
    account = account_for(held, line)
    if account is None:
        raise Refusal(_no_way(line))
    if not may_write(held, now):
        raise Refusal(_("WhatsApp takes our own words only within 24 hours of the person's last ones. Ask when they "
                        "have written again."))  # fmt: skip
    before = open_question(held)
    if before is not None:
        if before.line_id == line.pk and is_newest(before) and now < before.until:
            raise Refusal(_("They were asked this already and have not answered yet."))
        end(before, Handover.State.LAPSED, actor=actor, now=now)
    asked = Handover.objects.create(
        conversation=held, line=line, account=account, note=clean_text(note), asked_by_id=actor.staff_id,
        asked_at=now, until=now + A_DAY, question=held.last_number + 1,
    )  # fmt: skip
    for part, said in enumerate(_said(asked, now)):
        put(held, actor=actor, author_kind="system", key=f"handover:{asked.pk}:{part}", text=said.text,
            details=said.details, purpose="handover", now=now)  # fmt: skip
    change(held, interview=replace(kept(held), handover=asked.pk).dump())
    emit(HandoverAsked(conversation_id=held.pk, handover_id=asked.pk), actor=actor, agency_id=held.agency_id, at=now)
    return asked


def _may(held: Conversation, actor: Actor) -> None:
    actor.require("inbox.attend")
    if held.state not in (State.HELD, State.SNOOZED):
        raise Refusal(_("Take the conversation first: whoever asks has to be there for the answer."))
    if actor.kind != "system" and not actor.can("inbox.lead") and held.owner_id != actor.staff_id:
        raise NotAllowed(_("A colleague is talking with this person. Ask them to hand it over."))


def _no_way(line: Line) -> str:
    words = gettext("%(agency)s cannot write to this person: it has no way in on this channel, or the channel tells us "
                    "no address that others may use. Tell the person how to reach it themselves.")  # fmt: skip
    return " ".join(filter(None, (words % {"agency": line.agency.name}, line.agency.contact)))


def _said(asked: Handover, now: datetime) -> Iterable[Said]:
    held = asked.conversation
    script = question(asked)
    local = intake.local_now(held.agency, now)
    prompts = begin(script, now=local, language=held.language).prompts
    with override(held.language):
        if held.channel in RENDERERS:
            return RENDERERS[held.channel](prompts, language=held.language, translate=gettext)
        return [Said(next(script.questions()).prompt.say(held.language))]


def open_question(held: Conversation) -> Handover | None:
    """The question that this conversation waits for an answer to; nothing is asked of the database where none is."""
    pk = kept(held).handover
    if not pk:
        return None
    found = Handover.objects.select_related("line__agency", "account").filter(pk=pk, conversation=held).first()
    if found is None or found.state != Handover.State.ASKED:
        return None
    found.conversation = held
    return found


def is_newest(asked: Handover) -> bool:
    """Whether nothing was said to the person since."""
    later = Message.objects.filter(
        conversation=asked.conversation_id, direction=Direction.OUT, number__gt=asked.question
    )
    return not later.exclude(purpose=NOTE).exclude(key__startswith=f"handover:{asked.pk}:").exists()


def end(asked: Handover, state: str, *, actor: Actor, now: datetime) -> None:
    """Inside an action: it is over, whatever became of it."""
    asked.state = state
    asked.save(update_fields=["state"])
    fact = HandoverEnded(conversation_id=asked.conversation_id, handover_id=asked.pk, kind=state)
    emit(fact, actor=actor, agency_id=asked.conversation.agency_id, at=now)


def lapse(now: datetime) -> None:
    """Whoever has not answered within a day has not agreed."""
    for one in Handover.objects.filter(state=Handover.State.ASKED, until__lte=now).order_by("pk")[:500]:
        _lapse(actor=Actor.system(one.conversation.agency_id), asked=one, now=now)


@action
def _lapse(*, actor: Actor, asked: Handover, now: datetime) -> None:
    locked(asked.conversation, actor=actor)
    fresh = Handover.objects.get(pk=asked.pk)
    if fresh.state == Handover.State.ASKED:
        end(fresh, Handover.State.LAPSED, actor=actor, now=now)
