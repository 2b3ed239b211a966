"""Addresses."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("me/", pages.me, name="me"),
]
