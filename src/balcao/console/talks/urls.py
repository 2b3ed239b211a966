"""Below `/console/inbox/figures/`."""

from django.urls import path

from . import pages

urlpatterns = [
    path("", pages.figures, name="talk_figures"),
    path("<slug:code>.csv", pages.download, name="talk_figures_csv"),
]
