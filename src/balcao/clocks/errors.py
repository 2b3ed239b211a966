"""What a clock refuses, in a sentence that names the law."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from balcao.platform.errors import IllegalMove, Refusal

if TYPE_CHECKING:
    from .rules import Rule


class UnknownRule(Refusal):
    default = _("This deadline rule does not exist. Choose one from the list.")


class LongerThanTheLaw(Refusal):
    """A service may promise less time than the law allows, counted in the same unit."""

    status = 400

    def __init__(self, rule: Rule, amount: int | None, unit: str | None) -> None:
        super().__init__(
            format_lazy(
                _("This amount does not fit the rule “{rule}” ({limit}). Choose a shorter one, in the same unit."),
                rule=rule.name,
                limit=cited(rule),
            ),
            log=f"{rule.slug}: {amount} {unit or rule.unit}, the rule has {rule.amount} {rule.unit}",
        )


class MayNotPause(IllegalMove):
    def __init__(self, rule: Rule) -> None:
        sentence = format_lazy("{why} ({law})", why=rule.no_pause, law=rule.citation)
        super().__init__(sentence, log=f"{rule.slug}: no pause")


class MayNotExtend(IllegalMove):
    def __init__(self, rule: Rule, log: str) -> None:
        text = (
            _("This deadline has been extended as far as the rule allows ({law}).")
            if rule.extension
            else _("This deadline cannot be extended: the rule gives no extension ({law}).")
        )
        super().__init__(format_lazy(text, law=cited(rule)), log=f"{rule.slug}: {log}")


class NeedsReason(Refusal):
    status = 400
    default = _("Please write the reason: the person who is waiting will read it.")


class AlreadyPassed(IllegalMove):
    default = _("The date has already passed, so it can no longer be moved. Answer as soon as you can.")


class NoLaterThanPromised(IllegalMove):
    default = _("The area's date already stands with the date promised to the citizen. Extend that one first.")


class NotRunning(IllegalMove):
    default = _("This clock is not running, so this cannot be done. Reload the page to see where it stands.")


def cited(rule: Rule) -> str:
    return rule.citation or str(rule.name)
