"""Who may sign in to the demonstration. Printed by `balcao up` and shown on its sign-in page: no secret of anybody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import urlsplit

from django.conf import settings

from balcao.cases.models import Case
from balcao.organization.models import Agency
from balcao.platform.access_codes import format_code
from balcao.platform.numbering import format_protocol

from .making import PASSWORD, read
from .playing import SAMPLE_CODE


class SignIn(TypedDict):
    role: str
    name: str
    email: str
    password: str
    totp_secret: str


def _listed() -> Sequence[SignIn]:
    return [
        SignIn(
            role=person["shown"],
            name=person["name"],
            email=f"{person['email']}@{folder}.example",
            password=PASSWORD,
            totp_secret=person.get("totp", ""),
        )
        for folder in ("vila-serena", "vale-do-sado")
        for person in read(folder, "agency.yaml")["staff"]
        if person.get("shown")
    ]


SIGN_INS: Sequence[SignIn] = _listed()


def _other_addresses() -> list[tuple[str, str]]:
    """(agency, its portal) of those with a host name of their own. None but on localhost: there alone such names work
    by themselves."""
    ours = urlsplit(settings.BASE_URL)
    if ours.hostname != "localhost":
        return []
    port = f":{ours.port}" if ours.port else ""
    named = Agency.objects.filter(hostname__endswith=".localhost").order_by("pk")
    return [(one.short_name or one.name, f"{ours.scheme}://{one.hostname}{port}/") for one in named]


def sign_ins() -> str:
    """The lines to print; empty where the demonstration is not loaded."""
    sample = Case.objects.filter(agency__slug="vila-serena", external_id="demo:sample").first()
    if sample is None:
        return ""
    lines = [f"  {name + ':':<17} {address}" for name, address in _other_addresses()]
    width = max(len(one["email"]) for one in SIGN_INS)
    lines += [f"\n  Demonstration sign-ins (password {PASSWORD}):"]
    for one in SIGN_INS:
        lines.append(f"    {one['email']:<{width}}  {one['role']}")
        if one["totp_secret"]:
            lines.append(f"    {'':<{width}}  second factor, for an authenticator app: {one['totp_secret']}")
    lines.append(f"\n  A demand to follow: {format_protocol(sample.protocol)}, code {format_code(SAMPLE_CODE)}")
    return "\n".join(lines) + "\n"
