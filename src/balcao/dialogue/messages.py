"""What a person reads when an answer is not taken: what happened, and what to do. One English sentence or two a key.

The sentences are gettext message ids; the host translates them (`explain(problem, translate=gettext)`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .errors import Problem


def gettext_noop(sentence: str) -> str:
    """Marks a sentence for `makemessages`, which knows this name and not `N_`."""
    return sentence


MESSAGES: dict[str, str] = {
    # any question
    "required": gettext_noop("We need this answer to go on. Please fill it in."),
    "invalid": gettext_noop("We could not accept this answer. Please check it and try again."),
    "not_asked": gettext_noop("This question is not part of your request any more. You can go on to the next one."),
    "unknown_question": gettext_noop("We do not have this question. Please reload and try again."),
    "wrong_shape": gettext_noop("We could not read this answer. Please fill it in again."),
    # words
    "too_long": gettext_noop("Your text has {count} characters and the limit is {max}. Please shorten it a little."),
    "too_short": gettext_noop("Your text has {count} characters and we need at least {min}. Please tell us more."),
    "needs_letters": gettext_noop("We could not find any words in your text. Please describe it with letters."),
    "pattern": gettext_noop("This is not in the format that we expect. Please check it and try again."),
    "pattern_example": gettext_noop("This is not in the format that we expect. Please write it like this: {example}"),
    # numbers
    "not_a_number": gettext_noop("We expected a number. Please write it with digits, for example 12 or 3,5."),
    "number_too_large": gettext_noop("This number is too large. Please check it and try again."),
    "too_small": gettext_noop("The smallest number that we can take is {min}. Please check yours."),
    "too_big": gettext_noop("The largest number that we can take is {max}. Please check yours."),
    "not_money": gettext_noop("We expected an amount of money. Please write it like this: 1.234,50."),
    "not_on_scale": gettext_noop("Please answer with a whole number from {min} to {max}."),
    # dates
    "not_a_date": gettext_noop("We could not read this date. Please write day, month, year, for example 25/04/2026."),
    "not_a_datetime": gettext_noop(
        "We could not read this date and time. Please write them like this: 25/04/2026 14:30."
    ),
    "too_early": gettext_noop("This date is too early. The first that we can take is {min}."),
    "too_late": gettext_noop("This date is too late. The last that we can take is {max}."),
    # "I do not know", "I do not have it"
    "not_unsure": gettext_noop("We need an answer here. If you do not have it now, you can come back later."),
    # choices
    "not_yes_or_no": gettext_noop("Please answer yes or no."),
    "not_an_option": gettext_noop("We did not find this choice. Please pick one from the list."),
    "consent_required": gettext_noop("We can only go on if you agree. Please mark that you agree, or stop here."),
    # places
    "location_missing": gettext_noop("We need to know where. Please write the address or put the pin on the map."),
    "pin_invalid": gettext_noop("This point is not on the map. Please put the pin in its place again."),
    "pin_outside": gettext_noop("This point is outside the area that we serve. Please check where the pin is."),
    "postcode_invalid": gettext_noop("This postcode is not complete. Please write it like 01310-100 or 1000-001."),
    # files
    "files_expected": gettext_noop("Please send the photos or files here. When that is all, write “done”."),
    "too_many_files": gettext_noop("You added {count} files and the limit is {max}. Please take some away."),
    "too_few_files": gettext_noop("You added {count} files and we need at least {min}. Please add the others."),
    # contacts and documents; the validators of the host use these keys
    "email_invalid": gettext_noop("This e-mail address is not complete. Please write it like name@example.org."),
    "phone_invalid": gettext_noop("This phone number is not complete. Please write it with its area code."),
    "phone_ninth_digit": gettext_noop("This mobile number lacks its ninth digit. Please put a 9 after the area code."),
    "document_invalid": gettext_noop("This document number is not valid. Please check its digits."),
    "cpf_invalid": gettext_noop("This CPF is not valid. Please check its 11 digits."),
    "cnpj_invalid": gettext_noop("This CNPJ is not valid. Please check its 14 characters."),
    "nif_invalid": gettext_noop("This NIF is not valid. Please check its 9 digits."),
}


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def explain(problem: Problem, translate: Callable[[str], str] = gettext_noop) -> str:
    """The sentence for the person. A key that we lack gets the general one: nobody is shown a key."""
    sentence = translate(MESSAGES.get(problem.message_key, MESSAGES["invalid"]))
    return sentence.format_map(_Known(problem.params))
