"""The form of a service, in parts short enough to be finished: what it is, its charter, its deadline, who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.offering import begin_with_the_law
from balcao.catalog.actions import CHARTER
from balcao.catalog.models import Kind, Service
from balcao.clocks.rules import Rule, rules
from balcao.clocks.worktime import CALENDAR_DAYS, WORKING_DAYS, WORKING_HOURS

from .editing import AgencyForm, Fieldset

LONG = {"who_may_ask", "what_is_needed", "steps", "channels", "where", "legal_basis"}  # light Markdown on the portal

UNITS = {
    CALENDAR_DAYS: gettext_lazy("calendar days"),
    WORKING_DAYS: gettext_lazy("working days"),
    WORKING_HOURS: gettext_lazy("working hours"),
}


@dataclass(frozen=True)
class Part:
    """One page of a service: its sections, those that are rarely needed (folded), and the page that comes after it
    while the service is being written."""

    slug: str
    title: str | Promise
    sections: list[Fieldset]
    folded: list[Fieldset]
    then: str

    @property
    def names(self) -> list[str]:
        return [name for _legend, _help, names in [*self.sections, *self.folded] for name in names]


PARTS = {
    part.slug: part
    for part in (
        Part(
            "service",
            gettext_lazy("Service"),
            [
                (gettext_lazy("The service"), "", ["name", "group", "summary", "keywords"]),
                (gettext_lazy("The demand"), "", ["kinds", "location", "allows_anonymous"]),
            ],
            [(gettext_lazy("Rarely needed"), "", ["is_catch_all", "position"])],
            "service_charter",
        ),
        Part(
            "charter",
            gettext_lazy("Charter"),
            [
                (
                    gettext_lazy("The charter"),
                    gettext_lazy("What everybody has a right to know before they ask (Lei 13.460/2017, art. 7)."),
                    ["who_may_ask", "what_is_needed", "steps", "how_long", "channels", "cost"],
                )
            ],
            [(gettext_lazy("Where there is something to say"), "", ["where", "waiting_time", "legal_basis"])],
            "service_deadline",
        ),
        Part(
            "deadline",
            gettext_lazy("Deadline"),
            [
                (
                    gettext_lazy("The deadline"),
                    gettext_lazy("Open demands keep the date they were promised: a change is for new ones."),
                    ["rule", "amount"],
                )
            ],
            [
                (
                    gettext_lazy("The area's own deadline, and the calendar"),
                    gettext_lazy("The area reports earlier, so that the answer can be read before it goes out."),
                    ["area_rule", "area_amount", "calendar"],
                )
            ],
            "questions",
        ),
        Part(
            "publish",
            gettext_lazy("Publication"),
            [(gettext_lazy("Who sees it"), "", ["is_published", "is_public", "coarse_location"])],
            [],
            "service_publish",
        ),
    )
}


def limit_of(rule: Rule) -> str:
    """ "30 calendar days · Lei …": how long a rule allows, and where that stands."""
    amount = (
        f"{rule.amount} {UNITS[rule.unit]}"
        if rule.amount
        else _("as many %(unit)s as you promise") % {"unit": UNITS[rule.unit]}
    )
    return f"{amount} · {rule.citation}" if rule.citation else amount


class ServiceForm(AgencyForm):
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("Kinds of demand it takes"), choices=Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("Which rule gives the deadline of the answer?"), widget=forms.RadioSelect
    )
    area_rule = forms.ChoiceField(label=gettext_lazy("Which rule gives the area's own deadline?"))

    class Meta:
        model = Service
        fields = [name for part in PARTS.values() for name in part.names]
        widgets = {"location": forms.RadioSelect} | {
            name: forms.Textarea(attrs={"rows": 3})
            for name in ("who_may_ask", "what_is_needed", "steps", "channels", "where", "legal_basis")
        }

    def __init__(self, *args: Any, part: Part, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        allowed = list(rules(self.agency.jurisdiction))
        self.answers = [r for r in allowed if not r.slug.endswith("-area") or r.slug == self.instance.rule]
        self.fields["rule"].choices = [(r.slug, r.name) for r in self.answers]  # type: ignore[attr-defined]
        self.fields["area_rule"].choices = [(r.slug, f"{r.name}: {limit_of(r)}") for r in allowed]  # type: ignore[attr-defined]
        if self.instance.pk is None:
            self.fields["kinds"].initial = [Kind.SOLICITACAO, Kind.RECLAMACAO]
            begin_with_the_law(self.instance)
        texts = {
            "summary": _("What people find when they search. One short sentence, without jargon."),
            "keywords": _("Words that people use for it: “branch, trunk, fallen tree”. The search finds them too."),
            "amount": _("Leave it empty for the whole time of the law. A smaller number is a promise of your own; a "
                        "larger one is not allowed. In the rule's unit."),
            "area_amount": _("How long the area has to report, in its rule's unit. Empty: the whole time of the rule."),
            "calendar": _("Empty: the agency's usual calendar."),
            "is_published": _("Only published services stand on the portal. The charter must be written before."),
            "is_public": _("Neighbours who want to ask for the same see that somebody already did."),
            "is_catch_all": _("Whoever finds nothing on the portal is led here. It never stands among the most asked."),
            "position": _("Smaller numbers stand first in their group."),
            "location": _("Whether people say where it is, with an address or a point on the map."),
        }  # fmt: skip
        for name, text in texts.items():
            self.fields[name].help_text = text
        for name in LONG & set(self.fields):
            self.fields[name].help_text = _("You can use **bold**, *italics*, lists and [links](https://…).")
        for name in CHARTER:
            mark = _("Needed to publish.")
            self.fields[name].help_text = f"{self.fields[name].help_text} {mark}".strip()
        self.fields["position"].label = _("Place in the list")
        self.fields["calendar"].empty_label = _("The usual calendar")  # type: ignore[attr-defined]
        self.fields["group"].label, self.fields["calendar"].label = _("Group"), _("Calendar")
        self.fields["group"].empty_label = _("Choose…")  # type: ignore[attr-defined]
        self.fields["amount"].label = _("Our promise, when shorter than the law")
        self.fields["area_amount"].label = _("The area's time, when shorter")
        for name in set(self.fields) - set(part.names):
            del self.fields[name]

    def rule_options(self) -> list[dict[str, Any]]:
        return [{"value": r.slug, "label": r.name, "help": limit_of(r)} for r in self.answers]
