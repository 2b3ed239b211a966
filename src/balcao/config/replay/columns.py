"""What a file of demands says, row by row. A file of another city needs other names in COLUMNS, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter
from pathlib import Path

from balcao.platform.geography import is_point
from balcao.platform.trouble import Trouble

from .table import table

COLUMNS: Mapping[str, str] = {
    "opened": "Data de abertura",
    "channel": "Canal",
    "theme": "Tema",
    "subject": "Assunto",
    "service": "Serviço",
    "street": "Logradouro",
    "number": "Número",
    "postcode": "CEP",
    "region": "Subprefeitura",
    "district": "Distrito",
    "sector": "Setor",
    "block": "Quadra",
    "found": "Data do parecer",
    "status": "Status da solicitação",
    "body": "Órgão",
    "lon": "geom_lon",
    "lat": "geom_lat",
}
CHANNELS: Mapping[str, str] = {
    "": "unstated",
    "CENTRAL TELEFÔNICA": "phone",
    "PORTAL ONLINE": "portal",
    "APLICATIVO": "app",
    "PRAÇAS DE ATENDIMENTO DAS SUBPREFEITURAS": "counter",
    "INTEGRAÇÕES": "integration",
}
# What became of it. A *parecer* is a finding, not proof of a repair: nothing in the file says "solved".
ENDINGS: Mapping[str, str] = {
    "FINALIZADA": "informed",
    "INDEFERIDO": "refused",
    "CANCELADA": "refused",
    "AGUARDANDO ATENDIMENTO": "",  # still open
}
# The kind of manifestation is not in the file; the words of the service's name tell, the first that matches.
KIND_WORDS = (
    ("denúncia", "denuncia"),
    ("denunciar", "denuncia"),
    ("reclama", "reclamacao"),
    ("suge", "sugestao"),
    ("elogio", "elogio"),
)


Row = Mapping[str, str]


class Unfit(Exception):
    """A row that cannot be a demand; the text is the reason that the report counts."""


@dataclass(slots=True, eq=False)
class Demand:
    """One row, understood. `ending` "" is still open; `found_at` is when it ended, None while open."""

    line: int
    key: str
    opened_at: datetime
    found_at: datetime | None
    status: str
    ending: str
    channel: str
    theme: str
    subject: str
    service: str
    body: str
    address: str
    region: str
    district: str
    sector: str
    block: str
    lat: float
    lon: float
    row: Row = field(repr=False)
    """As the file has it."""

    @property
    def kind(self) -> str:
        return kind_of(self.service)

    @property
    def cells(self) -> list[str]:
        return list(self.row.values())


def rows(path: Path) -> Iterator[tuple[int, Row]]:
    """(line, row by our names) of a CSV file, gzipped or not. Trouble when it is none or a column is missing."""
    reading = table(path)
    header = next(reading)[1]
    missing = [name for name in COLUMNS.values() if name not in header]
    if missing:
        raise Trouble(f"{path.name} has no column “{missing[0]}”: is it a file of 156 demands?")
    pick, width = itemgetter(*(header.index(theirs) for theirs in COLUMNS.values())), len(header)
    for line, cells in reading:
        yield line, dict(zip(COLUMNS, map(str.strip, pick(cells)), strict=True)) if len(cells) == width else {}


def understand(line: int, row: Row) -> Demand:
    """The demand of a row. Unfit with the reason when it is none."""
    if not row:
        raise Unfit("the row has too few or too many cells")
    for name in ("service", "subject", "body"):
        if not row[name]:
            raise Unfit(f"no {name}")
    if row["status"] not in ENDINGS:
        raise Unfit("unknown status")
    ending = ENDINGS[row["status"]]
    opened = _moment(row["opened"], "opening")
    found = _moment(row["found"], "finding") if ending and row["found"] else None
    if ending and found is None:
        raise Unfit("ended without a date")
    if found is not None and found < opened:
        raise Unfit("answered before it was opened")
    lat, lon = _point(row)
    return Demand(
        line=line,
        key=blake2b("\x1f".join(row.values()).encode(), digest_size=12).hexdigest(),
        opened_at=opened,
        found_at=found,
        status=row["status"],
        ending=ending,
        channel=CHANNELS.get(row["channel"].upper(), row["channel"].lower()[:20]),
        theme=row["theme"],
        subject=row["subject"],
        service=row["service"],
        body=row["body"],
        address=_address(row),
        region=row["region"],
        district=row["district"],
        sector=_whole(row["sector"]),
        block=_whole(row["block"]),
        lat=lat,
        lon=lon,
        row=row,
    )


@lru_cache(maxsize=4096)
def kind_of(service: str) -> str:
    """The kind of manifestation that a service's name tells; a request when it tells none."""
    name = service.lower()
    return next((kind for word, kind in KIND_WORDS if word in name), "solicitacao")


def _moment(text: str, what: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Unfit(f"no readable {what} date") from None
    if moment.tzinfo is None:
        raise Unfit(f"{what} date without a time zone")
    return moment


def _point(row: Row) -> tuple[float, float]:
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except ValueError:
        raise Unfit("no readable point") from None
    if not is_point(lat, lon):
        raise Unfit("no readable point")
    return lat, lon


def _whole(text: str) -> str:
    """ "801.0" → "801"; what is no number stays, and zero is none."""
    bare = text.removesuffix(".0")
    return "" if bare.strip("0") == "" else bare


def _address(row: Row) -> str:
    """ "Rua Emilia Marengo, 801, 03336-000", as far as it is known."""
    street, number, code = row["street"].title(), _whole(row["number"]), _whole(row["postcode"])
    code = f"{int(code):08d}" if code.isdigit() else ""
    return ", ".join(part for part in (street, number, f"{code[:5]}-{code[5:]}" if code else "") if part)[:300]
