"""A person asks to be erased: what goes, what stays, and that no figure moves."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.postgres.search import SearchQuery
from django.db import connection
from django.utils import timezone

from balcao.cases.models import Attachment, Case, Remark
from balcao.channels.portal.models import Draft
from balcao.citizens.models import ContactPoint, Person
from balcao.clocks.models import Deadline
from balcao.inbox.models import Conversation, Delivery, Message
from balcao.platform.audit import log_read
from balcao.platform.errors import Invalid, NotAllowed, Refusal
from balcao.platform.models import Event, ReadLog, Revision, StoredFile
from balcao.privacy import actions
from balcao.privacy.models import Cleared, LegalHold, RetentionRule
from balcao.questionnaires.models import Rating
from balcao.workorders.models import AreaReport
from tests.world import make_world

from .conftest import answer, ask

pytestmark = pytest.mark.django_db(transaction=True)
SECRETS = ("Maria", "Dores", "maria@example.org", "52998224725", "Jacarand", "98765-4321", "KXWP7M3QRT")


def everything_kept() -> str:
    """All text of all tables but the log of the machine itself, encrypted fields in the clear."""
    said = [str(list(Person.objects.values_list("name", "document"))), str(list(ContactPoint.objects.values("value")))]
    said += [str(list(Message.objects.values_list("subject", "body"))), str(list(Delivery.objects.values("address")))]
    said += [str(list(Draft.objects.values_list("access_code", "interview")))]
    talks = Conversation.objects.values_list("contact", "address", "said_name", "interview", "comment")
    said += [str(list(talks)), str(list(Message.objects.values_list("details")))]
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        for table in tables:
            if table.startswith(("django_", "auth_", "account_", "mfa_", "procrastinate_")):
                continue
            cursor.execute(f'SELECT "{table}"::text FROM "{table}"')
            said += [row[0] for row in cursor.fetchall()]
    return "\n".join(said)


def figures() -> list[object]:
    return [
        sorted(Case.objects.values_list("service", "area", "place", "channel", "opened_at", "closed_at", "outcome")),
        sorted(Case.objects.values_list("answers_given__attempted_at", "answers_given__outcome")),
        sorted(Rating.objects.values_list("score", "at")),
        sorted(Deadline.objects.values_list("started_at", "due_at", "stopped_at", "breached_at").order_by("pk")),
        Event.objects.filter(kind__in=["CaseOpened", "CaseClosed", "CaseRated"]).count(),
        Delivery.objects.filter(state="sent").count(),
    ]


def test_who_asks_to_be_erased_is_nowhere_any_more_and_the_figures_stay(world, maria):
    person, contact = maria
    case = answer(world, ask(world, person, contact))
    log_read(actor=world.actor("attendant"), subject="person", ids=[person.pk], purpose="case", agency_id=1)
    stored = StoredFile.objects.get()
    content = [Path(f.path) for f in (stored.file, stored.thumbnail) if f]
    before, reads = figures(), ReadLog.objects.count()
    assert content and all(path.exists() for path in content)
    assert all(secret in everything_kept() for secret in SECRETS), "else this proves nothing"

    plan = actions.plan_erasure(actor=world.actor("administrator"), person=person)
    assert [v.how for v in plan.verdicts] == ["pseudonymise"] and plan.person_goes
    assert Person.objects.exists() and case.description and Event.objects.filter(kind="PersonErased").count() == 0

    actions.erase_person(actor=world.actor("administrator"), person=person)
    left = everything_kept()
    assert [secret for secret in SECRETS if secret.lower() in left.lower()] == []
    assert not any(path.exists() for path in content) and not StoredFile.objects.exists()
    found = Case.objects.filter(search=SearchQuery("jacarandás", config="portuguese"))
    assert not found.exists()
    assert figures() == before
    assert ReadLog.objects.filter(subject="person", subject_id=plan.person_id).count() > 0
    assert ReadLog.objects.count() >= reads
    told = Event.objects.get(kind="PersonErased")
    assert (told.data, told.actor_kind) == ({"person_id": plan.person_id, "cases": 1}, "staff")
    case.refresh_from_db()
    assert (case.place_id, case.lat, case.reporter_id) == (world.district.pk, None, None)
    assert "podamos a árvore" in AreaReport.objects.get().text, "what the agency did stays, without the person"


def test_the_coarser_place_counts_in_the_same_cell_of_the_map(world, maria):
    import h3

    case = answer(world, ask(world, *maria))
    before = case.h3
    actions.erase_person(actor=world.actor("administrator"), person=maria[0])
    case.refresh_from_db()
    assert case.h3 and h3.cell_to_parent(case.h3, 8) == h3.cell_to_parent(before, 8)


def test_what_is_open_or_held_stays_with_its_reason_and_the_rest_goes(world, maria):
    person, _contact = maria
    admin = world.actor("administrator")
    first, held, still = answer(world, ask(world, *maria)), answer(world, ask(world, *maria)), ask(world, *maria)
    hold = actions.place_hold(actor=admin, agency_id=world.agency.pk, case=held, reason="Processo 12/2026")
    plan = actions.erase_person(actor=admin, person=person)
    assert [v.code for v in plan.verdicts] == ["clear", "held", "open"]
    assert "Processo 12/2026" in plan.verdicts[1].why and "still open" in plan.verdicts[2].why
    person.refresh_from_db()
    assert person.name == "Maria das Dores", "whoever answers must know who asked"
    for case in (first, held, still):
        case.refresh_from_db()
    assert (first.description, first.reporter_id) == ("", None)
    assert held.description and still.description
    assert Event.objects.get(kind="ErasureRefused").data == {"person_id": person.pk, "cleared": 1, "kept": 2}
    assert Attachment.objects.filter(case=first).count() == 0 and Attachment.objects.filter(case=held).count() == 1
    answer(world, still)
    actions.lift_hold(actor=admin, hold=hold)
    assert actions.erase_person(actor=admin, person=person).person_goes
    assert not Person.objects.exists()
    assert LegalHold.objects.get().lifted_at, "the hold's own history stays"


def test_a_letter_on_its_way_is_waited_for(world, maria):
    case = answer(world, ask(world, *maria))
    Delivery.objects.filter(message__case=case).update(state="queued")
    assert [v.code for v in actions.plan_erasure(actor=world.actor("administrator"), person=maria[0]).verdicts] == [
        "sending"
    ]


def test_a_binding_rule_keeps_until_its_day_and_then_decides_how(world, maria):
    person, _contact = maria
    admin, case = world.actor("administrator"), answer(world, ask(world, *maria))
    rule = RetentionRule(
        agency=world.agency, stage="answered", days=365, then="delete", binding=True, law="Lei 8.159/1991"
    )
    actions.keep_rule(actor=admin, rule=rule)
    assert Revision.objects.filter(model="privacy.retentionrule", verb="create").exists()
    plan = actions.erase_person(actor=admin, person=person)
    assert [v.code for v in plan.verdicts] == ["bound"] and "Lei 8.159/1991" in plan.verdicts[0].why
    later = timezone.now() + timedelta(days=366)
    assert actions.erase_person(actor=admin, person=person, now=later).person_goes
    assert Cleared.objects.get(case=case).how == "delete"
    assert AreaReport.objects.get().text == "" and set(Remark.objects.values_list("text", flat=True)) <= {""}


def test_only_an_administrator_of_the_same_agency_may(world, maria):
    for role in ("supervisor", "attendant", "area_manager", "field_agent"):
        with pytest.raises(NotAllowed):
            actions.plan_erasure(actor=world.actor(role), person=maria[0])
    other = make_world("outra", default=False, hostname="outra.localhost")
    for act in (actions.plan_erasure, actions.erase_person):
        with pytest.raises(NotAllowed):
            act(actor=other.actor("administrator"), person=maria[0])
    with pytest.raises(Refusal):
        actions.place_hold(actor=world.actor("administrator"), agency_id=world.agency.pk, person=maria[0], reason=" ")


def test_a_rule_is_there_once(world):
    admin = world.actor("administrator")
    actions.keep_rule(actor=admin, rule=RetentionRule(agency=world.agency, stage="answered", days=10))
    with pytest.raises(Invalid):
        actions.keep_rule(actor=admin, rule=RetentionRule(agency=world.agency, stage="answered", days=20))
