"""Whatever a file holds: each of its rows was opened, was here already, or stands on paper with the reason."""

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from balcao.cases.models import Case
from balcao.config.bringing.mapping import read_mapping
from balcao.config.bringing.reading import Past, Understanding
from balcao.config.bringing.running import bring
from balcao.config.replay.columns import Unfit
from balcao.organization.models import Agency
from tests.world import make_world

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
COLUMNS = ("number", "opened", "closed", "status", "service", "kind", "channel", "description", "address", "lat", "lon",
           "district", "area", "answer", "name", "document", "email", "phone")  # fmt: skip
MAPPING = f"""\
source: old
columns: {{{", ".join(f"{name}: {name}" for name in COLUMNS)}}}
defaults: {{group: Antigos}}
unknown: {{service: create, area: matrix}}
"""
ODD_MOMENTS = ("1969-01-01", "2999-01-01", "0001-01-01", "9999-12-31", "15/03/2019", "")


def mostly(*good: str, odd: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """One in some ten is odd: a row has eighteen cells, and many rows must be demands."""
    return st.integers(0, 9).flatmap(lambda n: st.sampled_from(odd if odd and n == 0 else good))


LIKELY = {
    "number": mostly(*map(str, range(30)), odd=("", " 1 ", "n" * 91)),
    "opened": mostly("2019-03-15T14:30:00-03:00", "2019-03-15", "2019-03-14 09:00:00", odd=ODD_MOMENTS),
    "closed": mostly("2019-03-15T18:00:00-03:00", "2019-03-16", "2019-03-15", odd=ODD_MOMENTS),
    "status": mostly("solved", "OPEN", "refused", "impossible", odd=("", "?")),
    "service": mostly("Poda ou remoção de árvore", "outros", "Novo", odd=("", "\x00")),
    "kind": mostly("", "denuncia", "Elogio", odd=("pedido",)),
    "lat": mostly("-23.5", "-23,5", odd=("999", "x", "0", "nan", "")),
    "lon": mostly("-46.6", odd=("x", "0", "inf")),
    "email": st.sampled_from(["", "maria@example.org", "maria@"]),
    "document": st.sampled_from(["", "529.982.247-25", "111.111.111-11"]),
    "phone": st.sampled_from(["", "(11) 98765-4321", "123"]),
}
CELLS = st.tuples(*(LIKELY.get(name, st.text(max_size=20)) for name in COLUMNS)).map(list)
ODD = st.lists(st.text(max_size=5), min_size=1, max_size=len(COLUMNS) + 1)


def mapping_in(folder: Path):
    path = folder / "map.yaml"
    path.write_text(MAPPING, encoding="utf-8")
    return read_mapping(path)


@given(cells=st.one_of(CELLS, st.tuples(*[st.text(max_size=30)] * len(COLUMNS)).map(list)))
def test_any_cells_are_a_demand_or_have_a_reason(cells):
    with tempfile.TemporaryDirectory() as folder:
        reading = Understanding(mapping_in(Path(folder)), Agency(slug="x", timezone="America/Sao_Paulo"), NOW)
    try:
        past = reading.demand(2, cells, dict(zip(COLUMNS, (cell.strip() for cell in cells), strict=True)))
    except Unfit as reason:
        assert str(reason)
        return
    assert isinstance(past, Past) and past.key.startswith("old:") and past.opened_at <= NOW
    assert bool(past.ending) == (past.closed_at is not None)
    assert past.closed_at is None or past.opened_at <= past.closed_at <= NOW
    assert (past.lat is None) == (past.lon is None)


@pytest.mark.django_db
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.one_of(CELLS, ODD), max_size=8))
def test_opened_and_known_and_refused_are_all_the_rows(world, rows):
    with tempfile.TemporaryDirectory() as folder:
        file, paper, mapping = Path(folder) / "f.csv", Path(folder) / "refused.csv", mapping_in(Path(folder))
        with file.open("w", encoding="utf-8", newline="", errors="surrogatepass") as out:
            csv.writer(out).writerows([COLUMNS, *rows])
        before = Case.objects.count()
        tally = bring(world.agency, mapping, file, refused=paper, now=NOW)
        with paper.open(encoding="utf-8", newline="") as kept:
            refused = [cells[2:] for cells in csv.reader(kept)][1:]
    assert tally.opened + tally.known + tally.refused.total() == tally.rows == len(rows)
    assert Case.objects.count() == before + tally.opened
    assert len(refused) == tally.refused.total() and all(cells in rows for cells in refused), "each stands there whole"
    for case in Case.objects.filter(agency=world.agency):
        assert bool(case.next_actor) == (case.closed_at is None)


@pytest.fixture
def world():
    return make_world()
