"""Saying prompts in a conversation, as its channel shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext, override

from balcao.dialogue import Prompt
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.speaking import say
from balcao.platform.actors import Actor

from .rendering import BY_LETTER, RENDERERS


def speak(actor: Actor, held: Conversation, prompts: Sequence[Prompt], mark: str, now: datetime) -> None:
    """Say them, inside the caller's action. The same `mark` says them once."""
    with override(held.language):
        said = {**BY_LETTER, **RENDERERS}[held.channel](prompts, language=held.language, translate=gettext)
    for part, one in enumerate(said):
        say(actor=actor, conversation=held, client_id=f"interview:{mark}:{part}", text=one.text, details=one.details,
            bot=True, now=now)  # fmt: skip
