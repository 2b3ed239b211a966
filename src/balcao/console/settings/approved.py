"""The approved templates of the agency's numbers: what there is, and what letters leave by."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from balcao.console.shell import StaffRequest, render, staff_page
from balcao.inbox.approved.actions import set_for_letters, synchronise, unset_for_letters
from balcao.inbox.approved.outside import FETCHERS
from balcao.inbox.approved.wording import LETTER_VARIABLES
from balcao.inbox.models import Account, ApprovedTemplate
from balcao.inbox.replies.wording import VARIABLES
from balcao.platform.errors import Refusal

from .editing import edit_page, own_agency

HERE = "console:settings_templates"


@staff_page("settings.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """By number, the newest word of the provider on each."""
    found = ApprovedTemplate.objects.filter(account__agency=own_agency(request)).select_related("account")
    rows = list(found.order_by("account__name", "account_id", "name", "language"))
    return render(request, "console/settings/templates.html", {"rows": rows, "accounts": _accounts(request)})


def _accounts(request: StaffRequest) -> list[Account]:
    mine = Account.objects.filter(agency=own_agency(request), channel__in=list(FETCHERS), is_active=True)
    return list(mine.order_by("pk"))


@staff_page("settings.edit")
@require_POST
def fetch(request: StaffRequest) -> HttpResponse:
    """Ask the provider now, for each number."""
    told = 0
    for account in _accounts(request):
        try:
            told += synchronise(actor=request.actor, account=account)
        except Refusal as refusal:
            messages.error(request, f"{account.name}: {refusal.sentence}")
    if told:
        messages.success(request, ngettext("%(n)s template is here.", "%(n)s templates are here.", told) % {"n": told})
    return redirect(HERE)


class LettersForm(forms.Form):
    """One field for each variable, and whether letters leave by it at all."""

    use_required_attribute = False
    for_letters = forms.BooleanField(required=False)

    def __init__(self, *args: object, template: ApprovedTemplate, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.template = template
        self.fields["for_letters"].label = _("Letters leave by it when more than 24 hours have passed")
        self.fields["for_letters"].help_text = _("Then the letter itself follows as soon as the person answers.")
        self.fields["for_letters"].initial = template.for_letters
        for place, name in enumerate(template.variables):
            said = template.fillings[place] if place < len(template.fillings) else ""
            self.fields[f"value-{place}"] = forms.CharField(
                label=_("What stands for {{%(name)s}}") % {"name": name}, max_length=300, required=False, initial=said
            )

    @property
    def fillings(self) -> list[str]:
        return [self.cleaned_data.get(f"value-{place}", "") for place in range(len(self.template.variables))]


@staff_page("settings.edit")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Whether letters leave by a template, and what stands for its variables then."""
    mine = ApprovedTemplate.objects.select_related("account").filter(account__agency=own_agency(request))
    template = get_object_or_404(mine, pk=pk)
    form = LettersForm(request.POST or None, template=template)

    def keep(given: dict[str, object]) -> ApprovedTemplate:
        if not given["for_letters"]:
            return unset_for_letters(actor=request.actor, template=template)
        return set_for_letters(actor=request.actor, template=template, fillings=form.fillings)

    known = ", ".join(f"{{{name}}}" for name in (*VARIABLES, *LETTER_VARIABLES))
    return edit_page(
        request,
        form,
        action=keep,
        done=_("Saved."),
        back=lambda _done: reverse(HERE),
        title=str(template),
        trail=[(_("WhatsApp templates"), reverse(HERE))],
        fieldsets=[("", _("These are filled in: %(which)s.") % {"which": known}, list(form.fields))],
        template="console/settings/template.html",
        approved=template,
    )
