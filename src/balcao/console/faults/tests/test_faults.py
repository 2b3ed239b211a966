"""Whatever an operator could mend stands on one page, with its reason, and is mended there."""

import pytest
from django.utils.translation import override

from balcao.cases.actions import refuse_case
from balcao.console.faults.words import of, why_not_sent
from balcao.inbox.models import Delivery, Message
from balcao.inbox.outbound import SENDERS, Rejected
from balcao.inbox.sending import deliver
from balcao.platform import faults
from balcao.platform.events import react
from balcao.platform.models import Event, Fault
from tests.world import make_world

pytestmark = pytest.mark.django_db


class Mailbox:
    """A mail server of our own: takes what it likes."""

    def __init__(self):
        self.refuses, self.taken = {"maria@example.org"}, []

    def send(self, message):
        if message.address in self.refuses:
            raise Rejected("the mail server answered 550", "smtp:550")
        self.taken.append(message.address)


@pytest.fixture
def mailbox(monkeypatch):
    box = Mailbox()
    monkeypatch.setitem(SENDERS, "email", box)
    return box


def given_up(world):
    person, contact = world.person()
    case = world.open(reporter=person, contact=contact)
    refuse_case(actor=world.actor("supervisor"), case=case, reason="Não é da cidade.")
    delivery = Delivery.objects.get(message__case=case)
    deliver(delivery.pk)
    case.refresh_from_db()
    return case, delivery, Fault.objects.get(kind="delivery", data__delivery_id=delivery.pk)


@pytest.fixture
def operator(world, sign_in):
    return sign_in(world.staff["supervisor"])


def test_a_lost_answer_stands_there_with_its_reason_and_its_case(world, mailbox, operator):
    case, _delivery, fault = given_up(world)
    assert case.next_actor == "triage"
    page = operator.get("/console/faults/").content.decode()
    assert "An answer did not arrive" in page and "knows no such address" in page and "(It answered 550.)" in page
    page = operator.get(f"/console/faults/{fault.pk}/").content.decode()
    assert f"/console/cases/{case.pk}/" in page and "maria@example.org" in page
    assert "the mail server answered" not in page  # the log's words


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("smtp:552", "mailbox is full"),
        ("smtp:421", "could not take the message now"),
        ("smtp:599", "refused the message. (It answered 599.)"),
        ("address", "not a valid e-mail address"),
        ("unreachable", "could not be reached"),
        ("channel", "our own system"),
        ("whatsapp:131047", "more than 24 hours ago"),
        ("whatsapp:131056", "no more messages from us just then. (It answered 131056.)"),
        ("whatsapp:999", "WhatsApp did not take the message. (It answered 999.)"),
        ("whatsapp:number", "is connected no more"),
    ],
)
def test_a_code_is_put_in_words(code, words):
    assert words in why_not_sent(code)
    with override("pt-br"):
        assert words not in why_not_sent(code) and why_not_sent(code)


@pytest.mark.parametrize(("key", "data", "title", "why"), [
    ("token:1", {"number": "+55 35 1"}, "our access", "The access token of +55 35 1"),
    ("unknown:7", {"phone_number_id": "7"}, "nobody has connected", "the id 7"),
    ("number:1:130429", {"number": "+55 35 1", "why": "Rate limit"}, "problem", "“Rate limit”"),
    ("file:1", {"code": "whatsapp:190"}, "could not be fetched", "new access token"),
    ("arrival:1", {"why": "It could not be read"}, "could not be taken in", "could not be read"),
])  # fmt: skip
def test_whatsapps_faults_are_put_in_words(key, data, title, why):
    words = of(Fault(kind="whatsapp", key=key, data=data, reason="for the log"))
    assert title in words.title and why in words.why and words.hint


def test_what_has_no_code_shows_its_own_reason():
    assert why_not_sent("") == why_not_sent("carrier-pigeon") == ""


def test_tried_again_it_arrives_and_the_case_closes(world, mailbox, operator):
    case, delivery, fault = given_up(world)
    mailbox.refuses.clear()
    assert operator.post(f"/console/faults/{fault.pk}/retry/").status_code == 302
    deliver(delivery.pk)
    case.refresh_from_db()
    assert case.state == "closed" and mailbox.taken == ["maria@example.org"]
    assert "Nothing to mend" in operator.get("/console/faults/").content.decode()


