"""What a body names by its slug, within the key's own agency."""

from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.catalog.models import Service
from balcao.organization.models import Area
from balcao.platform import outside
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid

from .door import agency_of

M = TypeVar("M", bound=models.Model)
MISSING = {
    Area: gettext_lazy("There is no area “%(slug)s”."),
    Service: gettext_lazy("There is no service “%(slug)s”."),
}


def own(actor: Actor, model: type[M], slug: str, field: str = "") -> M:
    """The agency's own one with this slug; Invalid, naming `field`, when there is none."""
    found = model._default_manager.filter(agency_id=agency_of(actor), slug=slug).first()
    if found is None:
        words = MISSING.get(model) or _("Choose something of your own agency.")
        raise Invalid(words % {"slug": slug}, field=field or str(model._meta.model_name))
    return found


def own_many(actor: Actor, model: type[M], slugs: list[str], field: str) -> list[M]:
    """Each of these, in their order."""
    return [own(actor, model, slug, field) for slug in dict.fromkeys(slugs)]


def outside_address(url: str, *, resolves: bool) -> None:
    """Invalid for an address that we would refuse to ask. `resolves`: its name must be known just now. Asks the
    name servers: never in a transaction."""
    try:
        outside.check_address(url)
    except outside.OutsideError as error:
        if resolves or isinstance(error, outside.NotOutside):
            raise Invalid(error.sentence, field="url", log=error.log) from error
