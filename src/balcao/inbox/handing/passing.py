"""What a yes leads to: a conversation of the other agency's own, with what was talked about, and the end of ours.

The other agency gets words, never rows: no person's record, no demand, no file, no private note."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from balcao.platform import rows
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.events import Happened, emit

from .. import intake
from ..conversations.events import ConversationOpened, ConversationQueued, HandoverCame
from ..conversations.lines import write_note
from ..conversations.models import Conversation, Wait
from ..conversations.moving import NOTE, append, contact_hash, hold, locked, one_at_a_time
from ..conversations.pausing import close
from ..conversations.states import Direction, Ending, State
from ..models import Message
from .across import ACROSS
from .asking import end
from .models import Handover
from .wording import passed

MOST = 20_000  # characters of what was said; the newest


def carry_out(happened: Happened) -> None:
    """HandoverAnswered: pass on what a yes allows."""
    pass_on(happened.fact.handover_id, timezone.now())


def pass_on(handover_id: int, now: datetime) -> None:
    """Once: a repeat finds it done; and nothing without a yes."""
    asked = Handover.objects.select_related("conversation", "account").filter(pk=handover_id).first()
    if asked is None or asked.state != Handover.State.AGREED:
        return
    across, account = ACROSS[asked.conversation.channel], asked.account
    address = across.address(asked.conversation)
    contact = across.contact(account.agency_id, address) if address else ""
    _pass_on(actor=Actor.system(asked.conversation.agency_id), asked=asked, address=address, contact=contact,
             shown=across.shown(account), now=now)  # fmt: skip


@action
def _pass_on(*, actor: Actor, asked: Handover, address: str, contact: str, shown: str, now: datetime) -> None:
    one_at_a_time(asked.account_id, [contact])
    found = Handover.objects.select_related("line__agency", "account").get(pk=asked.pk)
    held = found.conversation = locked(asked.conversation, actor=actor)
    if found.state != Handover.State.AGREED:
        return
    line = found.line
    if not (contact and line.is_active and line.open_to_others and found.account.is_active):
        with override(held.agency.locale):
            words = _("They agreed, but %(line)s of %(agency)s takes nobody any more: nothing was passed on.")
        text = words % {"line": line.name, "agency": line.agency.name}
        write_note(actor=actor, conversation=held, text=text, now=now)
        end(found, Handover.State.FAILED, actor=actor, now=now)
        return
    told, said = _told(found), _said(found)
    theirs = _theirs(found, address, contact, now)
    system = Actor.system(line.agency_id)
    for part, (text, details) in enumerate([(told, {}), (said, {"passed_on": True})]):
        append(theirs, actor=system, direction=Direction.OUT, author_kind="system", key=f"passed:{found.pk}:{part}",
               text=text, details=details, purpose=NOTE, now=now)  # fmt: skip
    emit(HandoverCame(conversation_id=theirs.pk), actor=system, agency_id=line.agency_id, at=now)
    end(found, Handover.State.DONE, actor=actor, now=now)
    close(actor=actor, conversation=held, ending=Ending.PASSED, notice=passed(found, shown), now=now)


def _theirs(asked: Handover, address: str, contact: str, now: datetime) -> Conversation:
    """The person's open conversation with the other agency on its account, else a new one that waits in its line; its
    interview is not begun, for they have told all that."""
    account, line, held = asked.account, asked.line, asked.conversation
    mark = contact_hash(account.channel, contact)
    there = Conversation.objects.filter(account=account, contact_hash=mark).exclude(state=State.CLOSED)
    there = there.select_related("account", "line", "agency")
    found = there.select_for_update(of=("self",), no_key=True).first()
    if found is not None:
        hold(found)
        return found
    fresh = rows.write(
        Conversation(
            agency_id=line.agency_id,
            account=account,
            channel=account.channel,
            contact=contact,
            contact_hash=mark,
            address=address,
            said_name=held.said_name or (held.person.name if held.person else ""),
            language=held.language,
            state=State.WAITING,
            line=line,
            queued_at=now,
            handed_at=now,
            opened_at=now,
            heard_at=now,  # they wait for an answer
        )
    )
    hold(fresh)
    rows.write(Wait(conversation=fresh, line=line, rank=fresh.rank, began_at=now))
    system = Actor.system(line.agency_id)
    for fact in (
        ConversationOpened(conversation_id=fresh.pk, account_id=account.pk, channel=account.channel),
        ConversationQueued(conversation_id=fresh.pk, line_id=line.pk),
    ):
        emit(fact, actor=system, agency_id=line.agency_id, at=now)
    return fresh


def _told(asked: Handover) -> str:
    """Where they come from, that they agreed, and the colleague's note, for the colleagues there."""
    held, agency = asked.conversation, asked.line.agency
    assert asked.answered_at is not None
    with override(agency.locale):
        moment = date_format(intake.local_now(agency, asked.answered_at), "SHORT_DATETIME_FORMAT")
        words = _("%(agency)s passed this person on to us. They agreed on %(moment)s, in that conversation, that we "
                  "get what was talked about there, their name and their contact. Files and demands stay there.") % {
                      "agency": held.agency.name, "moment": moment}  # fmt: skip
        note = _("Note of the colleagues there: %(note)s") % {"note": asked.note} if asked.note else ""
    return "\n\n".join(filter(None, (words, note)))


def _said(asked: Handover) -> str:
    """The words of both sides, oldest first, without private notes and letters about demands: also what they wrote
    behind their yes, for nobody here reads it any more."""
    held, agency = asked.conversation, asked.line.agency
    said = Message.objects.filter(conversation=held, case=None).exclude(purpose=NOTE)
    person = held.said_name or (held.person.name if held.person else "")
    with override(agency.locale):
        name = person or _("The person")
        lines = [_line(one, name, asked) for one in said.prefetch_related("files").order_by("number")]
        words = "\n".join(lines)
        if len(words) > MOST:
            words = _("(What was said before is not here.)") + "\n" + words[-MOST:].partition("\n")[2]
        return words


def _line(message: Message, person: str, asked: Handover) -> str:
    agency = asked.conversation.agency
    who = person if message.direction == Direction.IN else (agency.short_name or agency.name)
    when = date_format(intake.local_now(asked.line.agency, message.created_at), "SHORT_DATETIME_FORMAT")
    place = [str(message.data[key]) for key in ("name", "address") if message.data.get(key) and not message.body]
    text = message.body or ", ".join(place) or f"({message.get_kind_display()})"
    count = len(message.files.all())
    files = " " + _("[files that stay there: %(n)d]") % {"n": count} if count else ""
    return f"{when} · {who}: {text}{files}"
