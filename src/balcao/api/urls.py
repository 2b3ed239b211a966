"""The API put together: `/api/…`, its description at `/api/openapi.json`, read by people at `/api/docs`."""

from django.urls import path
from ninja import Swagger

from . import alarms, catalogue, faults, figures, incidents, orders, privacy, staff
from .cases import acting, opening, reading, router
from .door import Api, Key, install_problems
from .settings.urls import router as settings
from .words import CarefulParser


class Docs(Swagger):
    """Swagger's page with a language, a name and a heading: its own has none."""

    template = "api/docs.html"


api = Api(
    title="Balcão",
    version="1",
    description=(
        "Everything that staff do with cases and work orders, for other systems. Each call carries a key, made in the "
        "console under Settings, Keys: `Authorization: Bearer balcao_…`. A key has scopes (each operation names its "
        "own in `x-scopes`), perhaps areas, and quotas: past them it is told to wait (429, `Retry-After`). Errors are "
        "problems (RFC 9457) whose `detail` is a sentence for people, in the language of `Accept-Language`. Changes "
        "may carry the `version` that you read: a newer one on our side is answered with 409, and nothing is lost."
    ),
    urls_namespace="api",
    auth=Key(),
    docs=Docs(settings={"persistAuthorization": False, "tryItOutEnabled": False}),
    parser=CarefulParser(),
)
install_problems(api)
api.add_router("/cases", router)
api.add_router("", opening.files)
api.add_router("/orders", orders.router)
api.add_router("/incidents", incidents.router)
api.add_router("/alarms", alarms.router)
api.add_router("/settings", settings)
api.add_router("/staff", staff.router)
api.add_router("", staff.roles)
api.add_router("/faults", faults.router)
api.add_router("/figures", figures.router)
api.add_router("/privacy", privacy.router)
api.add_router("", catalogue.router)

OPERATIONS = (acting, opening, reading)  # each added its own to the router of cases

urlpatterns = [path("", api.urls)]
