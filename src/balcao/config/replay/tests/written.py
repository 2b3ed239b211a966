"""What a run writes, row for row, so that two ways of writing the same can be compared."""

from collections import Counter
from typing import Any

from django.apps import apps
from django.db import transaction

from balcao.cases.models import Case
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.models import CalendarSnapshot, Deadline
from balcao.platform.models import Event
from balcao.platform.numbering import format_protocol
from balcao.workorders.models import WorkOrder

# Who wrote it and when, what nobody was given, what the database computes.
OTHERWISE = {"tx", "access_hash", "search"}
OF_OURS = {(Person, "created_at")}
Rows = dict[str, list[tuple[Any, ...]]]


def _models() -> list[Any]:
    return [m for m in apps.get_models() if m._meta.managed and not m._meta.proxy and m is not CalendarSnapshot]


def _owner(
    model: Any,
    row: dict[str, Any],
    cases: dict[int, str],
    orders: dict[int, int],
    clocks: dict[int, int],
    people: dict[int, str],
) -> str:
    if model is Case:
        return row["external_id"]
    if model in (Person, ContactPoint):
        return people[row["id"] if model is Person else row["person_id"]]
    case = row.get("case_id") or orders.get(row.get("order_id", 0)) or clocks.get(row.get("deadline_id", 0))
    return cases.get(case or 0, "")


def written(do: Any) -> Rows:
    """What `do` writes, table by table, each id replaced by whose row it is; everything is then taken back."""
    before = {m: set(m._base_manager.values_list("pk", flat=True)) for m in _models()}
    found: Rows = {}
    with transaction.atomic():
        do()
        fresh = {m: list(m._base_manager.exclude(pk__in=before[m]).order_by("pk").values()) for m in _models()}
        fresh = {m: rows for m, rows in fresh.items() if rows}
        cases = {row["id"]: row["external_id"] for row in fresh[Case]}
        protocols = {row["external_id"]: row["protocol"] for row in fresh[Case]}
        orders = {row["id"]: row["case_id"] for row in fresh[WorkOrder]}
        clocks = {row["id"]: row["case_id"] for row in fresh[Deadline]}
        people = {row["reporter_id"]: row["external_id"] for row in reversed(fresh[Case])}
        names: dict[tuple[Any, int], str] = {}
        for model, rows in fresh.items():
            count: Counter[str] = Counter()
            for row in rows:
                owner = _owner(model, row, cases, orders, clocks, people)
                names[model, row["id"]] = f"{model.__name__} {count[owner]} of {owner}"
                count[owner] += 1
        for model, rows in fresh.items():
            found[model.__name__] = sorted((_plain(model, row, names, protocols) for row in rows), key=repr)
        transaction.set_rollback(True)
    return found


_BY_WORD = {m.__name__.lower(): m for m in _models()} | {
    "order": apps.get_model("workorders.WorkOrder"),
    "report": apps.get_model("workorders.AreaReport"),
}


def _plain(model: Any, row: dict[str, Any], names: dict[tuple[Any, int], str], protocols: dict[str, str]) -> Any:
    name = names[model, row["id"]]
    protocol = protocols.get(name.rpartition(" of ")[2], "")

    def named(word: str, value: Any) -> Any:
        if word == "case_id" and value is not None:
            return names[Case, value]
        target = _BY_WORD.get(word.removesuffix("_id"))
        if isinstance(value, str) and protocol:
            value = value.replace(format_protocol(protocol), "№").replace(protocol, "№")
        return names.get((target, value), value) if word.endswith("_id") and target else value

    plain: dict[str, Any] = {"row": name}
    for word, value in row.items():
        if word in OTHERWISE or word == "id" or (model, word) in OF_OURS:
            continue
        target = model._meta.get_field(word).related_model
        if target is not None:
            plain[word] = names.get((target, value), value)
        elif model is Event and word == "data":
            plain[word] = {key: named(key, one) for key, one in value.items()}
        elif word == "key" and str(value).startswith("answer:"):
            plain[word] = f"answer of {name}"
        else:
            plain[word] = named(word, value)
    return tuple(sorted(plain.items()))
