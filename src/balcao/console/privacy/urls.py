"""Addresses."""

from django.urls import path

from . import pages, table

urlpatterns = [
    path("", pages.index, name="privacy"),
    path("person/<int:pk>/", pages.person, name="privacy_person"),
    path("person/<int:pk>/export/", pages.export, name="privacy_export"),
    path("person/<int:pk>/erase/", pages.erase, name="privacy_erase"),
    path("person/<int:pk>/hold/", pages.hold, name="privacy_hold"),
    path("holds/<int:pk>/lift/", pages.lift, name="privacy_lift"),
    path("table/", table.new, name="privacy_rule_new"),
    path("table/<int:pk>/", table.edit, name="privacy_rule"),
    path("table/<int:pk>/remove/", table.remove, name="privacy_rule_remove"),
    path("retain/", table.retain, name="privacy_retain"),
]
