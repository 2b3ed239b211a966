"""Orders as cards, on a board and in an agent's own list, drawn by a function: a board has some fifty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from balcao.web.formatting import protocol, short_day
from balcao.web.icons import icon
from balcao.web.templatetags.web import badge, deadline, state_badge
from balcao.workorders.models import WorkOrder
from balcao.workorders.states import OrderState


class Cards:
    """Draws cards at one moment, in the language of the moment."""

    def __init__(self, now: datetime, *, big: bool = False, areas: bool = False) -> None:
        """`big`: for a field agent, with where it is for the device to sort by; `areas`: each says its area."""
        self.now, self.big, self.areas = now, big, areas
        self.nowhere, self.nobody = _("No place given"), _("Nobody yet")
        self.priority = badge(_("Priority"), tone="warning", icon="flag")
        self.reopened = badge(_("Reopened"), tone="warning", icon="refresh")
        self.review = state_badge("reported", label=_("Under review"))
        self.paused = badge(_("Clock paused"), tone="warning", icon="pause")

    def __call__(self, orders: Iterable[WorkOrder]) -> SafeString:
        """The items of a list; empty where there is none."""
        return SafeString("\n".join(map(self._card, orders)))

    def _card(self, order: WorkOrder) -> str:
        pk, case = order.pk, order.case
        at = f' data-at="{case.lat},{case.lon}"' if self.big and case.lat is not None else ""
        where = case.address or (case.place.name if case.place else "") or self.nowhere
        return (
            f'<li class="order-card{" order-card-big" if self.big else ""}"{at}>'
            f'<p class="order-card-title"><a href="/console/orders/{pk}/" id="order{pk}"'
            f' aria-labelledby="order{pk} where{pk}">{escape(case.service.name)}</a></p>'
            f"{f'<p>{self.priority}</p>' if case.priority < 9 else ''}"
            f"{f'<p>{self.reopened}</p>' if case.reopened else ''}"
            f'<p class="order-card-where" id="where{pk}">{icon("pin", size="sm")}<span>{escape(where)}</span></p>'
            f"<p>{self._state(order)}</p>{self._foot(order)}</li>"
        )

    def _state(self, order: WorkOrder) -> str:
        """Its date; where the area has done its part, that it is under review."""
        if order.state == OrderState.REPORTED:
            return self.review
        return self.paused if order.deadline.state == "paused" else deadline(order.deadline.due_at, now=self.now)

    def _foot(self, order: WorkOrder) -> str:
        foot = f'<span class="protocol">{escape(protocol(order.case.protocol))}</span>'
        if order.planned_for:
            foot += f"<span>{icon('calendar', size='sm')} {escape(short_day(order.planned_for))}</span>"
        if not self.big:
            who = order.assignee.name if order.assignee else self.nobody
            foot += f"<span>{icon('user', size='sm')} {escape(who)}</span>"
        if self.areas:
            foot += f"<span>{escape(order.area.name)}</span>"
        return f'<p class="order-card-foot small muted">{foot}</p>'
