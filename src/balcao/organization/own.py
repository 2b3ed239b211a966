"""What staff change about themselves."""

from django.conf import settings
from django.utils.translation import gettext as _

from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid, NotAllowed
from balcao.platform.history import keep

from .models import Staff


def choose_language(*, actor: Actor, staff: Staff, locale: str) -> Staff:
    """The language in which the console and its letters speak to `staff`, who must be the actor."""
    if actor.kind != "staff" or actor.id != staff.pk:
        raise NotAllowed(log=f"{actor.kind} {actor.id} chose a language for staff {staff.pk}")
    if locale not in dict(settings.LANGUAGES):
        raise Invalid(_("We do not speak this language yet."), field="locale")
    fresh = Staff.objects.get(pk=staff.pk)
    fresh.locale = locale
    return keep(actor=actor, obj=fresh)
