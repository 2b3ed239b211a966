"""One demand of the file, lived through the normal actions, each at its real moment.

The file knows two moments: the opening and the finding (*parecer*). Opening, routing and the order happen at the first;
acceptance, report, review and answer, which the file does not tell apart, at the second."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from balcao.cases.actions import Location, open_case, refuse_case, send_answer, transfer_case
from balcao.cases.models import Case
from balcao.organization.models import Place
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import WorkOrder

from .columns import Demand, Unfit
from .making import City, slug_of

REPORT = (
    "Parecer de {body} registrado em {day:%d/%m/%Y}. O arquivo do 156 não traz o texto do parecer, e um parecer não "
    "comprova que o serviço foi feito."
)
REFUSALS = {
    "INDEFERIDO": "O 156 registrou a demanda como indeferida em {day:%d/%m/%Y}; o arquivo não traz o motivo.",
    "CANCELADA": "O 156 registrou a demanda como cancelada em {day:%d/%m/%Y}; o arquivo não diz por quem nem por quê.",
}
ELSEWHERE = "O arquivo do 156 registra {body} como o órgão que atendeu."


@action
def play(city: City, demand: Demand) -> tuple[bool, bool]:
    """Open the demand and bring it to where the file left it, all or nothing.

    Returns whether it was transferred from the area that the matrix chose to the one of the file, and whether the
    recorded district is not the one that holds the point. Unfit when no district does."""
    case, moved, elsewhere = begin(city, demand, key=demand.key, now=demand.opened_at)
    if demand.found_at is not None:
        finish(city, case, demand, now=demand.found_at)
    return moved, elsewhere


@action
def begin(city: City, demand: Demand, *, key: str, now: datetime) -> tuple[Case, bool, bool]:
    """Open the demand at `now`, with the area that the file names. `key`: what it is found by, a second time."""
    actor = Actor.system(city.agency.pk)
    place, elsewhere = where(city, demand, *districts(city, [demand]))
    location = Location(demand.address, demand.lat, demand.lon, place)
    service, area = city.services[demand.service], city.areas[demand.body]
    opened = open_case(
        actor=actor,
        service=service,
        kind=demand.kind,
        channel=demand.channel,
        answers={code: value for code, value in (("setor", demand.sector), ("quadra", demand.block)) if value},
        location=location,
        external_id=key,
        now=now,
    )
    case = opened.case
    moved = case.area_id != area.pk  # also where no rule catches it: the file knows who acted
    if moved:
        reason = ELSEWHERE.format(body=demand.body)
        case = transfer_case(actor=actor, case=case, area=area, reason=reason, now=now)
    return case, moved, elsewhere


@action
def finish(city: City, case: Case, demand: Demand, *, now: datetime) -> None:
    """Report and answer it at `now`, as the file says that it ended. Its words tell the day that the file tells."""
    actor, at = Actor.system(city.agency.pk), demand.found_at
    if demand.ending == "refused":
        refuse_case(actor=actor, case=case, reason=REFUSALS[demand.status].format(day=at), now=now)
        return
    order = WorkOrder.objects.select_related("case", "deadline", "area").filter(case=case).latest("number")
    order = accept_order(actor=actor, order=order, now=now)
    text = REPORT.format(body=demand.body, day=at)
    report = file_report(actor=actor, order=order, outcome=demand.ending, text=text, now=now)
    answer = accept_report(actor=actor, report=report, now=now)
    send_answer(actor=actor, case=answer.case, now=now)


_recorded = lru_cache(maxsize=1024)(slug_of)


def districts(city: City, demands: Sequence[Demand]) -> list[str | None]:
    """The slug of each demand's district: of the one that holds its point; without polygons, of the recorded one."""
    if city.polygons is None:
        return [_recorded(demand.district) if demand.district else None for demand in demands]
    return city.polygons.locate_all([(demand.lat, demand.lon) for demand in demands])


def where(city: City, demand: Demand, slug: str | None) -> tuple[Place | None, bool]:
    """The district of that slug; and whether the file records another one. Unfit when no district holds the point."""
    if city.polygons is None:
        return city.places.get(slug or ""), False
    if slug is None:
        raise Unfit("the point lies outside every district")
    return city.places[slug], bool(demand.district) and _recorded(demand.district) != slug
