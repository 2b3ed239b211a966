"""A house with a past: as many demands as wanted, each a whole life with its orders, clocks, answers, letters, history.

They are copies of the demonstration's own demands, made by the server: other moments (three years back), people,
streets and words, so that indexes, the full text and the figures meet what they would meet in a city. What JSON says
of ids stays the first one's. Foreign keys hold by construction and are not looked up again."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from .doors import AGENCY
from .harness import console
from .house import House, rest
from .minimal import columns, foreign_keys

ABOUT = "= %(case)s"
OF_ORDER = "IN (SELECT id FROM workorders_workorder WHERE case_id = %(case)s)"
OF_ANSWER = "IN (SELECT id FROM cases_answer WHERE case_id = %(case)s)"
OF_MESSAGE = "IN (SELECT id FROM inbox_message WHERE case_id = %(case)s)"
OF_CLOCK = "IN (SELECT id FROM clocks_deadline WHERE case_id = %(case)s)"
OF_PERSON = "IN (SELECT reporter_id FROM cases_case WHERE id = %(case)s)"
# What belongs to one demand: table → which of its rows.
LIFE: Mapping[str, str] = {
    "citizens_person": f"id {OF_PERSON}",
    "citizens_contactpoint": f"person_id {OF_PERSON}",
    "clocks_deadline": f"case_id {ABOUT}",
    "clocks_alarm": f"deadline_id {OF_CLOCK}",
    "clocks_pause": f"deadline_id {OF_CLOCK}",
    "cases_case": f"id {ABOUT}",
    "cases_remark": f"case_id {ABOUT}",
    "workorders_workorder": f"case_id {ABOUT}",
    "workorders_areareport": f"order_id {OF_ORDER}",
    "cases_answer": f"case_id {ABOUT}",
    "questionnaires_rating": f"answer_id {OF_ANSWER}",
    "inbox_message": f"case_id {ABOUT}",
    "inbox_delivery": f"message_id {OF_MESSAGE}",
    "platform_event": f"case_id {ABOUT}",
}
SHARES = {"closed": 0.88, "working": 0.06, "triage": 0.03, "review": 0.015, "drafting": 0.005, "waiting": 0.01}
PAST, LATELY = 3 * 365 * 86400, 60 * 86400  # seconds: how far back what is closed lies, and what is open
STREETS = [
    "Rua das Acácias",
    "Rua Sete de Setembro",
    "Avenida Brasil",
    "Rua Quinze de Novembro",
    "Rua Tiradentes",
    "Travessa do Carmo",
    "Avenida dos Pescadores",
    "Rua das Paineiras",
    "Rua José Bonifácio",
    "Praça da Matriz",
    "Rua da Estação",
    "Rua Santo Antônio",
    "Alameda dos Ipês",
    "Rua Dom Pedro",
    "Rua Marechal Deodoro",
    "Rua Castro Alves",
    "Avenida Getúlio Vargas",
    "Rua das Flores",
    "Rua Machado de Assis",
    "Estrada do Engenho",
    "Rua Benedito Calixto",
    "Rua Cruz e Souza",
    "Rua São João",
    "Rua Padre Anchieta",
]
NAMES = [
    "Maria",
    "José",
    "Antônia",
    "João",
    "Francisca",
    "Luiz",
    "Rosa",
    "Carlos",
    "Terezinha",
    "Paulo",
    "Aparecida",
    "Pedro",
    "Luzia",
    "Marcos",
    "Sônia",
]
FAMILIES = [
    "Silva",
    "Souza",
    "Oliveira",
    "Pereira",
    "Lima",
    "Ribeiro",
    "Carvalho",
    "Gomes",
    "Martins",
    "Araújo",
    "Barbosa",
    "Cardoso",
    "Teixeira",
]
MORE = [
    "Já reclamei duas vezes e ninguém veio.",
    "Fica em frente ao portão da escola.",
    "Piora muito quando chove.",
    "Os vizinhos podem confirmar.",
    "Minha mãe usa cadeira de rodas e não passa.",
    "Aconteceu de novo ontem à noite.",
    "O ônibus precisa desviar.",
    "Tem criança brincando perto.",
    "Está assim desde o mês passado.",
    "Um motoqueiro quase caiu hoje cedo.",
    "O cheiro entra pelas janelas.",
    "À noite fica escuro e dá medo.",
    "Mandei foto pelo aplicativo.",
    "A equipe começou e não terminou.",
    "Peço urgência, por favor.",
    "O bueiro da esquina também está entupido.",
    "Perto da farmácia e do ponto de táxi.",
    "A calçada afundou uns dez dedos.",
]


@dataclass(frozen=True)
class Template:
    """A demand that is copied: its rows' ids by table."""

    case: int
    state: str
    rows: dict[str, list[int]]


