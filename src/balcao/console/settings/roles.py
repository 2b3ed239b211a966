"""Roles: what each allows."""

from __future__ import annotations

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, staff_page
from balcao.organization.actions import change_role, remove_role
from balcao.organization.models import Role
from balcao.organization.permissions import PERMISSIONS

from .editing import AgencyForm, edit_page, mine, own_agency, remove_page


class RoleForm(AgencyForm):
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("What may they do?"),
        choices=list(PERMISSIONS.items()),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Role
        fields = ["name", "permissions", "mfa_required"]


@staff_page("staff.edit")
def edit(request: StaffRequest, pk: int | None = None) -> HttpResponse:
    """Add a role or change one. Nobody gives a permission that they do not hold."""
    role = mine(Role, request, pk) if pk else None
    return edit_page(
        request,
        RoleForm(request.POST or None, instance=role, agency=own_agency(request)),
        action=lambda obj: change_role(actor=request.actor, role=obj),
        done=_("The role is saved. It holds at once for everybody who has it."),
        back=lambda obj: reverse("console:settings_staff"),
        title=str(role) if role else _("New role"),
        trail=[(_("Staff and roles"), reverse("console:settings_staff"))],
        fieldsets=[("", "", ["name", "permissions", "mfa_required"])],
        remove_url=reverse("console:settings_role_remove", args=[pk]) if pk else "",
    )


@staff_page("staff.edit")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    role = mine(Role, request, pk)
    return remove_page(
        request,
        lambda: remove_role(actor=request.actor, role=role),
        done=_("The role is removed."),
        back=reverse("console:settings_staff"),
        stay=reverse("console:settings_role", args=[pk]),
    )
