"""Addresses for machines. The live stream, `/stream/`, is no Django view: `config/asgi.py` answers it."""

from django.urls import path

from balcao.platform import health

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]
