"""Load the demonstration once; take it away only where there is nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from balcao.citizens.models import PriorityGroup
from balcao.citizens.priorities import install
from balcao.organization.models import Agency
from balcao.platform.actors import Actor
from balcao.platform.events import Fact, emit
from balcao.platform.models import Event
from balcao.platform.trouble import Trouble

from .making import make_agency, read
from .playing import Stage
from .surroundings import surround
from .talking import settle

AGENCIES = ("vila-serena", "vale-do-sado")


@dataclass(frozen=True, kw_only=True)
class DemoBegun(Fact):
    """The demonstration is being loaded: what this agency holds is invented and may be deleted."""


@dataclass(frozen=True, kw_only=True)
class DemoLoaded(Fact):
    cases: int


def load(*, now: datetime | None = None) -> bool:
    """Load both agencies with some sixty demands of the last sixty days; False when they are here already.

    A load that was cut is begun anew. Trouble beside agencies that are not the demonstration's: its city answers at
    every host name, and its staff have a printed password."""
    if not missing():
        if not _loaded():
            raise Trouble("There are agencies here that are not the demonstration's: load it into another data folder.")
        keep_up()
        return False
    now = now or timezone.now()
    if Agency.objects.exists():
        reset()
    install(PriorityGroup.objects)
    stages = []
    for slug in AGENCIES:
        with transaction.atomic():
            made = make_agency(slug)
            emit(DemoBegun(), actor=Actor.system(made.agency.pk), agency_id=made.agency.pk)
        stages.append(Stage(made, read(slug, "stories.yaml"), now))
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit TO off")  # a load that is cut begins anew anyway
        for stage in stages:
            opened = stage.play()
            with transaction.atomic():
                surround(stage.made, stage.around, {name: person for name, (person, _) in stage.people.items()})
                settle(stage.made.agency)
                emit(DemoLoaded(cases=opened), actor=stage.system, agency_id=stage.made.agency.pk)
        cursor.execute("RESET synchronous_commit")
    return True


def keep_up() -> None:
    """A demonstration of an older version gets what has come since: lines, a web chat, an interview."""
    begun = Event.objects.filter(kind=DemoBegun.__name__).values("agency_id")
    for agency in Agency.objects.filter(slug__in=AGENCIES, pk__in=begun):
        settle(agency)


def missing() -> bool:
    """Whether this installation is empty, or holds a demonstration whose loading was cut."""
    if not Agency.objects.exists():
        return True
    return is_demo() and not _loaded()


def _loaded() -> bool:
    """Whether the demonstration is here whole, perhaps with other agencies that came later (a replay)."""
    here = Agency.objects.filter(slug__in=AGENCIES).values_list("pk", flat=True)
    done = Event.objects.filter(kind=DemoLoaded.__name__, agency_id__in=list(here))
    return done.count() == len(AGENCIES)


def is_demo() -> bool:
    """Whether every agency here was made by `load`."""
    agencies = set(Agency.objects.values_list("pk", flat=True))
    begun = Event.objects.filter(kind=DemoBegun.__name__, agency_id__in=agencies).values_list("agency_id", flat=True)
    return bool(agencies) and agencies == set(begun)


def reset() -> None:
    """Empty the whole database. Trouble unless nothing but the demonstration is in it."""
    if Agency.objects.exists() and not is_demo():
        raise Trouble("This is not (only) the demonstration: nothing was deleted.")
    call_command("flush", interactive=False, verbosity=0)
    with connection.cursor() as cursor:  # not Django's own tables: jobs about what is gone
        cursor.execute("TRUNCATE procrastinate_jobs RESTART IDENTITY CASCADE")
