"""Who does something: staff, a citizen, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import NotAllowed

Kind = Literal["staff", "citizen", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor points at its record by kind and id, never by a foreign key, so that the history outlives it.

    `agency_id` is the one agency it may touch; None only for the installation's own operator."""

    kind: Kind
    id: int | None = None
    agency_id: int | None = None
    permissions: frozenset[str] = frozenset()
    area_ids: frozenset[int] = frozenset()

    @classmethod
    def system(cls, agency_id: int | None = None) -> Actor:
        """The machine acting by its own rules: jobs, timers, imports."""
        return cls(kind="system", agency_id=agency_id)

    @classmethod
    def citizen(cls, agency_id: int, person_id: int | None = None) -> Actor:
        """Whoever asks. Holds no permission: what a citizen may touch is proven by a code or a contact point."""
        return cls(kind="citizen", id=person_id, agency_id=agency_id)

    def can(self, permission: str) -> bool:
        return self.kind == "system" or permission in self.permissions

    def require(self, permission: str) -> None:
        """Raise NotAllowed unless the actor holds `permission`."""
        if not self.can(permission):
            raise NotAllowed(log=f"{self.kind} {self.id} lacks {permission}")

    def same_agency(self, agency_id: int) -> None:
        """Raise NotAllowed when the actor belongs to another agency."""
        if self.agency_id is not None and self.agency_id != agency_id:
            raise NotAllowed(log=f"{self.kind} {self.id} of agency {self.agency_id} touched agency {agency_id}")
