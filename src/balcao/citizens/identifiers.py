"""Who somebody says they are, in numbers and addresses: checked, brought to one form, shown with care.

Every function takes what a person typed and returns the kept form, or raises `InvalidIdentifier` with a sentence that
says what to write instead. Nothing here touches the database.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat
from stdnum.br import cnpj as br_cnpj
from stdnum.br import cpf as br_cpf
from stdnum.pt import nif as pt_nif

from balcao.dialogue.errors import Invalid as InvalidAnswer
from balcao.dialogue.written import bare, format_document, guess
from balcao.platform.errors import Invalid


class InvalidIdentifier(Invalid):
    """`code` is a key that the interview's messages know; `sentence` says what to do; `field` is the kind."""

    def __init__(self, code: str, sentence: str | Promise, *, field: str) -> None:
        super().__init__(sentence, field=field, log=code)
        self.code = code


def cpf(text: str) -> str:
    """Eleven digits. Receita Federal's check digits; repeated digits pass those and are refused here."""
    number = bare(text)
    if not re.fullmatch(r"[0-9]{11}", number):
        raise InvalidIdentifier(
            "cpf_invalid", _("A CPF has 11 digits, like 529.982.247-25. Please check yours."), field="cpf"
        )
    if _repeated(number) or not br_cpf.is_valid(number):
        raise InvalidIdentifier(
            "cpf_invalid",
            _("This CPF does not add up: one of its digits may be wrong. Please check it against your document."),
            field="cpf",
        )
    return number


def cnpj(text: str) -> str:
    """Fourteen characters, the first twelve also letters (IN RFB 2.229/2024, issued from July 2026), the last two
    digits.
    """
    number = bare(text)
    if not re.fullmatch(r"[0-9A-Z]{12}[0-9]{2}", number):
        raise InvalidIdentifier(
            "cnpj_invalid",
            _("A CNPJ has 14 characters, like 11.222.333/0001-81 or 12.ABC.345/01DE-35. Please check yours."),
            field="cnpj",
        )
    if _repeated(number[:12]) or not br_cnpj.is_valid(number):
        raise InvalidIdentifier(
            "cnpj_invalid",
            _("This CNPJ does not add up: one of its characters may be wrong. Please check it and try again."),
            field="cnpj",
        )
    return number


def nif(text: str) -> str:
    """Nine digits (Portugal's Autoridade Tributária), with or without "PT" before them."""
    number = bare(text).removeprefix("PT")
    if not re.fullmatch(r"[0-9]{9}", number):
        raise InvalidIdentifier(
            "nif_invalid", _("A NIF has 9 digits, like 123 456 789. Please check yours."), field="nif"
        )
    known = number[0] in "1235689" or number[:2] in _NIF_PAIRS
    if not known or _repeated(number) or not pt_nif.is_valid(number):
        raise InvalidIdentifier(
            "nif_invalid",
            _("This NIF does not add up: one of its digits may be wrong. Please check it against your card."),
            field="nif",
        )
    return number


#: 45: non-residents taxed at source; 70–79 and 9x: inheritances, funds, public bodies (Decreto-Lei 14/2013).
_NIF_PAIRS = frozenset({"45", "70", "71", "72", "74", "75", "77", "78", "79"})


def document(text: str) -> str:
    """Whichever of CPF, CNPJ and NIF it looks like, in its kept form."""
    kind = guess(text)
    if kind is None:
        raise InvalidIdentifier(
            "document_invalid",
            _("We did not recognise this number. Please write a CPF (11 digits), a CNPJ (14) or a NIF (9)."),
            field="document",
        )
    return _BY_KIND[kind](text)


def mask_document(kept: str) -> str:
    """Enough to recognise one's own: ***.982.247-** as Brazil's federal government does; *** 456 ***.

    A CNPJ is public and stays whole.
    """
    match guess(kept):
        case "cpf":
            return f"***.{kept[3:6]}.{kept[6:9]}-**"
        case "cnpj":
            return format_document(kept)
        case "nif":
            return f"*** {kept[-6:-3]} ***"
    return "*" * len(kept)


