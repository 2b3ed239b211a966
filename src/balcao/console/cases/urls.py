"""Addresses."""

from django.urls import path

from . import files, lists, new, pages

urlpatterns = [
    path("", lists.cases, name="cases"),
    path("unrouted/", lists.unrouted, name="unrouted"),
    path("new/", new.new, name="new_case"),
    path("<int:pk>/", pages.case, name="case"),
    path("<int:pk>/next/", pages.following, name="next_case"),
    path("<int:pk>/reveal/", pages.reveal, name="reveal"),
    path("<int:pk>/files/<uuid:uuid>/", files.file, name="case_file"),
    path("<int:pk>/<slug:code>/", pages.act, name="act"),
]
