"""A receipt in a conversation: staff read it without the code that opens the person's page, wherever it is shown."""

from __future__ import annotations

from django.utils import timezone

from balcao.inbox.conversations.lines import claim
from balcao.inbox.models import Conversation, Message

from .conftest import browser

CODE = "7K3M-9QXA-2BC"
WORDS = "Recebemos: 2026.0001.234-56. Código: " + CODE


def test_nobody_of_the_staff_reads_the_code(desk, ana):
    now = timezone.now()
    talk = claim(actor=ana, conversation=desk.writes("m", at=now).conversation, now=now)
    receipt = Message.objects.create(
        agency=desk.world.agency, conversation=talk, number=2, purpose="receipt", direction="out", locale="pt-BR",
        subject="", body=WORDS, key="receipt:1", created_at=now, provider_id="wamid.1",
    )  # fmt: skip
    Conversation.objects.update(last_number=2)
    assert receipt.for_staff.endswith("••••-••••-•••") and receipt.body == WORDS
    client = browser(ana)
    for where in (f"/console/inbox/{talk.pk}/", "/console/inbox/?part=mine"):
        page = client.get(where).content.decode()
        assert "2026.0001.234-56" in page and CODE not in page


def test_nor_where_the_person_answers_to_it(desk, ana):
    test_nobody_of_the_staff_reads_the_code(desk, ana)
    talk = Conversation.objects.get()
    desk.writes("m", "E agora?", at=timezone.now(), details={"reply_to": "wamid.1"})
    page = browser(ana).get(f"/console/inbox/{talk.pk}/").content.decode()
    assert "E agora?" in page and CODE not in page and page.count("2026.0001.234-56") == 2
