"""An area is switched off only when it has nothing left to do."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.organization.actions import keep_area
from balcao.organization.models import Area
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Refusal

from ..models import ResponsibilityRule, WorkOrder
from ..states import OPEN

SHOWN = 3


@action
def change_area(*, actor: Actor, area: Area) -> Area:
    """Save a new or changed area. Switching it off is refused while open orders or active rules name it."""
    if area.pk and not area.is_active and Area.objects.filter(pk=area.pk, is_active=True).exists():
        _refuse_if_busy(area)
    return keep_area(actor=actor, area=area)


def _refuse_if_busy(area: Area) -> None:
    orders = WorkOrder.objects.filter(area=area, state__in=OPEN)
    rules = ResponsibilityRule.objects.filter(area=area, is_active=True).order_by("position")
    reasons = []
    if count := orders.count():
        names = ", ".join(orders.order_by("issued_at").values_list("case__protocol", flat=True)[:SHOWN])
        reasons.append(_("it has %(n)s open orders (%(names)s)") % {"n": count, "names": names})
    if count := rules.count():
        names = ", ".join(str(position) for position in rules.values_list("position", flat=True)[:SHOWN])
        reasons.append(_("%(n)s rules of the matrix send cases to it (rule %(names)s)") % {"n": count, "names": names})
    if reasons:
        raise Refusal(
            _("%(area)s cannot be switched off: %(why)s. Move them to another area first.")
            % {"area": area.name, "why": _(" and ").join(reasons)},
            log=f"area {area.pk} is in use",
        )
