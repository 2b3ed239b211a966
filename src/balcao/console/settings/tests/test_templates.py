"""WhatsApp's templates in the settings: fetched, and one that letters leave by."""

import pytest

from balcao.inbox.approved.outside import FETCHERS, Told
from balcao.inbox.models import Account, ApprovedTemplate, Line
from balcao.inbox.outbound import TryLater

PAGE = "/console/settings/templates/"


@pytest.mark.django_db
def test_they_are_fetched_and_one_is_chosen_for_letters(world, admin, monkeypatch):
    line = Line.objects.create(agency=world.agency, slug="geral", name="Geral")
    Account.objects.create(agency=world.agency, channel="whatsapp", key="1", name="CAC", line=line)
    told = [Told("resposta", "pt_BR", "APPROVED", "Há uma resposta a {{1}}.", variables=("1",))]
    monkeypatch.setitem(FETCHERS, "whatsapp", lambda account: told)
    admin.post(f"{PAGE}fetch/")
    template = ApprovedTemplate.objects.get()
    assert "resposta" in admin.get(PAGE).content.decode()
    refused = admin.post(f"{PAGE}{template.pk}/", {"for_letters": "on", "value-0": "{protocolo}"})
    assert "{protocol}" in refused.content.decode()
    admin.post(f"{PAGE}{template.pk}/", {"for_letters": "on", "value-0": "{protocol}"})
    template.refresh_from_db()
    assert template.for_letters and template.fillings == ["{protocol}"]
    admin.post(f"{PAGE}{template.pk}/", {"value-0": "{protocol}"})
    template.refresh_from_db()
    assert not template.for_letters

    def away(account: Account) -> list[Told]:
        raise TryLater("away", "unreachable")

    monkeypatch.setitem(FETCHERS, "whatsapp", away)
    assert "CAC: WhatsApp did not tell us" in admin.post(f"{PAGE}fetch/", follow=True).content.decode()
