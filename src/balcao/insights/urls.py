"""The public figures' addresses, in Portuguese like the portal's."""

from django.urls import path

from . import pages
from .talks import pages as talks

app_name = "insights"
urlpatterns = [
    path("", pages.city, name="city"),
    path("agora/", pages.now, name="now"),
    path("dados/", pages.data, name="data"),
    path("dados/dicionario.csv", pages.dictionary, name="dictionary"),
    path("dados/<slug:code>.csv", pages.download, name="csv"),
    path("conversas/", talks.talks, name="talks"),
    path("conversas/<slug:code>.csv", talks.download, name="talks_csv"),
    path("<slug:word>/", pages.every, name="all"),
    path("<slug:word>/<slug:slug>/", pages.one, name="one"),
]
