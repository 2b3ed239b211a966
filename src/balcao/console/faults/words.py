"""A fault in plain words: what it is about, why it happened, what helps."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from balcao.platform.models import Fault

from . import whatsapp_words


@dataclass(frozen=True)
class Words:
    """`title`: what failed. `why`: one sentence. `hint`: what usually helps."""

    title: str
    why: str
    hint: str
    icon: str


def kinds() -> dict[str, str]:
    """The kinds that exist, as a filter names them."""
    return {
        "delivery": _("Messages that did not arrive"),
        "stuck": _("Cases that do not move"),
        "job": _("Work in the background"),
        "alarm": _("Alarms that could not ring"),
        "replay": _("Rows that were refused"),
        "incident": _("Demands of a known problem"),
        "remote": _("Other systems"),
        "media": _("Pictures from other systems"),
        "webhook": _("Webhooks that were not heard"),
        "whatsapp": "WhatsApp",
        "mail": _("Mails without a place"),
        "flood": _("Too much from one person"),
        "mailbox": _("Mailboxes"),
        "disk": _("Room on the disk"),
    }


def of(fault: Fault) -> Words:
    """The words for `fault`; what no words are written for shows its own reason."""
    if fault.kind == "delivery":
        return _delivery(fault)
    if fault.kind == "stuck":
        return _stuck(fault)
    if fault.kind == "job":
        return Words(
            _("Work in the background failed"),
            _("The job “%(name)s” failed for good.") % {"name": fault.data.get("task") or fault.key},
            _("Try it again. When it fails once more, tell whoever runs the system: the log says the same."),
            "settings",
        )
    if fault.kind == "disk":
        free = {"n": fault.data.get("megabytes", 0)}
        return Words(
            _("The disk is almost full"),
            _("%(n)s MB were free where the database is kept.") % free
            if fault.key == "database"
            else _("%(n)s MB were free where the files are kept.") % free,
            _("Whoever runs the system makes room; balcao doctor says where. This then goes away by itself."),
            "alert",
        )
    if fault.kind == "alarm":
        return Words(
            _("An alarm could not ring"),
            _("Its date is near or has passed, and nobody was told."),
            _("It is tried again each hour by itself; trying now helps once the cause is gone."),
            "bell",
        )
    if fault.kind == "webhook":
        return Words(
            _("A webhook was not heard"),
            _("“%(name)s” did not take what we told it: %(why)s.")
            % {"name": fault.data.get("name", ""), "why": fault.data.get("why", "")},
            _("Ask whoever runs that system. Trying again tells it everything that it has missed."),
            "alert",
        )
    if fault.kind == "replay":
        return Words(
            _("Rows of a file were refused"),
            _("%(n)s rows of the file are no demands; the others were taken.")
            % {"n": sum(fault.data.get("refused", {}).values())},
            _("Mend the rows and run it again: what was taken is not taken twice. Or end it: they stay out."),
            "alert",
        )
    if fault.kind == "remote" and fault.data.get("called_off"):
        return Words(
            _("Another system does not know that an order ended here"),
            _("The system of %(area)s still has %(reference)s: “%(why)s”.")
            % {k: fault.data.get(k, "") for k in ("area", "reference", "why")},
            _("Tell them by hand, then end this with how they were told. Trying again helps once they can be told."),
            "send",
        )
    if fault.kind == "remote":
        return Words(
            _("Another system did not take part") if "remote_id" in fault.data else _("Another system does not answer"),
            _("The system of %(area)s: “%(why)s”.") % {k: fault.data.get(k, "") for k in ("area", "why")},
            _("Look whether it runs and whether its key is right, then try again. Where nobody knows whether an order "
              "arrived, look there and say so in the area's settings: it is not sent twice."),
            "send",
        )  # fmt: skip
    if fault.kind == "media":
        return Words(
            _("A picture could not be fetched"),
            _("What stood at its address could not be kept: “%(why)s”.") % {"why": fault.data.get("why", "")},
            _("The demand is here without it. Try again, or end it and ask the person for the picture."),
            "image",
        )
    if fault.kind == "mail":
        return _mail(fault)
    if fault.kind == "flood":
        return Words(
            _("Somebody sends more than we take"),
            _("To %(name)s: more messages of one person than anybody writes. They hold up nobody else.") % fault.data,
            _("On WhatsApp they are set aside: trying again takes them in. Mail waits at the mail server and comes by "
              "itself, little by little. End this when it is only noise."),
            "alert",
        )  # fmt: skip
    if fault.kind == "mailbox":
        return Words(
            _("A mailbox cannot be read"),
            _("%(mailbox)s: %(why)s.") % {k: fault.data.get(k, "") for k in ("mailbox", "why")},
            _("It is tried again by itself, and no mail is lost meanwhile: it waits at the mail server. "
              "Whoever runs the system looks at the settings; balcao doctor helps."),
            "mail",
        )  # fmt: skip
    if fault.kind == "whatsapp":
        return Words(*whatsapp_words.of(fault), "alert")
    if fault.kind == "incident":
        return Words(
            _("A demand did not end with its known problem"),
            _("The problem has ended, and this demand could not be answered or let go of with the others."),
            _("Try it again. Or open the case, let it go of the problem and answer it by itself."),
            "users",
        )
    return Words(kinds().get(fault.kind, fault.kind), fault.reason, "", "alert")


def why_not_sent(code: str) -> str:
    """The code of an `inbox.outbound.NotSent` in words (RFC 5321 §4.2.3, RFC 7504); empty for an unknown one."""
    kind, _colon, number = code.partition(":")
    if kind == "whatsapp":
        return whatsapp_words.why_not_sent(number)
    if kind == "smtp":
        said = {
            "552": _("The person's mailbox is full."),
            "452": _("The person's mailbox is full."),
            "550": _("The mail server knows no such address, or does not take messages from us."),
            "551": _("The mail server knows no such address."),
            "553": _("The mail server knows no such address."),
            "521": _("This address takes no e-mail."),
            "556": _("This address takes no e-mail."),
            "554": _("The mail server refused the message."),
            "535": _("The mail server did not accept our sign-in."),
        }.get(number)
        later = _("The mail server could not take the message now.")
        said = said or (later if number.startswith("4") else _("The mail server refused the message."))
        return _("%(sentence)s (It answered %(number)s.)") % {"sentence": said, "number": number}
    return {
        "address": _("This is not a valid e-mail address."),
        "unreachable": _("The mail server could not be reached."),
        "unanswered": _("The mail server did not say whether it took the message."),
        "channel": _("Sending failed in our own system; the cause stands in its log."),
    }.get(kind, "")


def _delivery(fault: Fault) -> Words:
    purposes = {
        "receipt": _("A receipt did not arrive"),
        "answer": _("An answer did not arrive"),
        "question": _("A question to the person did not arrive"),
        "reopened": _("The news of a reopening did not arrive"),
        "alarm": _("An alarm to a colleague did not arrive"),
        "digest": _("A daily digest did not arrive"),
    }
    return Words(
        purposes.get(fault.data.get("purpose", ""), _("A message did not arrive")),
        why_not_sent(str(fault.data.get("code", ""))) or fault.reason,
        _("Check the address. Send it to another one, try again, or end it: an answer then stands on its page."),
        "mail",
    )


def _mail(fault: Fault) -> Words:
    why = {
        "answered": _("It answers a letter about a demand that takes no more words: its answer is there."),
        "old_address": _("It answers a letter that we sent to another address than the person's present one."),
        "not_a_case": _("It answers a letter of ours that is about no demand."),
    }
    return Words(
        _("Somebody wrote an e-mail that has no place"),
        why.get(fault.data.get("why", ""), _("Nothing in it proves that it answers a letter of ours.")),
        _("Read it and do what it asks for: open a demand, reopen one, write back. Then end this with what you did."),
        "mail",
    )


def _stuck(fault: Fault) -> Words:
    days = fault.data.get("days", 0)
    words = {
        "no_order": (
            _("With an area, but nobody has an order"),
            _("The case waits for its area, and the area has no open order for it."),
            _("Trying again issues the order."),
        ),
        "triage": (
            _("Too long in triage"),
            _("Nobody has classified or sent it on for more than %(n)s days.") % {"n": days},
            _("Open the case and send it to its area, or ask the person."),
        ),
        "citizen": (
            _("The person has not replied"),
            _("We asked more than %(n)s days ago (Decreto 9.492/2018, art. 18).") % {"n": days},
            _("Open the case: refuse it with a kind reason, or go on without the reply."),
        ),
        "review": (
            _("A report or a draft waits too long"),
            _("Nothing has moved for more than %(n)s days, and the person still waits.") % {"n": days},
            _("Open the case: review the report, or send the answer."),
        ),
        "answering": (
            _("An answer does not leave"),
            _("The answer was sent more than an hour ago, and no delivery of it is on its way."),
            _("Trying again queues its delivery."),
        ),
        "gathered": (
            _("Part of a known problem that has ended"),
            _("The problem ended more than an hour ago, and this demand still waits."),
            _("Trying again ends it as the problem ended."),
        ),
        "following": (
            _("Joined to a case that has already ended"),
            _("The case that it was joined to is answered, and this one is not."),
            _("Open the case and part it, so that somebody looks at it."),
        ),
        "delivery": (
            _("A message waits too long"),
            _("It was due more than an hour ago and has not been tried."),
            _("Trying again queues it anew. When many wait, the worker may be standing still."),
        ),
        "question": (
            _("We wait for a reply to a question that was never sent"),
            _("The letter with our question was not written."),
            _("Trying again sends it."),
        ),
        "line_unserved": (
            _("People wait in a line that nobody serves"),
            _("In “%(line)s” people wait, and no colleague serves it.") % {"line": fault.data.get("line", "")},
            _("Give the line somebody under Settings, Attendants, or move the conversations to another one."),
        ),
        "line_long": (
            _("Somebody waits too long in a line"),
            _("In “%(line)s” somebody has waited for more than %(n)s days.")
            % {"line": fault.data.get("line", ""), "n": days},
            _("Open the inbox and take the conversation, or see that the line has enough attendants."),
        ),
        "job": (
            _("Work in the background stands still"),
            _("It has waited for more than an hour. Perhaps no worker runs."),
            _("See that the worker runs (balcao doctor says so); it then goes by itself."),
        ),
    }
    title, why, hint = words.get(fault.data.get("why", ""), (_("A case does not move"), fault.reason, ""))
    return Words(title, why, hint, "clock")
