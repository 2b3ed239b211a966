"""One conversation whose interview goes on: what its steps need."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from balcao.dialogue import Script, State, Validators, load_state
from balcao.inbox import intake
from balcao.inbox.conversations.models import Conversation
from balcao.platform.actors import Actor

from .definitions import Definition
from .keeping import Kept
from .queries import script_in_force, version


class CannotAsk(Exception):
    """There is no such interview, or none that this channel can show: a person takes over."""


@dataclass
class Run:
    """One conversation, its row locked, while its messages are heard."""

    actor: Actor
    held: Conversation
    asked: Kept
    now: datetime

    @property
    def local(self) -> datetime:
        return intake.local_now(self.held.agency, self.now)

    @property
    def checks(self) -> Validators:
        return intake.validators(self.held.agency)

    def definition(self) -> Definition:
        """What is in force; where that was withdrawn, what this interview began with."""
        agency, slug = self.held.agency_id, self.asked.script
        found = script_in_force(agency, slug)
        if found is None and self.asked.state is not None:
            found = version(agency, slug, int(self.asked.state["version"]))
        if found is None:
            raise CannotAsk(f"no interview {slug!r}")
        return found

    def own(self, state: State) -> Definition:
        """The definition of the version that this state goes by."""
        number, found = state.interview.script.version, self.definition()
        if found.script.version != number:
            found = version(self.held.agency_id, self.asked.script, number) or found
        return found

    def load(self) -> State:
        agency, slug = self.held.agency_id, self.asked.script

        def older(number: int) -> Script | None:
            found = version(agency, slug, number)
            return found.script if found else None

        return load_state(self.asked.state, self.definition().script, older=older, validators=self.checks).state
