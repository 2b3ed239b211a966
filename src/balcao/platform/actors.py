"""Who does something: staff, another system with its key, a citizen, or the system itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from .errors import NotAllowed

Kind = Literal["staff", "key", "citizen", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """An actor points at its record by kind and id, never by a foreign key, so that the history outlives it.

    `agency_id` is the one agency it may touch; None only for the installation's own operator. `permissions` are those
    that it holds anywhere; `local` names, for each that holds only in some areas, those areas: a permission without a
    pair in `local` holds in the whole agency. The two are never crossed: a manager of one area is none of another."""

    kind: Kind
    id: int | None = None
    agency_id: int | None = None
    permissions: frozenset[str] = frozenset()
    area_ids: frozenset[int] = frozenset()
    local: frozenset[tuple[str, int]] = frozenset()

    @classmethod
    def system(cls, agency_id: int | None = None) -> Actor:
        """The machine acting by its own rules: jobs, timers, imports."""
        return cls(kind="system", agency_id=agency_id)

    @classmethod
    def citizen(cls, agency_id: int, person_id: int | None = None) -> Actor:
        """Whoever asks. Holds no permission: what a citizen may touch is proven by a code or a contact point."""
        return cls(kind="citizen", id=person_id, agency_id=agency_id)

    @property
    def sight(self) -> Actor:
        """This actor as far as it decides what may be seen: two colleagues with the same roles see the same. A citizen
        sees their own."""
        return self if self.kind == "citizen" else replace(self, id=None, permissions=frozenset(self.permissions))

    @property
    def for_agency(self) -> bool:
        """Staff, or a system with a key: whoever acts for the agency as far as permissions reach."""
        return self.kind in ("staff", "key")

    @property
    def staff_id(self) -> int | None:
        """The member of staff it is; None for a key, which is nobody: its number is no person's."""
        return self.id if self.kind == "staff" else None

    def can(self, permission: str) -> bool:
        """Whether it holds `permission` somewhere: what a menu asks. An act asks `at(area).require(…)`."""
        return self.kind == "system" or permission in self.permissions

    def areas_with(self, permission: str) -> frozenset[int] | None:
        """Where it holds `permission`: these areas; None: in the whole agency."""
        if self.kind == "system":
            return None
        areas = frozenset(area for name, area in self.local if name == permission)
        return None if permission in self.permissions and not areas else areas

    def at(self, area_id: int | None) -> Actor:
        """The same actor as far as its roles reach in this area; None: outside of any, by roles in the whole agency."""
        if not self.local:
            return self
        here = frozenset(pair for pair in self.local if pair[1] == area_id)
        elsewhere = {name for name, _area in self.local} - {name for name, _area in here}
        return replace(
            self, permissions=self.permissions - elsewhere, local=here, area_ids=self.area_ids & {area_id or 0}
        )

    def require(self, permission: str) -> None:
        """Raise NotAllowed unless the actor holds `permission`."""
        if not self.can(permission):
            raise NotAllowed(log=f"{self.kind} {self.id} lacks {permission}")

    def same_agency(self, agency_id: int) -> None:
        """Raise NotAllowed when the actor belongs to another agency."""
        if self.agency_id is not None and self.agency_id != agency_id:
            raise NotAllowed(log=f"{self.kind} {self.id} of agency {self.agency_id} touched agency {agency_id}")
