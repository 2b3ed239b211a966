"""One demand of the file, lived through the normal actions, each at its real moment.

The file knows two moments: the opening and the finding (*parecer*). Opening, routing and the order happen at the first;
acceptance, report, review and answer, which the file does not tell apart, at the second."""

from __future__ import annotations

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
def play(city: City, demand: Demand) -> tuple[Case, bool, bool]:
    """Open the demand and bring it to where the file left it, all or nothing.

    Returns the case, whether it was transferred from the area that the matrix chose to the one of the file, and whether
    the recorded district is not the one that holds the point. Unfit when no district does."""
    actor = Actor.system(city.agency.pk)
    place, elsewhere = where(city, demand)
    location = Location(demand.address, demand.lat, demand.lon, place)
    service, area = city.services[demand.service], city.areas[demand.body]
    opened = open_case(
        actor=actor,
        service=service,
        kind=demand.kind,
        channel=demand.channel,
        answers={code: value for code, value in (("setor", demand.sector), ("quadra", demand.block)) if value},
        location=location,
        external_id=demand.key,
        now=demand.opened_at,
    )
    case = opened.case
    moved = case.area_id != area.pk  # also where no rule catches it: the file knows who acted
    if moved:
        reason = ELSEWHERE.format(body=demand.body)
        case = transfer_case(actor=actor, case=case, area=area, reason=reason, now=demand.opened_at)
    if demand.found_at is not None:
        _end(actor, case, demand)
    return case, moved, elsewhere


def _end(actor: Actor, case: Case, demand: Demand) -> None:
    at = demand.found_at
    if demand.ending == "refused":
        refuse_case(actor=actor, case=case, reason=REFUSALS[demand.status].format(day=at), now=at)
        return
    order = WorkOrder.objects.select_related("case", "deadline", "area").filter(case=case).latest("number")
    order = accept_order(actor=actor, order=order, now=at)
    text = REPORT.format(body=demand.body, day=at)
    report = file_report(actor=actor, order=order, outcome=demand.ending, text=text, now=at)
    answer = accept_report(actor=actor, report=report, now=at)
    send_answer(actor=actor, case=answer.case, now=at)


def where(city: City, demand: Demand) -> tuple[Place | None, bool]:
    """The district in which the point lies; and whether the file records another one. Unfit when no district does."""
    recorded = slug_of(demand.district) if demand.district else ""
    if city.polygons is None:
        return city.places.get(recorded), False
    slug = city.polygons.locate(demand.lat, demand.lon)
    if slug is None:
        raise Unfit("the point lies outside every district")
    return city.places[slug], bool(recorded) and recorded != slug
