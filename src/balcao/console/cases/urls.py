"""Addresses."""

from django.urls import path

from . import files, lists, new, pages

urlpatterns = [
    path("", lists.cases, name="cases"),
    path("unrouted/", lists.unrouted, name="unrouted"),
    path("new/", new.new, name="new_case"),
    path("new/near/", new.near, name="new_case_near"),
    path("new/receipt/", new.receipt, name="new_case_receipt"),
    path("new/districts.geojson", new.polygons, name="new_case_map"),
    path("<int:pk>/", pages.case, name="case"),
    path("<int:pk>/next/", pages.following, name="next_case"),
    path("<int:pk>/reveal/", pages.reveal, name="reveal"),
    path("<int:pk>/files/<uuid:uuid>/", files.file, name="case_file"),
    path("<int:pk>/<slug:code>/", pages.act, name="act"),
]
