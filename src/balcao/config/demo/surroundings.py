"""What stands around the demands of the demonstration: other systems that have a way in or wish to be told, and what is
kept how long. Made by the actions, as the administrator would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from balcao.api.webhooks.actions import change_subscription
from balcao.api.webhooks.models import Subscription
from balcao.citizens.models import Person
from balcao.organization.actions.keys import make_key
from balcao.organization.models import ApiKey
from balcao.privacy.actions import keep_rule, place_hold
from balcao.privacy.models import RetentionRule

from .making import Made


def surround(made: Made, plan: Mapping[str, Any], people: Mapping[str, Person]) -> None:
    """`plan` is the part `around` of stories.yaml. The keys' secrets are shown to nobody: they open nothing. Nor is the
    address active that would be told: nobody is there."""
    agency, actor = made.agency, made.actor("administrator")
    for given in plan.get("keys", ()):
        make_key(actor=actor, key=ApiKey(agency=agency, **given))
    for given in plan.get("webhooks", ()):
        change_subscription(actor=actor, subscription=Subscription(agency=agency, is_active=False, **given))
    for given in plan.get("retention", ()):
        keep_rule(actor=actor, rule=RetentionRule(agency=agency, **given))
    for given in plan.get("holds", ()):
        place_hold(actor=actor, agency_id=agency.pk, person=people[given["who"]], reason=given["reason"])
