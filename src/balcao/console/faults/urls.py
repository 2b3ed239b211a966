"""Addresses."""

from django.urls import path

from . import lists, mending

urlpatterns = [
    path("", lists.faults, name="faults"),
    path("retry/", mending.retry_all, name="faults_retry"),
    path("<int:fault_id>/", mending.page, name="fault"),
    path("<int:fault_id>/<slug:verb>/", mending.act, name="fault_act"),
]
