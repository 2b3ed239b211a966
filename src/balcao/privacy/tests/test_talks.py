"""Conversations without a demand have a time of their own; with their words gone, the figures say the same."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import pytest
from django.utils import timezone

from balcao.cases.models import Case
from balcao.citizens.models import Person
from balcao.inbox.conversations.lines import write_note
from balcao.inbox.conversations.pausing import close
from balcao.inbox.models import Account, CaseLink, Conversation, Delivery, Line, Message
from balcao.inbox.outbound import SENDERS
from balcao.inbox.receiving import Incoming, receive
from balcao.inbox.sending import deliver
from balcao.insights.following import follow
from balcao.insights.models import Talk
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid
from balcao.platform.models import Event, Fault, StoredFile
from balcao.privacy import actions
from balcao.privacy.exporting import export_person
from balcao.privacy.jobs import retain_night
from balcao.privacy.models import RetentionRule

from .conftest import answer, ask, photo

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lines(world):
    made = [Line.objects.create(agency=world.agency, slug=slug, name=slug.title()) for slug in ("geral", "procon")]
    for line in made:
        Account.objects.create(agency=world.agency, channel="webchat", key=line.slug, name=line.name, line=line)
    return made


def talk(world, line, contact: str, *, days: int, person: Person | None = None, ended: bool = True) -> Conversation:
    """Somebody writes, with a photo; it was closed so many days ago."""
    system, account = Actor.system(world.agency.pk), line.accounts.get()
    told = Incoming(provider_id=f"{line.slug}-{contact}", contact=contact, text="Perdi meu xale azul",
                    files=[photo(world)])  # fmt: skip
    made = receive(actor=system, account=account, incoming=told).conversation
    if ended:
        close(actor=system, conversation=made, notice="")
    Conversation.objects.filter(pk=made.pk).update(person=person)
    Conversation.objects.filter(pk=made.pk, state="closed").update(closed_at=timezone.now() - timedelta(days=days))
    made.refresh_from_db()
    return made


def rule(world, days: int, line: Line | None = None, **changes) -> RetentionRule:
    fields = {"agency": world.agency, "stage": "talk", "days": days, "line": line, **changes}
    return actions.keep_rule(actor=world.actor("administrator"), rule=RetentionRule(**fields))


def words(conversation: Conversation) -> str:
    return "".join(m.body for m in Message.objects.filter(conversation=conversation))


def test_the_night_takes_the_words_of_old_ones_by_their_line_and_leaves_the_rest(world, lines, maria):
    general, procon = lines
    old, kept = talk(world, general, "a", days=40), talk(world, procon, "b", days=40)
    fresh, going_on = talk(world, general, "c", days=20), talk(world, general, "d", days=0, ended=False)
    of_a_demand, held = talk(world, general, "e", days=40), talk(world, general, "f", days=40, person=maria[0])
    CaseLink.objects.create(conversation=of_a_demand, case=ask(world, None, None), at=timezone.now())
    admin = world.actor("administrator")
    actions.place_hold(actor=admin, agency_id=world.agency.pk, person=maria[0], reason="Processo 12")
    retain_night(0)
    assert words(old), "without a line of the table nothing goes"
    rule(world, 30), rule(world, 60, procon)
    follow()
    before = list(Talk.objects.order_by("pk").values())
    plan = actions.plan_retention(actor=admin, agency_id=world.agency.pk)
    assert plan == {"talks": 1, "talks_held": 1} and words(old), "the dry run changes nothing"
    retain_night(0)
    old.refresh_from_db()
    assert not words(old) and old.forgotten_at and not old.contact
    assert all(words(one) for one in (kept, fresh, going_on, of_a_demand, held))
    assert StoredFile.objects.count() == 6 - 1 + 1, "its photo went; a demand brought one"
    told = Event.objects.filter(kind="TalkCleared")
    assert [event.data["conversation_id"] for event in told] == [old.pk]
    retain_night(0)
    assert told.count() == 1, "once"
    follow()
    assert list(Talk.objects.order_by("pk").values()) == before and len(before) == 6


def test_a_person_whom_only_an_old_conversation_named_goes_with_its_words(world, lines, maria):
    talk(world, lines[0], "a", days=40, person=maria[0])
    rule(world, 30)
    retain_night(0)
    assert not Person.objects.exists()


def test_a_demand_that_goes_leaves_the_person_whom_a_conversation_still_names(world, lines, maria):
    answer(world, ask(world, *maria))
    Case.objects.update(closed_at=timezone.now() - timedelta(days=101))
    talk(world, lines[0], "a", days=1, person=maria[0])
    rule(world, 100, stage="answered")
    retain_night(0)
    assert Person.objects.get() == maria[0] and not Case.objects.get().description


def test_an_erasure_takes_the_words_that_no_demand_holds_back(world, lines, maria):
    ask(world, *maria)  # it is open: whoever answers must know who asked
    ended, going_on = (talk(world, lines[0], c, days=1, person=maria[0], ended=c == "a") for c in "ab")
    admin = world.actor("administrator")
    plan = actions.plan_erasure(actor=admin, person=maria[0])
    assert not plan.person_goes and plan.talks == 1 and words(ended)
    actions.erase_person(actor=admin, person=maria[0])
    assert not words(ended) and words(going_on)


def test_nothing_that_waited_is_sent_after_an_erasure_and_nobody_has_to_mend_it(world, lines, maria, monkeypatch):
    mine = talk(world, lines[0], "a", days=1, person=maria[0])
    given = {"channel": "email", "address": "maria@example.org", "queued_at": timezone.now()}
    waiting = Delivery.objects.create(message=mine.messages.get(), next_try_at=timezone.now(), **given)
    sent: list[object] = []
    monkeypatch.setitem(SENDERS, "email", SimpleNamespace(send=sent.append))
    actions.erase_person(actor=world.actor("administrator"), person=maria[0])
    deliver(waiting.pk)
    waiting.refresh_from_db()
    assert not sent and waiting.state == "given_up" and not Fault.objects.exists()


def test_a_persons_copy_has_their_conversations_with_files_and_without_notes(world, lines, maria):
    made = talk(world, lines[0], "a", days=0, person=maria[0], ended=False)
    write_note(actor=Actor.system(world.agency.pk), conversation=made, text="Parece nervosa")
    kept = BytesIO()
    export_person(actor=world.actor("administrator"), person=maria[0], to=kept)
    with zipfile.ZipFile(kept) as archive:
        about = archive.read("dados.json").decode()
        (said,) = json.loads(about)["conversations"][0]["messages"]
        assert said["text"] == "Perdi meu xale azul" and "nervosa" not in about
        assert archive.read(said["files"][0]).startswith(b"\x89PNG")


def test_a_line_of_the_table_is_about_demands_or_about_conversations(world, lines):
    made = rule(world, 30, then="pseudonymise", binding=True)
    assert (made.then, made.binding) == ("delete", False), "of a conversation all words go"
    for wrong in ({"service": world.service}, {"line": lines[0], "stage": "answered"}, {}):
        with pytest.raises(Invalid):
            rule(world, 90, **wrong)
