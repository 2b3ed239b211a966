"""Addresses."""

from django.urls import path

from . import ending, gathering, pages

urlpatterns = [
    path("", pages.listing, name="incidents"),
    path("new/", pages.edit, name="incident_new"),
    path("<int:pk>/", pages.page, name="incident"),
    path("<int:pk>/edit/", pages.edit, name="incident_edit"),
    path("<int:pk>/gather/", gathering.page, name="incident_gather"),
    path("<int:pk>/report/", ending.report, name="incident_report"),
    path("<int:pk>/withdraw/", ending.withdraw, name="incident_withdraw"),
]
