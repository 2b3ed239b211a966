"""The demonstration's conversations: settled once, also where its data are older than they."""

import pytest

from balcao.config.demo.making import make_agency, read
from balcao.config.demo.talking import settle
from balcao.inbox.interviews.definitions import walk_definition
from balcao.inbox.interviews.queries import script_in_force
from balcao.inbox.models import Account, Attendant, CannedReply, Line

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("slug", ["vila-serena", "vale-do-sado"])
def test_an_older_demonstration_gets_its_conversations_once(slug):
    agency = make_agency(slug).agency
    assert settle(agency) and not settle(agency)
    account = Account.objects.get(agency=agency)
    assert account.channel == "webchat" and account.key == slug
    found = script_in_force(agency.pk, account.line.interview)
    assert found and [q.code for q in found.script.questions()][:3] == ["ola", "who_name", "who_document"]
    assert {reply.then for reply in CannedReply.objects.filter(agency=agency)} == {"", "close"}, "replies and a macro"
    assert Attendant.objects.filter(lines__agency=agency).distinct().count() >= 2
    for definition in read(slug, "conversations.yaml")["interviews"]:
        assert walk_definition(definition).unreachable == ()


def test_whoever_removed_them_keeps_their_own():
    agency = make_agency("vale-do-sado").agency
    settle(agency)
    Account.objects.all().delete()
    Attendant.objects.all().delete()
    Line.objects.all().delete()
    assert not settle(agency) and not Line.objects.exists()
