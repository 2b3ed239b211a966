"""Numbers that stand for people, as their country writes them: 529.982.247-25, 123 456 789, (11) 98765-4321."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat


def bare(text: str) -> str:
    """A number without the dots, dashes and spaces that people put into it."""
    return re.sub(r"[\s.\-/‐-―_]+", "", unicodedata.normalize("NFKC", text)).upper()


def guess(text: str) -> str | None:
    """ "cpf", "cnpj" or "nif" by length and form, valid or not; None when it is none of them."""
    number = bare(text)
    if re.fullmatch(r"(PT)?[0-9]{9}", number):
        return "nif"
    if re.fullmatch(r"[0-9]{11}", number):
        return "cpf"
    return "cnpj" if re.fullmatch(r"[0-9A-Z]{12}[0-9]{2}", number) else None


def format_document(kept: str) -> str:
    """As its country writes it: 529.982.247-25, 11.222.333/0001-81, 123 456 789. Anything else stays as it is."""
    number = bare(kept)
    match guess(number):
        case "cpf":
            return f"{number[:3]}.{number[3:6]}.{number[6:9]}-{number[9:]}"
        case "cnpj":
            return f"{number[:2]}.{number[2:5]}.{number[5:8]}/{number[8:12]}-{number[12:]}"
        case "nif":
            return f"{number[-9:-6]} {number[-6:-3]} {number[-3:]}"
    return kept


def format_phone(kept: str) -> str:
    """An E.164 number as it is written at home for BR and PT, "(11) 98765-4321"; abroad with the country code. Anything
    else stays as it is."""
    try:
        number = phonenumbers.parse(kept)
    except NumberParseException:
        return kept
    home = number.country_code in {55, 351}
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)
