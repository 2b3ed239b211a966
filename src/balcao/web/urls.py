"""The gallery of components: only where settings.GALLERY is on (the project's urls.py sees to that)."""

from django.urls import path

from . import gallery

app_name = "gallery"
urlpatterns = [
    path("", gallery.components, name="components"),
    path("console/", gallery.console, name="console"),
    path("map/", gallery.map_page, name="map"),
    path("error/<int:code>/", gallery.error, name="error"),
]
