"""The staff's face: one list of addresses for each kind of work."""

from django.urls import include, path

app_name = "console"
urlpatterns = [
    path("", include("balcao.console.home.urls")),
    path("city/", include("balcao.console.city.urls")),
    path("inbox/", include("balcao.console.inbox.urls")),
    path("inbox/figures/", include("balcao.console.talks.urls")),
    path("cases/", include("balcao.console.cases.urls")),
    path("orders/", include("balcao.console.orders.urls")),
    path("incidents/", include("balcao.console.incidents.urls")),
    path("alarms/", include("balcao.console.alarms.urls")),
    path("faults/", include("balcao.console.faults.urls")),
    path("privacy/", include("balcao.console.privacy.urls")),
    path("settings/", include("balcao.console.settings.urls")),
]
