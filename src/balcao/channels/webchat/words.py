"""The words of the chat's own script, in the running language: one list for the page and the widget."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from balcao.organization.models import Agency
from balcao.platform.files.refused import SENTENCES

TAGS = {code.lower(): code for code, _name in settings.LANGUAGES}


def language_for(tag: str, agency: Agency) -> str:
    """Of ours the one that a page's `lang` asks for; the agency's where we do not speak it. "pt" alone is the agency's
    Portuguese."""
    tag = tag.strip().lower().replace("_", "-")
    if tag in TAGS:
        return TAGS[tag]
    tongue = tag.partition("-")[0]
    if tongue and agency.locale.partition("-")[0] == tongue:
        return agency.locale
    return next((code for code in TAGS.values() if code.partition("-")[0] == tongue), agency.locale)


def words() -> dict[str, str]:
    return {
        "open": _("Talk with us"),
        "title": _("Conversation with %(name)s"),
        "close": _("Close the chat"),
        "log": _("Messages"),
        "write": _("Your message"),
        "send": _("Send the message"),
        "start": _("Start the conversation"),
        "hello": _("Hello"),
        "greeting": _("Hello! Write what you need: somebody of ours reads it and answers here."),
        "attach": _("Send photos or files"),
        "record": _("Record a voice message"),
        "stop": _("Stop and send"),
        "drop": _("Throw away"),
        "recording": _("Recording…"),
        "no_mic": _("We could not use the microphone. You can write instead."),
        "me": _("You"),
        "bot": _("Assistant"),
        "us": _("We"),
        "typing": _("is typing…"),
        "waiting": _("Waiting for the connection: this goes off by itself."),
        "sent": _("Sent"),
        "read": _("Seen"),
        "failed": _("Not sent: %(why)s"),
        "again": _("Try again"),
        "back": _("Take it back to the box"),
        "offline": _("No connection now. Write all the same: it goes off as soon as there is one."),
        "busy": _("That was a lot in a short time. This goes off by itself in a moment."),
        "too_large": str(SENTENCES["too_large"]),
        "too_long": _("This message is longer than 10,000 characters. Please send it in two parts: nothing is lost."),
        "file": _("File"),
        "save": _("Save %(name)s"),
        "not_scanned": _("not checked for viruses"),
        "place": _("A place on the map"),
        "use_place": _("Use where I am now"),
        "no_place": _("We could not find out where you are. Please write the address instead."),
        "choose": _("Choose one"),
        "tick": _("Send what is ticked"),
        "nothing_ticked": _("Tick at least one, please."),
        "with": _("%(name)s is talking with you."),
        "ended": _("This conversation has ended. If you write again, it goes on."),
        "end": _("End the conversation"),
        "end_sure": _("End this conversation? You can write again whenever you like."),
        "yes_end": _("Yes, end it"),
        "no_end": _("Keep talking"),
        "new": _("New messages"),
        "earlier": _("Earlier messages"),
        "not_here": _("The chat does not answer on this site now."),
    }