def phone(text: str, region: str = "BR") -> str:
    """E.164 ("+5511987654321"). `region` is used when there is no country code.

    Brazil: a mobile number without its ninth digit (Anatel, Resolução 553/2010) is refused with the way to write it.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip()
    try:
        number = phonenumbers.parse(cleaned, region)
    except NumberParseException:
        raise _phone_error(region) from None
    national = phonenumbers.national_significant_number(number)
    # Eight digits that begin with 6 to 9 were mobile numbers; land lines begin with 2 to 5.
    if number.country_code == 55 and re.fullmatch(r"[1-9][1-9][6-9][0-9]{7}", national):
        raise InvalidIdentifier(
            "phone_ninth_digit",
            _("Mobile numbers in Brazil have nine digits. Please put a 9 after the area code: (11) 98765-4321."),
            field="phone",
        )
    if number.extension or not phonenumbers.is_valid_number(number):
        raise _phone_error(phonenumbers.region_code_for_country_code(number.country_code or 0))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _phone_error(region: str) -> InvalidIdentifier:
    examples = {
        "BR": _("Please write the phone number with its area code, like (11) 98765-4321."),
        "PT": _("Please write the phone number with its nine digits, like 912 345 678."),
    }
    general = _("Please write the phone number with its country code, like +34 612 345 678.")
    return InvalidIdentifier("phone_invalid", examples.get(region, general), field="phone")


def phone_pt(text: str) -> str:
    """As `phone`, for an agency in Portugal."""
    return phone(text, "PT")


def mask_phone(kept: str) -> str:
    """The last four digits: "•••• 4321"."""
    return f"•••• {kept[-4:]}"


_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")


def email(text: str) -> str:
    """An address that mail servers accept (RFC 5321 without quoting): the domain in lower case and in ASCII (IDNA).

    The part before the @ keeps its case and must be ASCII: few servers speak SMTPUTF8, and the answer has to arrive.
    """
    cleaned = unicodedata.normalize("NFKC", text).strip().removeprefix("mailto:").strip("<>")
    local, at, domain = cleaned.rpartition("@")
    domain = _ascii_domain(domain)
    good = at and domain and len(local) <= 64 and _LOCAL.fullmatch(local) and len(local) + len(domain) < 254
    if not good:
        raise InvalidIdentifier(
            "email_invalid",
            _("This e-mail address is not complete. Please write it like name@example.org, without accents or spaces."),
            field="email",
        )
    return f"{local}@{domain}"


def _ascii_domain(domain: str) -> str:
    try:
        ascii_domain = domain.lower().removesuffix(".").encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = ascii_domain.split(".")
    named = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and not labels[-1].isdigit()
    return ascii_domain if named else ""


def email_key(kept: str) -> str:
    """What is hashed to find a person by e-mail: case does not tell two mailboxes apart in practice."""
    return kept.lower()


def mask_email(kept: str) -> str:
    """ "a•••@example.org": enough to recognise one's own."""
    local, _at, domain = kept.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def _repeated(digits: str) -> bool:
    return len(set(digits)) == 1


_BY_KIND: Mapping[str, Callable[[str], str]] = {"cpf": cpf, "cnpj": cnpj, "nif": nif}

#: What a script's `validators` may name.
VALIDATORS: Mapping[str, Callable[[str], str]] = {
    **_BY_KIND,
    "document": document,
    "phone": phone,
    "phone_pt": phone_pt,
    "email": email,
}


def for_dialogue(region: str = "BR") -> dict[str, Callable[[str], str]]:
    """The same as the interview engine takes them: they raise its `Invalid(code)`. `region` is the agency's country."""

    def adapted(validate: Callable[[str], str]) -> Callable[[str], str]:
        def check(text: str) -> str:
            try:
                return validate(text)
            except InvalidIdentifier as refusal:
                raise InvalidAnswer(refusal.code) from None

        return check

    named = {**VALIDATORS, "phone": lambda text: phone(text, region)}
    return {name: adapted(validate) for name, validate in named.items()}
