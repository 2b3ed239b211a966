"""What an agency decides about itself."""

from __future__ import annotations

from balcao.platform import history
from balcao.platform.action import action
from balcao.platform.actors import Actor

from ..editing import allow, check
from ..models import Agency

#: The columns that the console edits; the others are the operator's.
EDITED = ("triage_days", "warn_fractions")


@action
def change_agency(*, actor: Actor, agency: Agency) -> Agency:
    """Save what the console edits of the agency, with history. Raises Invalid with the field that is wrong."""
    allow(actor, agency.pk)
    fresh = Agency.objects.select_for_update().get(pk=agency.pk)
    for name in EDITED:
        setattr(fresh, name, getattr(agency, name))
    check(fresh, exclude={f.name for f in Agency._meta.fields} - set(EDITED))
    return history.keep(actor=actor, obj=fresh)
