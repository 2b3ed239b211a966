"""Areas. Switching one off is decided by `workorders.actions.change_area`, which knows what it still has to do."""

from __future__ import annotations

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..editing import allow, check, new_slug, no_circle, same_agency, take_out
from ..models import Area


@action
def keep_area(*, actor: Actor, area: Area) -> Area:
    """Save a new or changed area. Invalid when a value is wrong or it stands below itself."""
    allow(actor, area.agency_id)
    area.slug = area.slug or new_slug(Area, area.agency_id, area.name)
    check(area)
    same_agency(area, parent=area.parent)
    no_circle(area)
    return history.keep(actor=actor, obj=area)


@action
def remove_area(*, actor: Actor, area: Area) -> None:
    """Delete an area that nothing ever used; a Refusal otherwise."""
    allow(actor, area.agency_id)
    take_out(actor, area)
