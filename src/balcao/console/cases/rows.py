"""The lines of the list of cases, drawn by a function: as a template they were two thirds of what the page costs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from html import escape
from urllib.parse import quote

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from balcao.cases.models import Case
from balcao.cases.states import State
from balcao.catalog.models import Kind
from balcao.platform.actors import Actor
from balcao.web.formatting import Here, protocol, when
from balcao.web.icons import icon
from balcao.web.templatetags.web import badge, deadline, state_badge

from .names import Names

SHOWN = (
    "protocol",
    "service_id",
    "kind",
    "state",
    "area_id",
    "attendant__name",
    "deadline__state",
    "deadline__due_at",
    "priority",
    "description",
    "address",
    "place_id",
    "sealed",
    "opened_at",
    "closed_at",
    "reopened",
)
"""The columns that a line needs; the names come from `names_of`."""
SHOWN_OF_PEOPLE = ("said_name", "reporter__name")


class Lines:
    """Draws lines for one reader, at one moment, in the language of the moment."""

    def __init__(
        self, actor: Actor, names: Names, now: datetime, *, query: str, people: bool = False, states: bool = True
    ) -> None:
        """`query`: the list that a case's page leads back to; `people`: with the column of who asked; `states`: with
        the one of the state, which says nothing where all are alike."""
        self.actor, self.names, self.now, self.people, self.states = actor, names, now, people, states
        self.here = Here.now()
        self.query = quote(query, safe="")
        self.said = _said(self.here.language)

    def __call__(self, cases: Sequence[Case]) -> SafeString:
        return SafeString("\n".join(map(self._row, cases)))

    def _row(self, case: Case) -> str:
        pk = case.pk
        service = escape(self.names.service.get(case.service_id, ""))
        line = escape(shortened(case.description, 110) or self.said.nothing_said)
        return (
            f'<tr><th scope="row"><a href="/console/cases/{pk}/?from={self.query}" id="row{pk}"'
            f' aria-labelledby="row{pk} line{pk}" data-row>{service}</a> <span class="case-line" id="line{pk}">{line}'
            f'</span> <span class="case-meta">{self._meta(case)}</span></th>'
            f"{self._who(case) if self.people else ''}{self._state(case) if self.states else ''}"
            f'<td class="nowrap" data-label="{self.said.label_promised}">{self._promised(case)}'
            f'<span class="case-meta">{self.said.opened} {when(case.opened_at, self.now, self.here)}</span></td></tr>'
        )

    def _meta(self, case: Case) -> str:
        """Its number and kind, where it is, who has it, and what sets it apart."""
        meta = f'<span class="protocol">{escape(protocol(case.protocol))}</span> · {self.said.kinds.get(case.kind, "")}'
        if where := self.names.place.get(case.place_id or 0) or case.address:
            meta += f" · {escape(shortened(where, 60))}"
        if case.priority < 9:
            meta += f" {self.said.priority}"
        if case.attendant_id and case.attendant and not case.closed_at:
            mine = case.attendant_id == self.actor.id
            meta += " · " + escape(_("with you") if mine else _("with %(name)s") % {"name": case.attendant.name})
        if case.sealed:
            meta += f" {self.said.sealed}"
        if case.reopened:
            meta += f" {self.said.reopened}"
        return meta

    def _who(self, case: Case) -> str:
        """Whoever asked, as far as the reader may know; a role in one area says nothing of the people of another."""
        here, who = self.actor.at(case.area_id), ""
        if here.can("person.sealed" if case.sealed else "person.read"):
            known = case.reporter.name if case.reporter else ""
            who = escape(known)
            if case.said_name:
                also = escape(_("known as %(name)s") % {"name": known})
                who = f'{escape(case.said_name)} <span class="case-meta">{also}</span>'
        elif case.sealed:
            who = f"{icon('lock')} {self.said.who_sealed}"
        return f'<td data-label="{self.said.label_who}">{who}</td>'

    def _state(self, case: Case) -> str:
        area = self.names.area.get(case.area_id or 0)
        held = f'<span class="case-meta">{escape(area)}</span>' if area else ""
        shown = self.said.state_badges[case.state]
        return f'<td data-label="{self.said.label_state}"><span class="nowrap">{shown}</span>{held}</td>'

    def _promised(self, case: Case) -> str:
        if case.deadline.state == "paused":
            return self.said.paused
        return deadline(case.deadline.due_at, done_at=case.closed_at, now=self.now, here=self.here)


class _Said:
    """What every line says alike, in the language of the moment."""

    def __init__(self) -> None:
        self.kinds = {code: escape(str(label)) for code, label in Kind.choices}
        self.state_badges = {code: state_badge(code, label=str(label)) for code, label in State.choices}
        self.label_who, self.label_state, self.label_promised = (
            escape(label) for label in (_("Who asked"), _("State"), _("Promised"))
        )
        self.opened, self.nothing_said = escape(_("opened")), _("They wrote no description.")
        self.paused = badge(_("clock paused"), tone="warning", icon="pause")
        self.priority = badge(_("Priority"), tone="warning", icon="flag")
        self.sealed, self.who_sealed = badge(_("Sealed"), icon="lock"), escape(_("sealed"))
        self.reopened = badge(_("Reopened"), tone="warning", icon="refresh")


@lru_cache(maxsize=16)
def _said(_language: str | None) -> _Said:
    return _Said()


def shortened(text: str, most: int) -> str:
    """At most so many characters, the sign that more follows among them."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
