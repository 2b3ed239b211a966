"""The mailboxes that mail comes in by, each an agency's: `AGENCY=URL`, separated by commas, from the environment.

    vila-serena=imaps://atendimento%40example.gov.br:secret@mail.example.gov.br/INBOX
    vila-serena=imap+starttls://user:secret@mail.example.gov.br/INBOX?address=atendimento@example.gov.br
    vale-do-sado=smtp://atendimento@example.pt

`?ca=/etc/balcao/mail.pem` names the certificate, or its issuer's, of a server that the public ones do not vouch for.
`smtp` is an address whose mail another server hands to our own (BALCAO_MAIL_LISTEN). What has a meaning in a URL or in
the list (`@ : / ,`) is written in per cent within a user or a password."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings

from balcao.platform.trouble import Trouble

PORTS = {"imaps": 993, "imap+starttls": 143, "imap": 143}
LONGEST_LOCAL = 36  # octets before the @: with what we add it keeps within the 64 of RFC 5321 §4.5.3.1.1


@dataclass(frozen=True)
class Mailbox:
    """`address` is where people write to, in small letters; `source` how its mail reaches us."""

    agency: str
    address: str
    source: str
    host: str = ""
    port: int = 0
    user: str = ""
    password: str = field(default="", repr=False)
    folder: str = "INBOX"
    ca: str | None = None

    @property
    def local(self) -> str:
        return self.address.rpartition("@")[0]

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def mailboxes() -> tuple[Mailbox, ...]:
    """All of them. Trouble, which quotes no password, when one cannot be understood."""
    found = tuple(_read(entry.strip()) for entry in settings.MAILBOXES.split(",") if entry.strip())
    addresses = [box.address for box in found]
    if len(set(addresses)) < len(addresses):
        raise Trouble("BALCAO_MAILBOXES names one address twice: an address is one agency's.")
    return found


def mailbox_of(agency: str) -> Mailbox | None:
    """The first of an agency: where the answers to its letters go."""
    return next((box for box in mailboxes() if box.agency == agency), None)


def _read(entry: str) -> Mailbox:
    agency, _equals, url = entry.partition("=")
    wrong = Trouble(
        f"BALCAO_MAILBOXES: what stands for “{agency[:50]}” cannot be understood: docs/guides/connect.md shows how."
    )
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        raise wrong from None
    if parts.scheme == "smtp":
        box = Mailbox(agency.strip(), f"{user}@{host}".lower(), "smtp")
    elif parts.scheme in PORTS:
        more = {name: values[0] for name, values in parse_qs(parts.query).items()}
        box = Mailbox(
            agency=agency.strip(),
            address=more.get("address", user).lower(),
            source=parts.scheme,
            host=host,
            port=port or PORTS[parts.scheme],
            user=user,
            password=password,
            folder=unquote(parts.path.lstrip("/")) or "INBOX",
            ca=more.get("ca"),
        )
    else:
        raise wrong
    local, domain = box.local, box.domain
    if not (agency.strip() and host and local and domain and "@" not in local and box.address.isascii()):
        raise wrong
    if len(local) > LONGEST_LOCAL or "+" in local:
        raise Trouble(f"BALCAO_MAILBOXES: the name before the @ of “{agency[:50]}” is too long, or holds a “+”.")
    return box


def listening() -> tuple[str, int] | None:
    """Where our own SMTP server listens; None when it does not. Trouble when it cannot be understood."""
    if not settings.MAIL_LISTEN:
        return None
    host, _colon, port = settings.MAIL_LISTEN.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise Trouble("BALCAO_MAIL_LISTEN cannot be understood: write it as 127.0.0.1:2525.")
    return host.strip("[]") or "127.0.0.1", int(port)
