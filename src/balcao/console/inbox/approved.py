"""Outside of a channel's window: how long one may write freely, and the approved template that may be sent instead."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.inbox.approved.actions import say_template
from balcao.inbox.approved.models import APPROVED, ApprovedTemplate
from balcao.inbox.approved.wording import preview
from balcao.inbox.conversations.models import Conversation
from balcao.inbox.conversations.states import State
from balcao.inbox.conversations.window import free_until
from balcao.inbox.replies.wording import render
from balcao.platform.errors import Invalid
from balcao.web.formatting import day_words

from .acts import Act, Ask, Done, Field
from .listing import number

SOON = timedelta(hours=3)  # until it closes: then it is said louder


def window_of(talk: Conversation, now: datetime) -> dict[str, Any] | None:
    """Until when one may write freely, and the templates to write with afterwards; None where nothing limits it."""
    until = free_until(talk)
    if until is None:
        return None
    closed = until <= now
    templates = _offered(talk) if closed or until - now <= SOON else []
    offered = [{"name": one.name, "words": one.body, "href": _address(talk, one)} for one in templates]
    local, today = timezone.localtime(until), timezone.localdate(now)
    when = f"{local:%H:%M}"
    if local.date() != today:  # or half past nine in the morning reads, at ten, as if it had passed
        when = _("%(day)s at %(time)s") % {"day": day_words(local.date(), today), "time": when}
    told = {"until": until, "when": when, "closed": closed, "soon": not closed and until - now <= SOON}
    return told | {"templates": offered}


def _offered(talk: Conversation) -> list[ApprovedTemplate]:
    """What may be sent, in the conversation's language first."""
    found = ApprovedTemplate.objects.filter(account_id=talk.account_id, status=APPROVED, sendable=True)
    spoken = talk.language.replace("-", "_").lower()
    return sorted(found, key=lambda one: (one.language.lower() != spoken, one.name, one.language))


def _address(talk: Conversation, template: ApprovedTemplate) -> str:
    return f"{reverse('console:talk_act', args=[talk.pk, TEMPLATE.code])}?template={template.pk}"


def _template(ask: Ask) -> ApprovedTemplate:
    wanted = number(ask.typed("template"))
    found = next((one for one in _offered(ask.talk) if one.pk == wanted), None)
    if found is None:
        raise Http404
    return found


def _values(ask: Ask, template: ApprovedTemplate) -> list[str]:
    return [ask.typed(f"value-{place}") for place in range(len(template.variables))]


def _fields(ask: Ask) -> list[Field]:
    if not ask.typed("template"):
        options = [(str(one.pk), str(one)) for one in _offered(ask.talk)]
        return [ask.field("template", _("Template"), type="select", options=options, required=True)]
    template = _template(ask)
    first = render("{name}", talk=ask.talk, actor=ask.actor).strip()
    fields = [
        ask.field(
            f"value-{place}", _("What stands for {{%(name)s}}") % {"name": name}, default=first if not place else "",
            required=True, maxlength=1000, attrs={"data-fills": str(name)},
        )
        for place, name in enumerate(template.variables)
    ]  # fmt: skip
    once = ask.typed("client_id") or secrets.token_hex(12)
    return [
        *fields,
        {"name": "client_id", "label": "", "type": "hidden", "id": "act_client_id", "value": once},
        {"name": "template", "label": "", "type": "hidden", "id": "act_template", "value": str(template.pk)},
    ]


def _shown(ask: Ask) -> dict[str, Any]:
    if not ask.typed("template"):
        return {}
    template = _template(ask)
    return {"template": template, "template_words": preview(template, [one.strip() for one in _values(ask, template)])}


def _send(ask: Ask) -> Done:
    template = _template(ask)
    once = ask.typed("client_id")[:80]
    if not once:  # the list without its variables: they are asked next
        if template.variables:
            return Done(href=_address(ask.talk, template))
        once = secrets.token_hex(12)
    if not all(one.strip() for one in _values(ask, template)):
        raise Invalid(_("Fill in each variable."), field="value-0")
    say_template(actor=ask.actor, conversation=ask.talk, template=template, values=_values(ask, template),
                 client_id=once)  # fmt: skip
    return Done(_("The template is on its way. As soon as they answer, you may write freely again."))


TEMPLATE = Act(
    code="template",
    label=gettext_lazy("Send a template"),
    icon="send",
    run=_send,
    fields=_fields,
    shown=_shown,
    submit=gettext_lazy("Send"),
    help=gettext_lazy("Words that WhatsApp has approved: they may be sent at any time."),
    mine=True,
    states=frozenset({State.HELD, State.SNOOZED}),
    templates=("console/inbox/_template_preview.html",),
    bar=False,
)