def test_tried_again_in_vain_a_new_fault_says_so(world, mailbox, operator):
    _case, delivery, fault = given_up(world)
    operator.post(f"/console/faults/{fault.pk}/retry/")
    deliver(delivery.pk)
    assert Fault.objects.get(kind="delivery", ended_at=None).pk != fault.pk


def test_sent_to_another_address_of_the_same_person(world, mailbox, operator):
    case, delivery, fault = given_up(world)
    wrong = operator.post(f"/console/faults/{fault.pk}/redirect/", {"email": "isto não é"})
    assert wrong.status_code == 422 and "isto não é" in wrong.content.decode()
    assert operator.post(f"/console/faults/{fault.pk}/redirect/", {"email": "maria@nova.org"}).status_code == 302
    deliver(delivery.pk)
    case.refresh_from_db()
    assert mailbox.taken == ["maria@nova.org"] and case.state == "closed" and case.contact.value == "maria@nova.org"


def test_ended_with_a_reason_the_answer_stands_on_its_page(world, mailbox, operator):
    case, _delivery, fault = given_up(world)
    assert operator.post(f"/console/faults/{fault.pk}/end/", {"reason": " "}).status_code == 422
    operator.post(f"/console/faults/{fault.pk}/end/", {"reason": "Não há outro endereço"})
    case.refresh_from_db()
    assert case.state == "closed" and case.answers_given.get().attempted_at
    assert "Não há outro endereço" in operator.get("/console/faults/?show=ended").content.decode()
    again = operator.post(f"/console/faults/{fault.pk}/retry/")
    assert again.status_code == 422 and "already been mended" in again.content.decode()


def test_given_to_a_colleague(world, operator, sign_in):
    fault = faults.record("stuck", "triage:1", "r", agency_id=world.agency.pk, data={"why": "triage", "days": 5})
    administrator = world.staff["administrator"]
    assert operator.post(f"/console/faults/{fault.pk}/reassign/", {"staff": administrator.pk}).status_code == 302
    assert "Administrator" in operator.get("/console/faults/").content.decode()
    stranger = make_world("outra", default=False, hostname="outra.test").staff["supervisor"]
    assert operator.post(f"/console/faults/{fault.pk}/reassign/", {"staff": stranger.pk}).status_code == 422
    assert operator.get("/console/faults/?mine=1").context["rows"] == []


def test_a_kind_is_tried_again_as_a_whole(world, mailbox, operator):
    first, second = given_up(world), given_up(world)
    mailbox.refuses.clear()
    page = operator.post("/console/faults/retry/", {"kind": "delivery"}, follow=True).content.decode()
    assert "2 are being tried again." in page
    for _case, delivery, _fault in (first, second):
        deliver(delivery.pk)
    assert not Fault.objects.filter(ended_at=None).exists()
    assert operator.post("/console/faults/retry/", {"kind": "x"}).status_code == 404


def test_a_retry_that_breaks_keeps_the_page_and_says_so(world, operator, monkeypatch):
    def breaks(fault, actor):
        raise RuntimeError("boom")

    monkeypatch.setitem(faults.MENDERS, "alarm", breaks)
    fault = faults.record("alarm", "1", "An alarm.", agency_id=world.agency.pk)
    page = operator.post(f"/console/faults/{fault.pk}/retry/")
    assert page.status_code == 422 and "did not work either" in page.content.decode()
    fault.refresh_from_db()
    assert fault.ended_at is None


def test_each_agency_mends_its_own_and_administrators_the_installation(world, operator, mailbox, sign_in):
    _case, _delivery, fault = given_up(world)
    whole = faults.record("job", "inbox.deliver:7", "The job failed.", data={"job_id": 7})
    elsewhere = make_world("outra", default=False, hostname="outra.test")
    stranger = sign_in(elsewhere.staff["supervisor"])
    assert stranger.get("/console/faults/").context["rows"] == []
    for address in ("", "retry/", "end/"):
        client_call = stranger.get if not address else stranger.post
        assert client_call(f"/console/faults/{fault.pk}/{address}").status_code == 404
    assert operator.get(f"/console/faults/{whole.pk}/").status_code == 404
    role = world.roles["administrator"]
    role.mfa_required = False
    role.save()
    administrator = sign_in(world.staff["administrator"])
    assert {r["fault"].pk for r in administrator.get("/console/faults/").context["rows"]} == {fault.pk, whole.pk}
    for role_name in ("attendant", "area_manager", "field_agent"):
        assert sign_in(world.staff[role_name]).get("/console/faults/").status_code == 403


