"""Addresses."""

from django.urls import path

from . import pages

urlpatterns = [path("", pages.city, name="city")]
