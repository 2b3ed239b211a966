"""docs/reference/rules.md: the legal rules of deadlines, with their citations."""

from __future__ import annotations

import inspect

from balcao.clocks import rules as module
from balcao.clocks.rules import Rule, rules

HEAD = """# Rules of deadlines

For the administrator who chooses a service's rule and the lawyer who checks it. Written from `clocks/rules.py` by
`make docs`; do not edit. A service may promise less than the law allows, never more.

"""

COUNTRIES = {"BR": "Brazil", "PT": "Portugal", "": "anywhere"}
STARTS = {
    "next_working_day": "the next working day",
    "next_day": "the next day",
    "immediately": "the moment itself, in working time",
}
ROLLS = {
    "forward_to_full_working_day": "moves to the next day of full office hours",
    "forward_to_working_day": "moves to the next working day",
    "none": "stays where it falls",
}


def _extension(rule: Rule) -> str:
    terms = rule.extension
    if terms is None:
        return "no"
    much = f"{terms.amount} {rule.unit.replace('_', ' ')}" if terms.amount else "at most as much again as was promised"
    times = "once" if terms.times == 1 else f"{terms.times} times"
    return f"{times}, by {much}{', with a reason' if terms.needs_reason else ''}" + (
        f" ({terms.citation})" if terms.citation else ""
    )


def _pause(rule: Rule) -> str:
    if not rule.may_pause:
        return f"no. {rule.no_pause}"
    return f"yes ({rule.pause_citation})" if len(rule.pause_citation) > 1 else "yes, by the agency's own decision"


def text() -> str:
    """The whole page; in English, whatever the language of the installation."""
    from django.utils import translation

    with translation.override("en"):
        doc = inspect.cleandoc(module.__doc__ or "")
        parts = [HEAD, doc.split("\n", 2)[2], "\n"]
        for rule in rules():
            amount = rule.amount if rule.amount is not None else "the service's own number of"
            parts += [
                f"\n## `{rule.slug}`: {rule.name}\n\n",
                f"* **How long**: {amount} {rule.unit.replace('_', ' ')}\n",
                f"* **Counted from**: {STARTS[rule.start]}\n",
                f"* **Its end**: {ROLLS[rule.roll]}\n",
                f"* **May pause**: {_pause(rule)}\n",
                f"* **May be extended**: {_extension(rule)}\n",
                f"* **Where**: {COUNTRIES[rule.jurisdiction]}; version {rule.version}\n",
                f"* **Source**: {rule.citation or 'a promise of the agency'}\n",
            ]
        return "".join(parts)
