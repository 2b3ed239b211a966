"""An answer is as long as what the area had to say, and no letter loses it."""

import pytest

from balcao.cases.letters import answer_letter
from balcao.catalog.actions import change_template
from balcao.catalog.models import Template
from balcao.platform.errors import Invalid
from balcao.platform.numbering import format_protocol
from balcao.workorders.actions import accept_report, file_report
from balcao.workorders.models import WorkOrder

pytestmark = pytest.mark.django_db


def test_the_longest_report_can_be_accepted(world):
    """With the greeting around it the draft passes 4,000 characters: the reviewer could only send it back."""
    case = world.open()
    report = file_report(
        actor=world.actor("area_manager"),
        order=WorkOrder.objects.get(case=case),
        outcome="impossible",
        text="a" * 4000,
        impossible_because="b" * 4000,
    )
    answer = accept_report(actor=world.actor("supervisor"), report=report)
    assert "a" * 4000 in answer.body or "b" * 4000 in answer.body


@pytest.mark.parametrize(
    ("purpose", "field"), [("answer_cover", "body"), ("question", "body"), ("receipt", "access_code")]
)
def test_a_letter_cannot_be_edited_until_it_says_nothing(world, purpose, field):
    actor = world.actor("administrator")
    letter = Template(agency=world.agency, purpose=purpose, locale="pt-br", subject="Oi", body="Olá, {{ person }}!")
    with pytest.raises(Invalid):
        change_template(actor=actor, template=letter)
    letter.body += f"\n{{{{ {field} }}}}"
    assert change_template(actor=actor, template=letter).pk


@pytest.mark.parametrize("subject", ["A árvore foi removida", ""])
def test_the_letter_goes_by_the_subject_of_its_answer_or_of_its_outcome(world, subject):
    case = world.open()
    letter = answer_letter(case, outcome="solved", subject=subject, body="Feito.")
    assert letter.subject.startswith(subject or "Seu pedido foi resolvido")
    assert format_protocol(case.protocol) in letter.subject and letter.body.startswith("Feito.")
