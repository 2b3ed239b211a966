"""What a service promises must fit the law that it names: the catalogue and the clocks meet here."""

from __future__ import annotations

from django.utils.translation import gettext as _

from balcao.catalog.actions import keep_service
from balcao.catalog.models import Service
from balcao.clocks.errors import LongerThanTheLaw
from balcao.clocks.rules import rule as rule_named
from balcao.clocks.rules import rules
from balcao.clocks.worktime import WORKING_DAYS
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.errors import Invalid


def check_promise(service: Service) -> None:
    """Raise Invalid when a deadline rule is unknown, of another country, or its amount longer than the law's.

    Sets the units, which are the rules'."""
    for name, amount, unit in (("rule", "amount", "unit"), ("area_rule", "area_amount", "area_unit")):
        law = rule_named(getattr(service, name))
        if law.jurisdiction not in ("", service.agency.jurisdiction):
            raise Invalid(_("This rule is the law of another country. Choose one from the list."), field=name)
        chosen = getattr(service, amount)
        try:
            law.terms(chosen, getattr(service, unit) or None)
        except LongerThanTheLaw as error:
            if chosen is None and not law.is_law:
                raise Invalid(_("This rule is your own promise: write how much time it gives."), field=amount) from None
            if getattr(service, unit) not in ("", law.unit):
                raise Invalid(_("The amount must be in the rule's own unit."), field=amount) from None
            raise Invalid(error.sentence, field=amount, log=error.log) from None
        setattr(service, unit, law.unit if chosen is not None else "")


@action
def offer_service(*, actor: Actor, service: Service) -> Service:
    """Save a new or changed service whose promise fits its law. Open cases keep the deadline they started with."""
    check_promise(service)
    return keep_service(actor=actor, service=service)


def begin_with_the_law(service: Service) -> None:
    """A new service promises what the law gives; where no law speaks of the area, it has ten working days."""
    allowed = list(rules(service.agency.jurisdiction))
    service.rule = next((r.slug for r in allowed if r.is_law), allowed[0].slug)
    if service.agency.jurisdiction == "BR":
        service.area_rule = "lei-13460-area"
    else:
        service.area_rule, service.area_amount, service.area_unit = "working-days", 10, WORKING_DAYS
