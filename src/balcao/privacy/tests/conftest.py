"""An agency with answered demands of one person, with files, letters, grades and reads."""

from __future__ import annotations

import io

import pytest
from django.core.cache import caches
from PIL import Image

from balcao.cases.actions import send_answer
from balcao.cases.actions.opening import Location
from balcao.cases.models import Attachment
from balcao.channels.portal.models import Draft
from balcao.inbox.models import Delivery
from balcao.inbox.opening import open_and_acknowledge
from balcao.inbox.sending import deliver
from balcao.platform.files.actions import store_file
from balcao.questionnaires.actions import rate_answer
from balcao.workorders.actions import accept_order, accept_report, file_report
from tests.world import World, make_world


@pytest.fixture
def world(db, settings, tmp_path) -> World:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MEDIA_ROOT = tmp_path
    caches["process"].clear()
    return make_world()


def photo(world: World, name: str = "maria-das-dores.png"):
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(kept, "PNG")
    kept.seek(0)
    return store_file(actor=world.citizen, agency_id=world.agency.pk, upload=kept, name=name)


def ask(world: World, person, contact, words: str = "Um galho seco sobre a Rua dos Jacarandás", **changes):
    """An open demand of theirs with a photo, a receipt and the draft that it came from."""
    demand = {
        "actor": world.citizen, "service": world.service, "kind": "solicitacao", "channel": "portal",
        "description": words, "location": Location("Rua dos Jacarandás, 12", -23.5501, -46.6301, world.district),
        "reporter": person, "contact": contact, "access_code": "KXWP7M3QRT",
    }  # fmt: skip
    case = open_and_acknowledge(**(demand | changes)).case
    Attachment.objects.create(case=case, file=photo(world), by_citizen=True)
    Draft.objects.create(
        agency=world.agency, service=world.service, version=world.service.current, locale="pt-br", interview="",
        access_code="KXWP7M3QRT", case=case, created_at=case.opened_at, expires_at=case.opened_at,
    )  # fmt: skip
    return case


def answer(world: World, case, words: str = "Dona Maria das Dores, podamos a árvore. Ligue 11 98765-4321."):
    """Through the area and the review to a closed demand with a grade."""
    manager, supervisor = world.actor("area_manager"), world.actor("supervisor")
    order = case.orders.get()
    accept_order(actor=manager, order=order)
    report = file_report(actor=manager, order=order, outcome="solved", text=words)
    accept_report(actor=supervisor, report=report)
    send_answer(actor=supervisor, case=case)
    for delivery in Delivery.objects.filter(message__case=case, state="queued"):
        deliver(delivery.pk)
    case.refresh_from_db()
    rate_answer(actor=world.citizen, answer=case.answers_given.get(), score=9, comment="Obrigada, Maria")
    return case


@pytest.fixture
def maria(world):
    """(person, contact)"""
    return world.person()
