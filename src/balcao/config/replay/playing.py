"""One demand of the file, lived through the normal actions, each at its real moment.

The file knows two moments: the opening and the finding (*parecer*). Opening, routing and the order happen at the first;
acceptance, report, review and answer, which the file does not tell apart, at the second."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache, partial

from balcao.cases.actions import Location, dispatch_case, open_case, refuse_case, send_answer, transfer_case
from balcao.cases.models import Case
from balcao.organization.models import Place
from balcao.platform.action import action
from balcao.platform.actors import Actor
from balcao.platform.text import clean_text
from balcao.workorders.actions import accept_order, accept_report, file_report
from balcao.workorders.models import WorkOrder

from .columns import Demand, Unfit
from .making import City, slug_of
from .matters import Matter

REPORT = (
    "Parecer de {body} registrado em {day:%d/%m/%Y}. O arquivo do 156 não traz o texto do parecer, e um parecer não "
    "comprova que o serviço foi feito."
)
REFUSALS = {
    "INDEFERIDO": "O 156 registrou a demanda como indeferida em {day:%d/%m/%Y}; o arquivo não traz o motivo.",
    "CANCELADA": "O 156 registrou a demanda como cancelada em {day:%d/%m/%Y}; o arquivo não diz por quem nem por quê.",
}
LOCALE = "pt-br"
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
        answers=_answers(demand),
        location=location,
        external_id=key,
        locale=LOCALE,
        now=now,
    )
    case, moved = opened.case, False
    if case.area_id is None:  # no rule catches it, and the file knows who acted
        case = dispatch_case(actor=actor, case=case, area=area, now=now)
    elif case.area_id != area.pk:
        reason, moved = ELSEWHERE.format(body=demand.body), True
        case = transfer_case(actor=actor, case=case, area=area, reason=reason, now=now)
    return case, moved, elsewhere


@action
def finish(city: City, case: Case, demand: Demand, *, now: datetime) -> None:
    """Report and answer it at `now`, as the file says that it ended. Its words tell the day that the file tells."""
    actor, text = Actor.system(city.agency.pk), words_of(demand)
    if demand.ending == "refused":
        refuse_case(actor=actor, case=case, reason=text, now=now)
        return
    order = WorkOrder.objects.select_related("case", "deadline", "area").filter(case=case).latest("number")
    order = accept_order(actor=actor, order=order, now=now)
    report = file_report(actor=actor, order=order, outcome=demand.ending, text=text, now=now)
    answer = accept_report(actor=actor, report=report, now=now)
    send_answer(actor=actor, case=answer.case, now=now)


def words_of(demand: Demand) -> str:
    """What the file says of how it ended."""
    words = REFUSALS[demand.status] if demand.ending == "refused" else REPORT
    return words.format(body=clean_text(demand.body), day=demand.found_at)


def matters(city: City, demands: Sequence[Demand]) -> Sequence[Callable[[], Matter[Demand]]]:
    """The same for the bulk writer, which makes of each the rows that `play` writes."""
    slugs = districts(city, demands)
    return [partial(_matter, city, demand, slug) for demand, slug in zip(demands, slugs, strict=True)]


def _matter(city: City, demand: Demand, slug: str | None) -> Matter[Demand]:
    place, elsewhere = where(city, demand, slug)
    return Matter(
        demand=demand,
        service=city.services[demand.service],
        kind=demand.kind,
        area=city.areas[demand.body],
        reason=ELSEWHERE.format(body=demand.body),
        opened_at=demand.opened_at,
        closed_at=demand.found_at,
        ending=demand.ending,
        words=words_of(demand) if demand.found_at else "",
        quoted=False,
        channel=demand.channel,
        key=demand.key,
        description="",
        told=json.dumps(_answers(demand), ensure_ascii=False),
        address=demand.address,
        place=place,
        lat=demand.lat,
        lon=demand.lon,
        elsewhere=elsewhere,
    )


def _answers(demand: Demand) -> dict[str, str]:
    """To the questions of `making.QUESTIONS`."""
    return {code: value for code, value in (("setor", demand.sector), ("quadra", demand.block)) if value}


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
