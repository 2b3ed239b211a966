"""Which tables an agency's data are, how each row is known to be the agency's, and what is left out and why."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

# What does not travel: made anew by itself, of the installation rather than of the agency, or a secret.
LEFT_OUT = {
    "platform.epoch": "of the installation: the live stream's own",
    "organization.apikey": "a secret that nobody can copy: other systems get new keys",
    "api.subscription": "holds a secret: webhooks are set up anew",
    "api.outgoing": "goes with its webhook",
    "api.attempt": "goes with its webhook",
    "api.reading": "of the installation: how far webhooks were told",
    "workorders.remotesystem": "holds a secret: connections are set up anew",
    "workorders.remoteorder": "goes with its connection",
    "workorders.remoteupdate": "goes with its connection",
    "insights.follower": "made anew by `balcao insights rebuild`",
    "insights.happening": "made anew by `balcao insights rebuild`",
    "insights.cell": "made anew by `balcao insights rebuild`",
    "insights.duration": "made anew by `balcao insights rebuild`",
    "insights.talk": "made anew by `balcao insights rebuild`",
    "whatsapp.metaapp": "holds a secret: numbers are connected anew",
    "whatsapp.whatsappnumber": "holds a secret: numbers are connected anew",
    "whatsapp.arrival": "on its way into the inbox",
    "whatsapp.sentpart": "on its way to a person",
    "whatsapp.comingfile": "files still to be fetched: fetched before one leaves",
    "portal.draft": "a form that somebody is filling in: it lives for a week",
    "portal.draftfile": "goes with its draft",
    "open311.media": "pictures still to be fetched: fetched before one leaves",
    "cases.wayback": "a link that lives for an hour",
    "inbox.digestday": "which digests were sent",
    "inbox.earlystatus": "what a provider said of a message that is on its way just now",
}
# No agency's own, yet its rows name them: all of them travel, and take the place of what is there.
SHARED = {"citizens.prioritygroup", "clocks.calendarsnapshot"}
# Fields that stay behind: what the database derives, and what must not leave.
DROPPED = {"platform.event": {"tx"}, "organization.staff": {"password", "last_login"}}
OURS = "balcao."


@cache
def tables() -> tuple[type[models.Model], ...]:
    """Every table that travels, in a stable order. Foreign keys are checked when the import commits."""
    found = [m for m in apps.get_models(include_auto_created=True) if m.__module__.startswith(OURS)]
    return tuple(sorted((m for m in found if m._meta.label_lower not in LEFT_OUT), key=lambda m: m._meta.db_table))


def fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    """The columns that travel. A foreign key to what does not travel is left empty, by leaving its column out."""
    dropped = DROPPED.get(model._meta.label_lower, set())
    return [
        f
        for f in model._meta.concrete_fields
        if not f.generated
        and f.name not in dropped
        and not (f.is_relation and f.related_model._meta.label_lower in LEFT_OUT)  # type: ignore[union-attr]
    ]


def of_agency(model: type[models.Model], agency_id: int) -> Q:
    """Which rows are this agency's: by their own column, else by what they belong to."""
    path = _path(model, ())
    if path is None:
        raise LookupError(f"{model._meta.label}: nobody knows whose its rows are")
    return Q() if path == "*" else Q(**{path: agency_id})


def _path(model: type[models.Model], seen: tuple[type[models.Model], ...]) -> str | None:
    label = model._meta.label_lower
    if label in SHARED:
        return "*"
    if label == "organization.agency":
        return "pk"
    names = {f.name for f in model._meta.concrete_fields}
    if names & {"agency", "agency_id"}:
        return "agency_id"
    # required links first: an optional one may be empty in rows that are the agency's all the same
    for field in sorted(_links(model), key=lambda f: f.null):
        other = field.related_model
        if other in seen or field.null:
            continue
        further = _path(other, (*seen, model))  # type: ignore[arg-type]
        if further and further != "*":
            return f"{field.name}__{further}"
    return None


def _links(model: type[models.Model]) -> Iterator[Any]:
    return (f for f in model._meta.concrete_fields if f.is_relation and f.related_model is not None)


def file_name(model: type[models.Model]) -> str:
    return f"{model._meta.db_table}.csv"
