"""What comes in comes in once, in one order, into the conversation that is the person's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from balcao.inbox.conversations.speaking import mark_read
from balcao.inbox.models import Account, Conversation, Message
from balcao.inbox.receiving import Incoming, receive, receive_all
from balcao.platform.actors import Actor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def heard(number: int, text: str = "Oi", contact: str = "br-1", **more) -> Incoming:
    return Incoming(provider_id=f"wamid.{number}", contact=contact, text=text, **more)


def take_in(account, incoming, now=NOW):
    return receive(actor=Actor.system(account.agency_id), account=account, incoming=incoming, now=now)


def test_the_first_word_opens_a_conversation_that_waits_in_the_accounts_line(account):
    found = take_in(account, heard(1, "Preciso de ajuda", name="Maria", address="+5527999990000"))
    talk = Conversation.objects.get()
    assert found.opened and not found.repeat and found.conversation.pk == talk.pk
    assert (talk.state, talk.line, talk.queued_at, talk.staff_unread) == ("waiting", account.line, NOW, 1)
    assert (talk.said_name, talk.address, talk.contact) == ("Maria", "+5527999990000", "br-1")
    message = Message.objects.get()
    assert (message.body, message.number, message.direction, message.author_kind) == (
        "Preciso de ajuda",
        1,
        "in",
        "citizen",
    )


def test_words_leave_jobs_only_where_something_follows_from_them(world, account, line):
    """An interview that runs; ticks of a channel that has them."""
    chat = Account.objects.create(agency=world.agency, channel="webchat", key="w", name="Site", line=line)

    def jobs():
        found = ProcrastinateJob.objects.filter(task_name="platform.react").values_list("args", flat=True)
        return [args["reaction"].rpartition(".")[2] for args in found]

    for way in (account, chat):
        talk = take_in(way, heard(1)).conversation
        take_in(way, heard(2))
        mark_read(actor=world.actor("supervisor"), conversation=talk, number=2)
    assert (jobs().count("hear"), jobs().count("show_read")) == (0, 1)
    line.interview = "service:poda"
    line.save()
    take_in(chat, heard(3, contact="br-2"))
    assert jobs().count("hear") == 1


def test_five_times_and_backwards_is_each_message_once(account):
    three = [heard(n, f"palavra {n}") for n in (1, 2, 3)]
    for one in [*three, *reversed(three), *three, *reversed(three), *three]:
        take_in(account, one)
    assert list(Message.objects.order_by("number").values_list("number", "body")) == [
        (1, "palavra 1"), (2, "palavra 2"), (3, "palavra 3"),
    ]  # fmt: skip
    assert Conversation.objects.get().staff_unread == 3


def test_a_batch_is_put_in_the_providers_order(account):
    late, early = heard(2, "depois", at=NOW), heard(1, "antes", at=NOW - timedelta(seconds=5))
    found = receive_all(actor=Actor.system(account.agency_id), account=account, incoming=[late, early], now=NOW)
    assert [(r.message.body, r.message.number) for r in found] == [("antes", 1), ("depois", 2)]
    assert Conversation.objects.count() == 1


def test_the_same_number_on_another_account_is_another_message(account, other_account):
    take_in(account, heard(1))
    take_in(other_account, heard(1))
    assert Message.objects.count() == Conversation.objects.count() == 2


def test_the_words_are_encrypted_and_strange_characters_do_no_harm(account):
    from django.db import connection

    text = "a\x00b \u202eolá\u202c 👩‍👩‍👧 مرحبا" + "x" * 10_000
    kept = take_in(account, heard(1, text, contact="o contato da Maria")).message
    kept.refresh_from_db()
    assert kept.body == "ab olá 👩‍👩‍👧 مرحبا" + "x" * 10_000
    with connection.cursor() as cursor:
        cursor.execute("SELECT m.body, c.address, c.contact FROM inbox_message m JOIN inbox_conversation c ON true")
        body, address, contact = cursor.fetchone()
    assert "olá" not in body and "5527999990000" not in address and "contato da Maria" not in contact


def test_a_line_with_an_interview_begins_with_it(account):
    account.line.interview = "triagem"
    account.line.save()
    talk = take_in(account, heard(1)).conversation
    talk.refresh_from_db()
    assert (talk.state, talk.asked, talk.queued_at) == ("interview", {"script": "triagem"}, None)