def standing(house: House) -> int:
    """How many demands are there."""
    with psycopg.connect(house.url) as link:
        return int(link.execute("SELECT count(*) FROM cases_case").fetchone()[0])  # type: ignore[index]


def grow(house: House, wanted: int) -> None:
    """Until so many demands are there, the public figures made anew, and PostgreSQL at rest."""
    with psycopg.connect(house.url, autocommit=True) as link:
        here = standing(house)
        if here >= wanted:
            return
        started = time.monotonic()
        link.execute("SET session_replication_role = replica")
        link.execute("SET synchronous_commit = off")
        _spots(link)
        for template, count in _shared(_templates(link), wanted - here):
            _copy(link, template, count)
        link.execute("RESET session_replication_role")
        filled = time.monotonic()
        link.execute("VACUUM (ANALYZE)")
        from balcao.insights.following import rebuild

        swept = time.monotonic()
        rebuild()
        told = time.monotonic()
    rest(house)
    spent = f"filled in {filled - started:.0f} s, vacuumed in {swept - filled:.0f} s, figures in {told - swept:.0f} s"
    console.print(f"{wanted:,} demands: {spent}, at rest after {time.monotonic() - told:.0f} s", style="dim")


def _templates(link: psycopg.Connection) -> list[Template]:
    """The demonstration's demands, but those that are bound to another one."""
    own = """SELECT c.id, c.state FROM cases_case c JOIN organization_agency g ON g.id = c.agency_id
        WHERE g.slug = %s AND c.state = ANY(%s) AND c.primary_id IS NULL AND c.opened_at < now() AND c.id NOT IN
            (SELECT primary_id FROM cases_case WHERE primary_id IS NOT NULL)
        ORDER BY c.id LIMIT 100"""
    found = []
    for case, state in link.execute(own, [AGENCY, list(SHARES)]).fetchall():
        rows = {}
        for table, which in LIFE.items():
            query = sql.SQL(f"SELECT id FROM {{}} WHERE {which} ORDER BY id").format(sql.Identifier(table))  # type: ignore[arg-type]
            rows[table] = [pk for (pk,) in link.execute(query, {"case": case})]
        found.append(Template(case, state, rows))
    return found


def _shared(templates: list[Template], total: int) -> list[tuple[Template, int]]:
    by_state: dict[str, list[Template]] = {}
    for template in templates:
        by_state.setdefault(template.state, []).append(template)
    weight = sum(SHARES[state] for state in by_state)
    shared = [
        (template, round(total * SHARES[state] / weight / len(alike)))
        for state, alike in by_state.items()
        for template in alike
    ]
    missing = total - sum(count for _, count in shared)  # what rounding left over
    return [(shared[0][0], max(0, shared[0][1] + missing)), *shared[1:]]


def _spots(link: psycopg.Connection) -> None:
    """Two thousand places in the city, so that neighbours are found as in one."""
    from balcao.platform.geography import h3_cell

    rng = random.Random(156)
    spots = [(-22.16 + rng.uniform(-0.09, 0.09), -48.61 + rng.uniform(-0.09, 0.09)) for _ in range(2000)]
    link.execute("CREATE TEMP TABLE spot (n int PRIMARY KEY, lat float, lon float, h3 text)")
    with link.cursor() as cursor, cursor.copy("COPY spot FROM STDIN") as copy:
        for number, (lat, lon) in enumerate(spots):
            copy.write_row((number, lat, lon, h3_cell(lat, lon)))
    link.execute("ANALYZE spot")


