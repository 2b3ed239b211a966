"""Addresses."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.alarms, name="alarms"),
    path("bell/", pages.bell, name="bell"),
]
