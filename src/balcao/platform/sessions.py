"""Sessions in the database, in one statement each: no look whether a random key of 160 bits is taken, no row for a
session that holds nothing yet, no second write of what was just written.

Within an action the session is one of its rows, so that a browser which has proven a case holds the proof when the case
is there, and not otherwise."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore as DjangoStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from . import rows

_SAVE = """
INSERT INTO django_session (session_key, session_data, expire_date) VALUES (%s::varchar, %s::text, %s::timestamptz)
ON CONFLICT (session_key) DO UPDATE SET session_data = excluded.session_data, expire_date = excluded.expire_date
"""
_UPDATE = """
UPDATE django_session SET session_data = %s::text, expire_date = %s::timestamptz WHERE session_key = %s::varchar
RETURNING 1
"""


class SessionStore(DjangoStore):
    """As Django's own, which `django_session` and its clean-up remain."""

    _kept: str | None = None  # the data as they were last written, under this key
    _session: dict[str, Any]
    _get_session: Any
    _new = False  # under its present key it was never written

    def _get_session_from_db(self) -> Session | None:
        valid = (self.session_key, timezone.now().isoformat())
        found = rows.fetch(Session, "session_key = %s::varchar AND expire_date > %s::timestamptz", valid)
        if found is None:
            self._session_key = None
        return found

    def create(self) -> None:
        """A key of its own; the row is written when the session is saved with something in it."""
        self._session_key = self._get_new_session_key()
        self._new, self._kept = True, None
        self._session_cache: dict[str, Any] = {}
        self.modified = True

    def cycle_key(self) -> None:
        """The same data under another key; the old one opens nothing any more."""
        old, data = self.session_key, self._session
        if old and not self._new:
            self.delete(old)
        self.create()
        self._session_cache = data

    def save(self, must_create: bool = False) -> None:
        """Raises UpdateError when the session was ended meanwhile: it is not brought back."""
        if self.session_key is None:
            data = self._get_session(no_load=must_create)
            self.create()
            self._session_cache = data
        data = self._get_session(no_load=must_create)
        if self._kept == repr(data):
            return
        written = self.encode(data)
        expires = self.get_expiry_date().isoformat()
        if self._new or must_create:
            if not rows.also(_SAVE, (self.session_key, written, expires)):
                rows.run(_SAVE, (self.session_key, written, expires))
        elif rows.run(_UPDATE, (written, expires, self.session_key)) is None:
            raise UpdateError
        self._new, self._kept = False, repr(data)

    def _get_new_session_key(self) -> str:
        return token_hex(20)  # the column's forty characters
