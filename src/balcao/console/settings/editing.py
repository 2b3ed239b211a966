"""What the settings' pages share: whose object it is, a form that ends in an action, removing, and its history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.db import models
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, attempt, render
from balcao.organization.models import Agency
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.history import last_change

from .history import entries_of

M = TypeVar("M", bound=models.Model)
Fieldset = tuple[Any, Any, Sequence[str]]  # legend, a sentence about it, the fields' names


def own_agency(request: StaffRequest) -> Agency:
    """The agency whose settings these are: the one of whoever signed in, whatever the host name."""
    return request.user.agency  # type: ignore[union-attr, return-value]


def mine(model: type[M], request: StaffRequest, pk: int, **also: Any) -> M:
    """The object of the reader's own agency; another agency's does not exist for them."""
    return get_object_or_404(model, pk=pk, agency_id=request.actor.agency_id, **also)


class AgencyForm(forms.ModelForm):
    """A form over an object of one agency: every choice is the agency's own. `stands_for`: a column that the form asks
    for in another shape, and the form's own field where what is wrong with it is shown."""

    use_required_attribute = False
    stands_for: Mapping[str, str] = {}

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agency = agency
        if hasattr(self.instance, "agency_id") and self.instance.pk is None:
            self.instance.agency = agency
        for field in self.fields.values():
            if isinstance(field, forms.ModelChoiceField) and field.queryset is not None:
                field.queryset = field.queryset.filter(agency=agency)


def edit_page(
    request: StaffRequest,
    form: forms.BaseForm,
    *,
    action: Callable[[Any], Any],
    done: str,
    back: Callable[[Any], str],
    title: str,
    trail: Sequence[tuple[Any, str]],
    fieldsets: Sequence[Fieldset],
    folded: Sequence[Fieldset] = (),
    template: str = "console/settings/form.html",
    **context: Any,
) -> HttpResponse:
    """Show `form`; when it is sent and right, run `action(instance)` and go to `back(result)`. A refusal stands beside
    the form, with everything that was typed."""
    instance = getattr(form, "instance", None)
    saved = instance if instance is not None and instance.pk else None
    seen = last_change(saved) if saved is not None else 0
    if request.method == "POST" and form.is_valid():
        if saved is not None and request.POST.get("seen") not in (None, str(seen)):
            form.add_error(
                None,
                _("Somebody else changed this while you were writing. What you typed is kept: look at the history "
                  "beside it, then save again."),
            )  # fmt: skip
        else:
            result = _try(form, action)
            if result is not None:
                messages.success(request, done)
                return redirect(back(result))
    trail = [(gettext_lazy("Settings"), "/console/settings/"), *trail, (title, "")]
    context |= {"form": form, "title": title, "trail": trail, "object": saved, "seen": seen}
    context["sections"] = [
        (legend, help, [form[n] for n in names if n in form.fields]) for legend, help, names in fieldsets
    ]
    context["folded"] = [  # rarely needed: closed, unless something in it is wrong
        (legend, help, [form[n] for n in names], any(n in form.errors for n in names)) for legend, help, names in folded
    ]
    context["history"] = entries_of(saved) if saved is not None else []
    return render(request, template, context)


def _try(form: forms.BaseForm, action: Callable[[Any], Any]) -> Any:
    try:
        return action(form.save(commit=False) if isinstance(form, forms.ModelForm) else form.cleaned_data)
    except Invalid as error:
        field = getattr(form, "stands_for", {}).get(error.field, error.field)
        form.add_error(field if field in form.fields else None, str(error.sentence))
    except Refusal as error:
        form.add_error(None, str(error.sentence))
    return None


def remove_page(request: StaffRequest, action: Callable[[], Any], *, done: str, back: str, stay: str) -> HttpResponse:
    """Remove by POST only; refused, the page that was left shows why."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    return redirect(back if attempt(request, action, done) else stay)
