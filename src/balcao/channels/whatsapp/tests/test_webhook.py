"""200 means durable; without a valid signature nothing is said and nothing is kept."""

from __future__ import annotations

import json
import uuid
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from balcao.channels.whatsapp.models import Arrival
from balcao.platform.errors import Refusal
from balcao.platform.faults import retry
from balcao.platform.models import Fault

from .conftest import fixture, sign

pytestmark = pytest.mark.django_db


def jobs() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'whatsapp.take_in'")
        return cursor.fetchone()[0]


def test_meta_asks_whether_we_know_the_token(meta, client):
    asked = {"hub.mode": "subscribe", "hub.verify_token": "opens", "hub.challenge": "1158201444"}
    answer = client.get(meta.address, asked)
    assert (answer.status_code, answer.content) == (200, b"1158201444")
    assert answer["Content-Type"].startswith("text/plain")
    for wrong in ({"hub.verify_token": "opened"}, {"hub.mode": "x"}, {"hub.verify_token": "ópens\ud83d"[:5]}):
        answer = client.get(meta.address, asked | wrong)
        assert (answer.status_code, answer.content) == (403, b"")
    assert client.get(f"/whatsapp/{uuid.uuid4()}/", asked | {"hub.verify_token": "-"}).status_code == 403


def test_a_batch_is_durable_with_its_job_before_it_is_acknowledged(meta):
    assert meta.deliver("fifty") == 200
    assert Arrival.objects.count() == 50 and jobs() == 1


def test_what_is_delivered_five_times_is_there_once(meta):
    for _time in range(5):
        assert meta.deliver("kinds") == 200
    assert Arrival.objects.count() == 15


@pytest.mark.parametrize("given", ["", "sha256=", "sha256=" + "0" * 64, "sha1=" + "0" * 40, "sha256=é", None])
def test_without_a_valid_signature_nothing_is_said_or_kept(meta, given):
    body = json.dumps(fixture("text")).encode()
    headers = {"X-Hub-Signature-256": given} if given is not None else {}
    answer = Client().post(meta.address, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.content) == (403, b"") and not Arrival.objects.exists()


def test_the_signature_is_over_the_raw_bytes_and_of_this_app(meta):
    body = json.dumps(fixture("text")).encode()
    assert meta.deliver(body.replace(b": ", b":"), **{"X-Hub-Signature-256": sign(body)}) == 403
    assert meta.deliver(body, **{"X-Hub-Signature-256": sign(body, "another secret")}) == 403
    headers = {"X-Hub-Signature-256": sign(body, "-")}
    unknown = Client().post(f"/whatsapp/{uuid.uuid4()}/", body, content_type="application/json", headers=headers)
    assert unknown.status_code == 403 and unknown.content == b"" and not Arrival.objects.exists()


def test_metas_three_megabytes_are_taken_and_more_than_four_are_told_of(meta):
    whole = {"object": "whatsapp_business_account", "entry": [], "pad": ""}
    assert meta.deliver(whole | {"pad": "x" * 3 * 1024 * 1024}) == 200
    room = 4_000_000 - len(json.dumps(whole))
    assert meta.deliver(whole | {"pad": "x" * room}) == 200 and not Fault.objects.exists()
    for _time in range(2):
        assert meta.deliver(whole | {"pad": "x" * (room + 1)}) == 413
    fault = Fault.objects.get()
    assert (fault.kind, fault.count) == ("whatsapp", 2) and "over 4 MB" in fault.reason
    with pytest.raises(Refusal):  # there is nothing here to try again
        retry(actor=meta.world.actor("administrator"), fault=fault)


def test_what_is_too_large_for_no_app_of_ours_fills_no_page(meta, client):
    answer = client.post(f"/whatsapp/{uuid.uuid4()}/", b"x" * 4_000_001, content_type="application/json")
    assert answer.status_code == 413 and not Fault.objects.exists()


def test_what_cannot_be_kept_is_not_acknowledged(meta):
    with patch("balcao.channels.whatsapp.webhook.rows.once", side_effect=DatabaseError("the disk is full")):
        assert meta.deliver("fifty") == 500
    assert not Arrival.objects.exists()
    assert meta.deliver("fifty") == 200 and Arrival.objects.count() == 50


def test_what_is_signed_and_no_message_is_kept_too(meta):
    assert meta.deliver(b"<html>") == 200
    assert Arrival.objects.get().kind == "unreadable"


def test_other_methods_are_not_known(meta, client):
    assert {getattr(client, verb)(meta.address).status_code for verb in ("put", "delete", "patch")} == {405}
