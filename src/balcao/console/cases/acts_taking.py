"""Taking a case on, and letting go of it: one press each, beside the state."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import assume_case, let_go_of_case
from balcao.cases.models import Case
from balcao.platform.actors import Actor

from .acts import Act, Ask


def _assume(ask: Ask) -> str:
    assume_case(actor=ask.actor, case=ask.case, version=ask.version)
    return _("It is with you. Your colleagues see it in the list.")


def _let_go(ask: Ask) -> str:
    let_go_of_case(actor=ask.actor, case=ask.case, version=ask.version)
    return _("It is with nobody in particular: whoever comes next takes it.")


def _open(case: Case) -> bool:
    return case.closed_at is None


ASSUME = Act(
    code="assume",
    label=gettext_lazy("Take it on"),
    icon="user",
    key="t",
    run=_assume,
    submit=gettext_lazy("Take it on"),
    condition=_open,
    help=gettext_lazy("Your colleagues then see that it is with you. It stays where it is, and they may still act."),
)
LET_GO = Act(
    code="let-go",
    label=gettext_lazy("Let go of it"),
    icon="reply",
    run=_let_go,
    submit=gettext_lazy("Let go of it"),
    condition=lambda case: _open(case) and case.attendant_id is not None,
    help=gettext_lazy("It is then with nobody in particular: whoever comes next takes it."),
)


def taking(case: Case, actor: Actor) -> Act | None:
    """The one of the two that the page offers: to take what is not the reader's, or to let go of what is."""
    act = LET_GO if case.attendant_id == actor.id else ASSUME
    return act if act.offered(case, actor) else None
