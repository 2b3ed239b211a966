"""What went wrong with WhatsApp in plain words, after Meta's "Error codes" of the Cloud API."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.platform.models import Fault


def why_not_sent(number: str) -> str:
    """One of Meta's error codes in a sentence; a general one for those that nobody meets."""
    said = {
        "131047": _("The person last wrote more than 24 hours ago: only an approved template may be sent now."),
        "131026": _("This number has no WhatsApp, or an old one, or has not accepted its new terms."),
        "131051": _("WhatsApp does not take this kind of message."),
        "131049": _("WhatsApp did not deliver it, to keep people from receiving too many messages."),
        "131050": _("The person does not want such messages from us."),
        "131031": _("Meta has locked our WhatsApp account; its console says why."),
        "131042": _("Meta could not charge for the message; its console says why."),
        "131045": _("Our number is not registered with WhatsApp any more."),
        "131052": _("The file could not be taken from WhatsApp."),
        "131053": _("WhatsApp did not take our file: it is too large, or of a kind that it does not know."),
        "130472": _("WhatsApp did not deliver it: the person is part of an experiment of Meta's."),
        "132000": _("The template was sent with too few or too many variables."),
        "132001": _("There is no approved template of this name in this language."),
        "132005": _("The template's text became too long with its variables."),
        "132007": _("Meta refused the template's content."),
        "132012": _("One of the template's variables has the wrong form."),
        "132015": _("Meta has paused this template, because too many people complained about it."),
        "132016": _("Meta has switched this template off, because too many people complained about it."),
        "368": _("Meta has blocked our WhatsApp account for breaking its rules."),
        "190": _("Meta does not take our access to this number any more: it needs a new access token."),
        "number": _("The WhatsApp number that this conversation was had on is connected no more."),
        "empty": _("There was nothing in the message that WhatsApp could show."),
    }.get(number)
    if said is None and number in {"130429", "131048", "131056", "80007", "429", "4"}:
        said = _("WhatsApp took no more messages from us just then.")
    if not number.isdigit():
        return said or ""
    said = said or _("WhatsApp did not take the message.")
    return _("%(sentence)s (It answered %(number)s.)") % {"sentence": said, "number": number}


def of(fault: Fault) -> tuple[str, str, str]:
    """Title, why and hint of a fault of kind "whatsapp"; its key says what it is about."""
    data, about = fault.data, fault.key.partition(":")[0]
    if about == "token":
        return (
            _("WhatsApp does not take our access to a number"),
            _("The access token of %(number)s has expired or was withdrawn: nothing leaves by it.")
            % {"number": data.get("number", "")},
            _("Make a new one in Meta's console, give it with balcao whatsapp number, and what waits leaves."),
        )
    if about == "unknown":
        return (
            _("WhatsApp messages for a number that nobody has connected"),
            _("Meta delivers messages for the number with the id %(id)s. They are kept.")
            % {"id": data.get("phone_number_id", "")},
            _("Connect the number with balcao whatsapp number: they are then taken in by themselves."),
        )
    if about == "number":
        return (
            _("Meta reports a problem with a WhatsApp number"),
            _("About %(number)s it says: “%(why)s”.") % {"number": data.get("number", ""), "why": data.get("why", "")},
            _("Look into Meta's console, then end this with what was done."),
        )
    if about == "file":
        return (
            _("A file that somebody sent by WhatsApp could not be fetched"),
            why_not_sent(str(data.get("code", "")).partition(":")[2]) or _("Meta did not give it to us."),
            _("Try again within seven days: Meta keeps it no longer. Or ask the person to send it once more."),
        )
    if about == "large":
        return (
            _("Something that came by WhatsApp could not be taken in"),
            _("Meta sent more at once than this system takes. What was in it is not here."),
            _("Meta sends it again for some days. If it goes on, ask those who look after this system."),
        )
    return (
        _("Something that came by WhatsApp could not be taken in"),
        str(data.get("why") or fault.reason),
        _("Trying again helps after an update of the system. It is kept until three months after this was ended."),
    )