def _copy(link: psycopg.Connection, template: Template, count: int) -> None:
    """`count` demands like this one: an INSERT for each of its rows."""
    if not count:
        return
    first = {table: _reserve(link, table, count * len(ids)) for table, ids in template.rows.items() if ids}
    keys = foreign_keys(link)
    span = PAST if template.state == "closed" else LATELY
    back = f"make_interval(secs => (({template.case}::bigint * 104729 + i * 7919) % {span})::float)"
    with link.transaction():
        for table in first:
            kinds = columns(link, table)
            own = [name for name, (_, generated) in kinds.items() if not generated]
            for place, pk in enumerate(template.rows[table]):
                cells = [
                    _cell(table, name, kinds[name][0], place, template, first, keys.get((table, name), ""), back)
                    for name in own
                ]
                into = ", ".join(f'"{name}"' for name in own)
                link.execute(
                    f"INSERT INTO {table} ({into}) SELECT {', '.join(cells)} FROM {table} s, "  # type: ignore[arg-type]
                    f"generate_series(0, {count - 1}) i JOIN spot ON spot.n = (i * 31 + {template.case}) % 2000 "
                    f"WHERE s.id = {pk}"
                )


def _reserve(link: psycopg.Connection, table: str, count: int) -> int:
    """The first of so many ids of the table's own sequence."""
    row = link.execute(
        "SELECT setval(q, nextval(q) + %s) - %s FROM pg_get_serial_sequence(%s, 'id') q", [count, count, table]
    ).fetchone()
    assert row is not None
    return int(row[0])


def _chosen(words: list[str], salt: int) -> str:
    listed = ", ".join("'" + word.replace("'", "''") + "'" for word in words)
    return f"(ARRAY[{listed}])[1 + (hashint8(i * 65537 + {salt}) & 2147483647) % {len(words)}]"


def _cell(
    table: str,
    column: str,
    kind: str,
    place: int,
    template: Template,
    first: Mapping[str, int],
    target: str,
    back: str,
) -> str:
    """What a copy has in this column, as SQL over the copied row `s`, the number `i` and a `spot`."""
    salt, was = template.case * 31 + place, f's."{column}"'
    if column == "id":
        return f"{first[table]} + i * {len(template.rows[table])} + {place}"
    if target in first:
        ids = template.rows[target]
        moved = " ".join(f"WHEN {pk} THEN {first[target]} + i * {len(ids)} + {number}" for number, pk in enumerate(ids))
        return f"CASE {was} {moved} ELSE {was} END"
    done = {  # no worker takes these up again: their alarms have sounded, their letters have gone
        ("clocks_deadline", "next_alarm_at"): "NULL::timestamptz",
        ("inbox_delivery", "next_try_at"): "NULL::timestamptz",
        ("inbox_delivery", "state"): "'sent'",
    }
    if (table, column) in done:
        return done[table, column]
    if kind == "timestamp with time zone":
        return f"{was} - {back}"
    number = f"({first.get('cases_case', 0)} + i)"
    special: dict[tuple[str, str], Any] = {
        ("cases_case", "protocol"): f"'B' || {number}",
        ("cases_case", "external_id"): f"'past-' || {number}",
        ("cases_case", "description"): f"concat_ws(' ', {was}, {_chosen(MORE, salt)}, {_chosen(MORE, salt + 7)})",
        ("cases_case", "address"): f"{_chosen(STREETS, salt)} || ', ' || (1 + i % 1900)",
        ("cases_case", "lat"): "spot.lat",
        ("cases_case", "lon"): "spot.lon",
        ("cases_case", "h3"): "spot.h3",
        ("citizens_person", "document"): "''",
        ("citizens_person", "document_kind"): "''",
        ("citizens_person", "document_hash"): "NULL::bytea",
        ("citizens_person", "name"): " || ' ' || ".join(
            (_chosen(NAMES, salt), _chosen(FAMILIES, salt + 3), _chosen(FAMILIES, salt + 5))
        ),
        ("citizens_contactpoint", "value_hash"): f"decode(md5('{salt}-' || i), 'hex')",
        ("inbox_message", "key"): f"'past:{salt}:' || {number}",
        ("inbox_delivery", "uid"): "gen_random_uuid()",
        ("workorders_areareport", "key"): "gen_random_uuid()",
    }
    return str(special.get((table, column), was))
