"""Random walks over the real actions, each in a savepoint of its own that is rolled back: a fresh city every time."""

from __future__ import annotations

from collections import Counter

from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from balcao.platform.models import Event


def walk(
    machine: type[RuleBasedStateMachine], *, examples: int, steps: int, beginning: int | None = None
) -> Counter[str]:
    """How many walks met each fact. `beginning`: the same walks at every run, so that what they reach may be asserted.

    Within one run Hypothesis varies what it has found, and what it draws hangs on every constant in our modules: a few
    walks from each of several beginnings get about whatever is written elsewhere, many from one only by luck."""
    met: Counter[str] = Counter()

    class Fresh(machine):
        def __init__(self) -> None:
            self.atomic = transaction.atomic()
            self.atomic.__enter__()
            super().__init__()

        def teardown(self) -> None:
            met.update(set(Event.objects.values_list("kind", flat=True)))
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    run_state_machine_as_test(
        Fresh if beginning is None else seed(beginning)(Fresh),
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            suppress_health_check=list(HealthCheck),
            database=None,
            # Shrinking a machine over a real database takes longer than reading its steps.
            phases=[Phase.explicit, Phase.generate],
        ),
    )
    return met