def test_a_long_list_is_read_page_by_page_in_few_queries(
    world,
    operator,
    monkeypatch,
    django_assert_max_num_queries,
):
    monkeypatch.setattr("balcao.console.faults.lists.PAGE", 4)
    for n in range(9):
        case = world.open()
        faults.record("stuck", f"triage:{n}", "r", world.agency.pk, case.pk, {"why": "triage", "days": 5})
    operator.get("/console/faults/")
    address, seen = "?kind=stuck", []
    while address:
        with django_assert_max_num_queries(12):
            page = operator.get(f"/console/faults/{address}")
        seen += [r["fault"].pk for r in page.context["rows"]]
        address = page.context["next"]
    assert len(seen) == len(set(seen)) == 9


def test_the_page_of_the_case_says_what_did_not_arrive_and_leads_to_its_mending(world, mailbox, operator):
    case, _delivery, fault = given_up(world)
    page = operator.get(f"/console/cases/{case.pk}/").content.decode()
    assert "knows no such address" in page and f"/console/faults/{fault.pk}/" in page
    assert "the mail server answered" not in page  # the log's words


def told():
    for event in Event.objects.filter(kind="FaultGiven"):
        react(event.pk, "balcao.inbox.alarms.tell_given")


def test_the_colleague_to_whom_a_fault_is_given_gets_an_email(world, operator):
    fault = faults.record("stuck", "triage:1", "r", agency_id=world.agency.pk, data={"why": "triage", "days": 5})
    administrator = world.staff["administrator"]
    operator.post(f"/console/faults/{fault.pk}/reassign/", {"staff": administrator.pk})
    told()
    letter = Message.objects.get(staff=administrator, purpose="alarm")
    assert f"/console/faults/{fault.pk}/" in letter.body and letter.deliveries.get().address == administrator.email
    operator.post(f"/console/faults/{fault.pk}/reassign/", {"staff": world.staff["supervisor"].pk})
    told()
    assert Message.objects.filter(purpose="alarm").count() == 1  # nobody writes to themselves


def test_a_case_that_stands_still_is_opened_from_its_fault_in_the_readers_words(world, operator):
    case = world.open()
    fault = faults.record("stuck", "t:1", "Too long in triage.", agency_id=world.agency.pk, case_id=case.pk,
                          data={"why": "citizen", "days": 5})  # fmt: skip
    text = operator.get(f"/console/faults/{fault.pk}/").content.decode()
    assert "Too long in triage." not in text and f'href="/console/cases/{case.pk}/" data-shortcut="r"' in text


def test_every_kind_of_fault_has_its_words_in_the_readers_language_and_its_filter(world, operator):
    agency = world.agency.pk
    faults.record("replay", "sp:file.csv", "Replay: 3 rows", agency, data={"refused": {"no service": 2, "no body": 1}})
    faults.record("alarm", "7", "The alarm of deadline 7 could not sound.", agency, data={"deadline_id": 7})
    faults.record("job", "x:1", "The job x failed.", agency, data={"job_id": 1, "task": "inbox.deliver"})
    faults.record("disk", "files", "Only 3 MB are free for the files.", agency, data={"megabytes": 3})
    page = operator.get("/console/faults/").content.decode()
    for fault in Fault.objects.all():
        said = of(fault)
        assert said.title in page and said.hint and f"kind={fault.kind}" in page
        with override("pt-br"):
            translated = of(fault)
        assert said.title != translated.title and said.why != translated.why and said.hint != translated.hint
    only = operator.get("/console/faults/?kind=replay").content.decode()
    assert "3 " in only and "inbox.deliver" not in only
