"""Where Meta delivers: one address an app."""

from django.urls import path

from .webhook import hook

app_name = "whatsapp"

urlpatterns = [path("<uuid:uuid>/", hook, name="hook")]
