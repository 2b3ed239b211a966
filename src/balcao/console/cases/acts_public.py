"""What everybody may see of a case of a public service: reviewed, shown, taken back."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.cases.actions import publish_case, unpublish_case
from balcao.cases.actions.publishing import MOST, may_be_published, suggested
from balcao.cases.models import Attachment, Case, Publication

from .acts import Act, Ask, Field


def _shown_now(case: Case) -> Publication | None:
    return Publication.objects.filter(case=case, withdrawn_at=None).first()


def _photos(case: Case) -> list[Attachment]:
    """The pictures that the citizen may open, in the order of the case's page."""
    held = Attachment.objects.filter(case=case, file__kind="image", public=True)
    return list(held.select_related("file").order_by("pk"))


def _chosen(ask: Ask) -> list[int]:
    """The photos that are ticked: those of the form, or those that are shown now."""
    photos = _photos(ask.case)
    if not ask.bound:
        return [one.pk for one in photos if one.published]
    return [one.pk for one in photos if ask.typed(f"photo_{one.pk}")]


def _fields(ask: Ask) -> list[Field]:
    now = _shown_now(ask.case)
    fields = [
        ask.field(
            "text",
            _("What others read"),
            default=now.text if now else suggested(ask.case),
            type="textarea",
            rows=6,
            required=True,
            maxlength=MOST,
            help=_("Leave out names, numbers, plates, and whatever tells who asked or who is complained about."),
            attrs={"autofocus": True},
        )
    ]
    chosen = _chosen(ask)
    for n, one in enumerate(_photos(ask.case), start=1):
        fields.append(
            {
                "name": f"photo_{one.pk}",
                "label": _("Show photo %(n)s") % {"n": n},
                "type": "checkbox",
                "value": one.pk in chosen,
                "help": _("Only without faces, plates or the inside of a home."),
            }
        )
    if ask.case.lat is not None and not ask.case.service.coarse_location:
        exact = bool(ask.typed("exact_place")) if ask.bound else bool(now and now.exact_place)
        fields.append(
            {
                "name": "exact_place",
                "label": _("Show how far it is, to ten metres"),
                "type": "checkbox",
                "value": exact,
                "help": _("Otherwise only the block. Not for what happens at somebody's home."),
            }
        )
    return fields


def _preview(ask: Ask) -> dict[str, Any]:
    return {"to_show": _photos(ask.case)}


def _publish(ask: Ask) -> str:
    publish_case(
        actor=ask.actor,
        case=ask.case,
        text=ask.typed("text"),
        photos=_chosen(ask),
        exact_place=bool(ask.typed("exact_place")),
        version=ask.version,
    )
    return _("Reviewed: neighbours who ask for the same now see it.")


def _unpublish(ask: Ask) -> str:
    unpublish_case(actor=ask.actor, case=ask.case, version=ask.version)
    return _("Taken back: nobody else sees its text and photos any more.")


PUBLISH = Act(
    code="publish",
    label=gettext_lazy("Review for neighbours"),
    icon="eye",
    key="v",
    permissions=["case.publish"],
    fields=_fields,
    run=_publish,
    submit=gettext_lazy("Show this to others"),
    help=gettext_lazy("Until somebody reviews it, others see only the service, the block and the day."),
    condition=may_be_published,
    shown=_preview,
    template="console/cases/_to_show.html",
)
UNPUBLISH = Act(
    code="unpublish",
    label=gettext_lazy("Take back what others see"),
    icon="eye-off",
    permissions=["case.publish"],
    run=_unpublish,
    submit=gettext_lazy("Take it back"),
    help=gettext_lazy("Its text and photos disappear for others at once. The demand itself goes on."),
    condition=lambda case: _shown_now(case) is not None,
)
