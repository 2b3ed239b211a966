"""Every part of every batch is read; what cannot be read is set aside alone; and no JSON breaks anything."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balcao.channels.whatsapp import wire
from balcao.channels.whatsapp.shapes import Incoming, Malformed, Status

FIXTURES = Path(__file__).parent.parent / "fixtures"


def body(name: str) -> bytes:
    return (FIXTURES / f"{name}.json").read_bytes()


def all_of(name: str) -> list[Incoming | Status]:
    return [wire.read(item) for item in wire.split(body(name))]


def test_a_text_with_who_and_when():
    (one,) = all_of("text")
    assert (one.kind, one.text, one.phone_number_id) == (
        "text",
        "Bom dia! Minha rua está sem luz 💡",
        "106540352242922",
    )
    assert one.at == datetime.fromtimestamp(1763860001, UTC)
    assert (one.sender.user_id, one.sender.wa_id) == ("BR.1502576394655843", "553591234567")
    assert one.sender.name == "Maria das Dores"


def test_every_kind_that_meta_documents():
    found = all_of("kinds")
    assert [one.kind for one in found] == [
        "text", "button", "choice", "choice", "location", "contacts", "image", "audio", "video", "document", "sticker",
        "reaction", "unsupported", "system", "order",
    ]  # fmt: skip
    by = {one.kind: one for one in found}
    assert (by["button"].choice, by["button"].text, by["button"].about) == ("sim", "Sim, resolveu", "wamid.TEMPLATE")
    assert [(one.choice, one.text) for one in found if one.kind == "choice"] == [
        ("yes", "Sim"), ("poda", "Poda de árvore")
    ]  # fmt: skip
    assert (by["location"].spot.lat, by["location"].spot.address) == (-22.8547, "Centro, Extrema - MG")
    assert by["contacts"].cards[0].phones == ("+55 35 99876-5432",)
    assert (by["image"].media.id, by["image"].text) == ("1003383421387256", "O poste")
    assert by["audio"].media.voice and by["audio"].media.mime == "audio/ogg; codecs=opus"
    assert by["document"].media.name == "identidade.pdf"
    assert (by["reaction"].text, by["reaction"].about) == ("👍", "wamid.ASKED")
    assert by["unsupported"].said_kind == "poll" and by["system"].said_kind == "user_changed_number"


def test_who_has_a_username_needs_no_number():
    (one,) = all_of("username")
    assert (one.sender.user_id, one.sender.wa_id, one.sender.username) == ("BR.9988776655", "", "@ze.extrema")


def test_a_scoped_id_where_the_number_stood_is_told_by_its_dot():
    (item,) = wire.split(body("text"))
    raw = {**item.raw, "from": "BR.ENT.118157", "from_user_id": None}
    sender = wire.read(type(item)(item.kind, item.phone_number_id, item.key, raw, None)).sender
    assert (sender.user_id, sender.wa_id) == ("BR.ENT.118157", "")


def test_statuses_with_their_errors():
    found = all_of("statuses")
    assert [one.state for one in found] == ["read", "sent", "delivered", "failed"]
    assert found[1].ours == "b6a1" and found[3].problems[0].code == 131047
    assert "24 hours" in found[3].problems[0].details


def test_several_entries_changes_and_numbers():
    items = wire.split(body("several"))
    assert [(one.kind, one.phone_number_id) for one in items] == [
        ("message", "106540352242922"), ("message", "206540352242922"), ("trouble", "106540352242922")
    ]  # fmt: skip
    assert wire.problem(items[2].raw).code == 130429


def test_one_malformed_among_fifty_is_alone():
    items, read, refused = wire.split(body("fifty")), [], []
    for item in items:
        try:
            read.append(wire.read(item))
        except Malformed as why:
            refused.append(str(why))
    assert (len(items), len(read), refused) == (50, 49, ["timestamp: no moment"])
    assert len({item.key for item in items}) == 50


def test_a_redelivery_has_the_same_keys_whatever_else_changed():
    first = wire.split(body("kinds"))
    again = json.loads(body("kinds"))
    again["entry"][0]["changes"][0]["value"]["contacts"][0]["profile"]["name"] = "Maria D."
    assert [one.key for one in wire.split(json.dumps(again).encode())] == [one.key for one in first]


@pytest.mark.parametrize("words, kept", [
    ("a\0b", "ab"), ("meio \ud83d par", "meio \ufffd par"), ("مرحبا", "مرحبا"), ("👩🏽‍⚖️", "👩🏽‍⚖️"),
    ("x" * 10_000, "x" * 10_000),
])  # fmt: skip
def test_words_arrive_as_a_database_keeps_them(words, kept):
    found = json.loads(body("text"))
    found["entry"][0]["changes"][0]["value"]["messages"][0]["text"]["body"] = words
    (item,) = wire.split(json.dumps(found).encode())
    assert wire.read(item).text == kept
    assert wire.unpack(item.kind, item.key, wire.pack(item)) == item and wire.pack(item).isascii()


@pytest.mark.parametrize("nonsense", [
    b"", b"{", b"\xff\xfe", b"[" * 100_000, b'{"object":"page"}', b"[]", b"9" * 5_000, b"1e999", b"NaN", b'"\\ud800"',
    b'{"object":"whatsapp_business_account","entry":' + b"[" * 60 + b"]" * 60 + b"}",
])  # fmt: skip
def test_nonsense_is_kept_as_one_thing_that_cannot_be_read(nonsense):
    (item,) = wire.split(nonsense)
    assert item.kind == "unreadable" and wire.unpack(item.kind, item.key, wire.pack(item)).key == item.key


NAMES = """object entry changes value field messages statuses contacts errors metadata phone_number_id id type text body
from from_user_id timestamp status image interactive button_reply list_reply location latitude longitude reaction
message_id context profile name phones wa_id user_id code error_data details system unsupported"""
WORDS = st.sampled_from(NAMES.split())
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=8)
    | st.sampled_from(["whatsapp_business_account", "1763860001", "BR.1", "\ud800", "\0", 10**400])
)  # fmt: skip
ANY = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=6))


def taken_apart(raw: bytes) -> None:
    for item in wire.split(raw):
        assert len(item.key) == 32
        assert wire.unpack(item.kind, item.key, wire.pack(item)).key == item.key
        try:
            found = wire.read(item)
        except Malformed:
            continue
        assert (
            found.id and found.at.tzinfo and (isinstance(found, Status) or found.sender.user_id or found.sender.wa_id)
        )


@settings(max_examples=150)
@given(ANY)
def test_no_json_breaks_it(anything):
    taken_apart(json.dumps(anything).encode())


@settings(max_examples=150)
@given(st.lists(ANY, max_size=3), st.lists(ANY, max_size=2), ANY, ANY)
def test_no_json_in_the_right_places_breaks_it(messages, statuses, contacts, metadata):
    value = {"messages": messages, "statuses": statuses, "contacts": contacts, "metadata": metadata}
    change = {"field": "messages", "value": value}
    taken_apart(json.dumps({"object": "whatsapp_business_account", "entry": [{"changes": [change]}]}).encode())


@settings(max_examples=200)
@given(st.data())
def test_no_field_replaced_by_anything_breaks_it(data):
    """Each documented message with one of its fields, at any depth, made something else."""
    found = json.loads(body(data.draw(st.sampled_from(["kinds", "statuses", "username"]))))
    value = found["entry"][0]["changes"][0]["value"]
    place = data.draw(st.sampled_from(value.get("messages") or value["statuses"]))
    while True:
        name = data.draw(st.sampled_from(sorted(place)))
        if isinstance(place[name], dict) and place[name] and data.draw(st.booleans()):
            place = place[name]
            continue
        place[name] = data.draw(ANY)
        break
    taken_apart(json.dumps(found).encode())


@settings(max_examples=100)
@given(st.binary(max_size=200))
def test_no_bytes_break_it(raw):
    taken_apart(raw)
