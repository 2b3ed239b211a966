"""Addresses."""

from django.urls import path

from . import canned, pages

urlpatterns = [
    path("", pages.inbox, name="inbox"),
    path("next/", pages.following, name="inbox_next"),
    path("beat/", pages.beating, name="inbox_beat"),
    path("away/", pages.away, name="inbox_away"),
    path("<int:pk>/", pages.talk, name="talk"),
    path("<int:pk>/typing/", pages.typing, name="talk_typing"),
    path("<int:pk>/files/<uuid:uuid>/", pages.file, name="talk_file"),
    path("<int:pk>/canned/", canned.canned, name="talk_canned"),
    path("<int:pk>/<slug:code>/", pages.act, name="talk_act"),
]
