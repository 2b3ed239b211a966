"""The API put together: `/api/…`, its description at `/api/openapi.json`, read by people at `/api/docs`."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.generic import RedirectView
from ninja import NinjaAPI, Swagger

from . import (
    alarms,
    catalogue,
    faults,
    figures,
    incidents,
    keys,
    live,
    logs,
    orders,
    privacy,
    staff,
    talk_acts,
    talk_figures,
    talk_passing,
    talk_ready,
    talks,
)
from .cases import acting, clocks, opening, reading, router
from .door import Api, Key, install_problems
from .settings.urls import router as settings
from .webhooks import calls as webhooks
from .words import CarefulParser

TAGS = {
    "cases": "Demands, from the opening to the answer, and the files that come with them.",
    "conversations": "The inbox: who waits, what was said, and what is done; in a colleague's name where one speaks.",
    "orders": "What an area must do, its reports, and their review.",
    "known problems": "One problem that many ask about: told to everybody, answered once for all.",
    "alarms": "Dates that come near or have passed.",
    "catalogue": "What can be asked, who acts, and where: for whoever opens demands.",
    "settings": "The catalogue, the areas, the places, the calendars, the letters and the matrix, to be kept.",
    "staff": "Colleagues and roles. No key gives more than it holds.",
    "keys": "Other keys, never with more than the calling one has. A secret is told once.",
    "webhooks": "Which systems are told what, what became of each message, and telling it again.",
    "logs": "Who changed which setting, and who read which demand.",
    "faults": "What an operator could mend.",
    "figures": "The published tables.",
    "privacy": "Copies, erasure, holds and retention, each with its dry run.",
}


class Docs(Swagger):
    """Swagger's page with a language, a name and a heading: its own has none."""

    def render_page(self, request: HttpRequest, api: NinjaAPI, **kwargs: Any) -> HttpResponse:
        shown = {**self.settings, "url": self.get_openapi_url(api, kwargs)}
        return render(request, "api/docs.html", {"api": api, "swagger_settings": json.dumps(shown)})


api = Api(
    title="Balcão",
    version="1",
    description=(
        "What staff do in the console, for other systems, by the same actions. Each call carries a key, made in the "
        "console under Settings, Keys: `Authorization: Bearer balcao_…`. A key has scopes (each operation names its "
        "own in `x-scopes`), perhaps areas, and quotas: past them it is told to wait (429, `Retry-After`). Errors are "
        "problems (RFC 9457) whose `detail` is a sentence for people, in the language of `Accept-Language`. Changes "
        "may carry the `version` that you read: a newer one on our side is answered with 409, and nothing is lost."
    ),
    urls_namespace="api",
    auth=Key(),
    docs=Docs(settings={"persistAuthorization": False, "tryItOutEnabled": False}),
    parser=CarefulParser(),
    openapi_extra={"tags": [{"name": name, "description": words} for name, words in TAGS.items()]},
)
install_problems(api)
api.add_router("/cases", router)
api.add_router("", opening.files)
api.add_router("/conversations", talks.router)
api.add_router("/orders", orders.router)
api.add_router("/incidents", incidents.router)
api.add_router("/alarms", alarms.router)
api.add_router("/settings", settings)
api.add_router("/staff", staff.router)
api.add_router("", staff.roles)
api.add_router("/keys", keys.router)
api.add_router("/webhooks", webhooks.router)
api.add_router("", logs.router)
api.add_router("/faults", faults.router)
api.add_router("/figures", figures.router)
api.add_router("/conversation-figures", talk_figures.router)
api.add_router("/city", live.router)
api.add_router("/privacy", privacy.router)
api.add_router("", catalogue.router)

OPERATIONS = (acting, clocks, opening, reading, talk_acts, talk_passing, talk_ready)  # each added its own to its router

urlpatterns = [path("", RedirectView.as_view(pattern_name="api:openapi-view"), name="api_home"), path("", api.urls)]
