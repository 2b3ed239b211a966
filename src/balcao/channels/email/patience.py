"""SMTP that waits for the last word. Once a letter has been handed over, only the server's answer tells whether it was
taken: whoever leaves before it must send the letter again, and the person reads it twice."""

from __future__ import annotations

import smtplib
from typing import Any

from django.core.mail.backends.smtp import EmailBackend

#: Seconds for the answer after the letter itself. RFC 5321 §4.5.3.2.6 asks for ten minutes; a claim on a delivery
#: (inbox.sending.CLAIM) is free again after two, and a slow server holds up nothing but its own queue.
LAST_WORD = 60.0


class Unanswered(OSError):
    """The letter went out and nobody said whether it was taken."""


class _LastWord:
    """Before smtplib's own class: its `data()` sends the letter with `send()` and then asks for the answer."""

    sock: Any
    _handed_over = False

    def send(self, s: Any) -> None:
        # The commands are short; the letter ends with the lone dot of RFC 5321 §4.1.1.4.
        self._handed_over = bytes(s[-5:]) == b"\r\n.\r\n" if isinstance(s, bytes | bytearray) else False
        super().send(s)  # type: ignore[misc]

    def getreply(self) -> tuple[int, bytes]:
        if not self._handed_over:
            return super().getreply()  # type: ignore[misc, no-any-return]
        before = self.sock.gettimeout()
        self.sock.settimeout(LAST_WORD)
        try:
            answer = super().getreply()  # type: ignore[misc]
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            raise Unanswered(type(error).__name__) from error
        self._handed_over = False
        if self.sock is not None:
            self.sock.settimeout(before)
        return answer  # type: ignore[no-any-return]


class _Plain(_LastWord, smtplib.SMTP):
    pass


class _Tls(_LastWord, smtplib.SMTP_SSL):
    pass


class PatientBackend(EmailBackend):
    """Django's, with our patience."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _Tls if self.use_ssl else _Plain
