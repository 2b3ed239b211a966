"""A key that leaked is replaced, and nothing that people told us is lost on the way."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.db import connection

from balcao.citizens import rehashing
from balcao.citizens.actions import know_person
from balcao.citizens.models import ContactPoint, Person
from balcao.config.cli import doctor, keys
from balcao.console.second_factor import encrypt_anew
from balcao.platform import access_codes, crypto, rotation
from balcao.platform.actors import Actor
from tests.world import make_world

pytestmark = pytest.mark.django_db
CPF = "529.982.247-25"


@pytest.fixture
def world(settings):
    settings.BALCAO_FIELD_KEYS = ["old-key"]
    world = make_world()
    world.open(reporter=None)
    for n in range(7):
        know_person(
            actor=Actor.system(),
            agency_id=world.agency.pk,
            name="Maria",
            document=CPF if n == 0 else "",
            contacts={"email": f"maria{n}@example.org"},
        )
    return world


def people():
    return next(place for place in rotation.places() if place.model is ContactPoint)


def tokens():
    with connection.cursor() as cursor:
        cursor.execute("SELECT value FROM citizens_contactpoint ORDER BY id")
        return [row[0] for row in cursor.fetchall()]


def values():
    return list(ContactPoint.objects.order_by("pk").values_list("value", flat=True))


def test_every_table_with_an_encrypted_field_is_known():
    assert {place.name for place in rotation.places()} >= {
        "citizens_person",
        "citizens_contactpoint",
        "inbox_message",
        "inbox_delivery",
        "portal_draft",
    }


def test_a_cut_run_goes_on_and_a_second_one_writes_nothing(world, settings):
    before = values()
    settings.BALCAO_FIELD_KEYS = ["new-key", "old-key"]
    assert rotation.left_under_older_keys(people())
    cut = rotation.renew(people(), batch=3)
    assert next(cut).renewed == 3
    cut.close()
    assert rotation.left_under_older_keys(people())
    last = list(rotation.renew(people(), batch=3))[-1]
    assert (last.seen, last.renewed, last.unreadable) == (len(before), len(before) - 3, 0)
    kept = tokens()
    assert list(rotation.renew(people(), batch=3))[-1].renewed == 0 and tokens() == kept
    assert not rotation.left_under_older_keys(people(), batch=2)
    settings.BALCAO_FIELD_KEYS = ["new-key"]
    assert values() == before


def test_the_command_renews_all_of_it_and_says_so(world, settings, capsys):
    staff = world.staff["administrator"]
    TOTP.activate(staff, "JBSWY3DPEHPK3PXP")
    settings.BALCAO_FIELD_KEYS = ["new-key", "old-key"]
    assert any("older key" in sentence for _level, sentence in doctor._keys())
    assert keys._fields(2) == 0
    keys._second_factors()
    keys._hashes(2)
    assert "citizens_contactpoint: 7 of 7 renewed" in capsys.readouterr().out
    settings.BALCAO_FIELD_KEYS = ["new-key"]
    assert [level for level, _sentence in doctor._keys()] == ["ok"]
    assert Person.objects.exclude(document_hash=None).get().document == "52998224725"
    assert crypto.is_under_first_key(Authenticator.objects.get(user=staff).data["secret"])


def test_a_key_that_is_gone_is_told_and_nothing_is_overwritten(world, settings):
    kept = tokens()
    settings.BALCAO_FIELD_KEYS = ["another", "wrong"]
    last = list(rotation.renew(people()))[-1]
    assert last.unreadable == len(kept) and last.renewed == 0 and tokens() == kept
    settings.BALCAO_FIELD_KEYS = ["another"]
    assert [level for level, _sentence in doctor._keys()] == ["bad"]


def test_secrets_of_second_factors_are_not_in_the_clear_and_old_ones_still_work(world, settings):
    staff = world.staff["administrator"]
    made = TOTP.activate(staff, "JBSWY3DPEHPK3PXP").instance
    assert "JBSWY" not in made.data["secret"]
    Authenticator.objects.filter(pk=made.pk).update(data={"secret": "JBSWY3DPEHPK3PXP"})
    from balcao.console.second_factor import Adapter

    assert Adapter().decrypt("JBSWY3DPEHPK3PXP") == "JBSWY3DPEHPK3PXP"
    assert sum(encrypt_anew()) == 1 and sum(encrypt_anew()) == 0
    made.refresh_from_db()
    assert crypto.decrypt(made.data["secret"]) == "JBSWY3DPEHPK3PXP"


def test_after_a_new_secret_people_are_found_again_and_their_codes_still_open(world, settings):
    code = access_codes.new_code()
    kept = access_codes.code_hash(code)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret, long enough to be one of them"
    assert rehashing.hashes_are_old()
    assert [level for level, _sentence in doctor._keys()] == ["bad"]
    assert not access_codes.code_matches(code, kept)
    settings.OLD_SECRET_KEYS = [old]
    assert access_codes.code_matches(code, kept) and not access_codes.code_matches("0" * 11, kept)
    assert list(rehashing.hash_people_anew())[-1].renewed == 1
    assert list(rehashing.hash_contacts_anew(batch=3))[-1].renewed == 7
    assert list(rehashing.hash_contacts_anew())[-1].renewed == 0 and not rehashing.hashes_are_old()
    person, _contacts = know_person(actor=Actor.system(), agency_id=world.agency.pk, name="M", document=CPF)
    assert person.name == "Maria"


def test_who_came_back_under_the_new_secret_stays_two_records(world, settings):
    settings.SECRET_KEY = "another secret, long enough to be one of them"
    know_person(actor=Actor.system(), agency_id=world.agency.pk, name="Maria", document=CPF)
    last = list(rehashing.hash_people_anew())[-1]
    assert (last.renewed, last.twice) == (0, 1)
    assert Person.objects.exclude(document_hash=None).count() == 2
