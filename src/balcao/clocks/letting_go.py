"""The reasons that people wrote for a pause or for more time, changed where they stand: in their row, and in the
arithmetic that tells of it. The moments and amounts stay, so the date stays explained."""

from collections.abc import Callable

from .models import Deadline, Extension, Pause

WITH_REASON = {"paused", "extended"}


def reword_reasons(case_id: int, said: Callable[[str], str]) -> None:
    """Inside the transaction that takes a person out of a demand: every reason of its clocks, those of its orders
    too, becomes `said(reason)`."""
    for model in (Pause, Extension):
        for row in model.objects.filter(deadline__case_id=case_id):
            row.reason = said(row.reason)
            row.save(update_fields=["reason"])
    for deadline in Deadline.objects.filter(case_id=case_id):
        told = [step for step in deadline.explanation if step["key"] in WITH_REASON]
        for step in told:
            step["params"]["reason"] = said(step["params"]["reason"])
        if told:
            deadline.save(update_fields=["explanation"])
