"""Staff: who works here, in which areas, with which roles."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from balcao.console.shell import StaffRequest, attempt, render, staff_page
from balcao.inbox.inviting import invite_staff, send_invitation
from balcao.organization.actions import change_staff, give_role, reset_second_factor, take_role
from balcao.organization.models import Agency, Area, Membership, Role, Staff
from balcao.platform.errors import Invalid, Refusal
from balcao.platform.search import SortKey

from .editing import AgencyForm, edit_page, mine, own_agency

EVERYWHERE = "everywhere"


class RoleGiven(forms.Form):
    """A role, and where it holds."""

    use_required_attribute = False
    role = forms.ModelChoiceField(Role.objects.none(), label=gettext_lazy("Role"), empty_label=gettext_lazy("Choose…"))
    area = forms.ChoiceField(
        label=gettext_lazy("Where does the role hold?"),
        error_messages={"required": gettext_lazy("Choose the area in which the role holds, or the whole agency.")},
        help_text=gettext_lazy(
            "Managers and field agents belong to an area; attendants and supervisors to the whole agency."
        ),
    )

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].queryset = Role.objects.filter(agency=agency).order_by("pk")  # type: ignore[attr-defined]
        areas = Area.objects.filter(agency=agency, is_active=True).order_by(SortKey("name"))
        self.areas = {str(area.pk): area for area in areas}
        self.fields["area"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose…")),
            (_("One area"), [(pk, area.name) for pk, area in self.areas.items()]),
            (_("Every area"), [(EVERYWHERE, _("The whole agency: every area and every demand"))]),
        ]

    def given(self) -> dict[str, Any]:
        """What the actions take: the role, and one area or everywhere, as it was said."""
        where = self.cleaned_data["area"]
        return {"role": self.cleaned_data["role"], "area": self.areas.get(where), "everywhere": where == EVERYWHERE}


class InviteForm(RoleGiven):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), help_text=gettext_lazy("The invitation goes there; they sign in with it.")
    )
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)
    field_order = ["name", "email", "locale", "role", "area"]


class StaffForm(AgencyForm):
    locale = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    class Meta:
        model = Staff
        fields = ["name", "email", "locale", "is_active"]
        labels = {"is_active": gettext_lazy("May sign in"), "email": gettext_lazy("E-mail")}
        help_texts = {
            "is_active": gettext_lazy("Off: they cannot sign in any more. What they did stays in the history.")
        }


@staff_page("staff.edit")
def listing(request: StaffRequest) -> HttpResponse:
    """Everybody by name, and the roles with what they allow."""
    agency = own_agency(request)
    staff = Staff.objects.filter(agency=agency).prefetch_related("memberships__role", "memberships__area")
    if query := request.GET.get("q", "").strip():
        staff = staff.filter(Q(name__icontains=query) | Q(email__icontains=query))
    context = {
        "people": staff.order_by("-is_active", SortKey("name"))[:500],
        "roles": Role.objects.filter(agency=agency).order_by("pk"),
        "q": query,
    }
    return render(request, "console/settings/staff.html", context)


@staff_page("staff.edit")
def invite(request: StaffRequest) -> HttpResponse:
    """Invite a colleague: they get a letter with a link and choose their own password."""
    agency = own_agency(request)

    form = InviteForm(request.POST or None, agency=agency, initial={"locale": agency.locale})

    def run(data: dict[str, Any]) -> Staff:
        return invite_staff(
            actor=request.actor,
            agency=agency,
            name=data["name"],
            email=data["email"],
            locale=data["locale"],
            **form.given(),
        )

    return edit_page(
        request,
        form,
        action=run,
        done=_("The invitation is on its way."),
        back=lambda staff: reverse("console:settings_person", args=[staff.pk]),
        title=_("Invite a colleague"),
        trail=[(_("Staff and roles"), reverse("console:settings_staff"))],
        fieldsets=[("", "", ["name", "email", "locale"]), (_("What may this colleague do?"), "", ["role", "area"])],
        submit=_("Send the invitation"),
    )


@staff_page("staff.edit")
def edit(request: StaffRequest, pk: int) -> HttpResponse:
    """One colleague: name, roles, sign-in."""
    person = mine(Staff, request, pk)
    agency = own_agency(request)
    form = StaffForm(request.POST or None, instance=person, agency=agency)
    return _page(request, person, form, RoleGiven(agency=agency))


def _page(request: StaffRequest, person: Staff, form: StaffForm, role_form: RoleGiven) -> HttpResponse:
    return edit_page(
        request,
        form,
        action=lambda obj: change_staff(actor=request.actor, staff=obj),
        done=_("Saved."),
        back=lambda obj: reverse("console:settings_person", args=[obj.pk]),
        title=person.name,
        trail=[(_("Staff and roles"), reverse("console:settings_staff"))],
        fieldsets=[("", "", ["name", "email", "locale", "is_active"])],
        template="console/settings/person.html",
        person=person,
        memberships=person.memberships.select_related("role", "area"),
        role_form=role_form,
        invited=not person.has_usable_password(),
        second_factor=Authenticator.objects.filter(user=person).exists(),
    )


@staff_page("staff.edit")
def act(request: StaffRequest, pk: int, what: str) -> HttpResponse:
    """The small forms of a colleague's page."""
    person = mine(Staff, request, pk)
    if what not in {"give", "take", "invite", "reset-mfa"}:
        raise Http404
    if request.method == "POST" and what == "give":
        agency = own_agency(request)
        form = RoleGiven(request.POST, agency=agency)
        if not (form.is_valid() and _give(request, person, form)):
            request.method = "GET"  # the colleague's own form is shown as it is; only the role again as chosen
            return _page(request, person, StaffForm(instance=person, agency=agency), form)
    elif request.method == "POST":
        _act(request, person, what)
    return redirect("console:settings_person", pk=pk)


def _give(request: StaffRequest, person: Staff, form: RoleGiven) -> bool:
    """Give the role; what was wrong stands at its field."""
    try:
        give_role(actor=request.actor, staff=person, **form.given())
    except Refusal as error:
        form.add_error("area" if isinstance(error, Invalid) else None, str(error.sentence))
        return False
    messages.success(request, _("The role is given."))
    return True


def _act(request: StaffRequest, person: Staff, what: str) -> None:
    actor = request.actor
    if what == "take":
        chosen = request.POST.get("membership", "")
        membership = Membership.objects.filter(pk=chosen if chosen.isdigit() else 0, staff=person).first()
        if membership is not None:
            attempt(request, lambda: take_role(actor=actor, membership=membership), _("The role is taken away."))
    elif what == "invite":
        attempt(request, lambda: send_invitation(actor=actor, staff=person), _("A new invitation is on its way."))
    else:
        attempt(
            request,
            lambda: reset_second_factor(actor=actor, staff=person),
            _("The second factor is reset. They set up a new one when they next sign in."),
        )
