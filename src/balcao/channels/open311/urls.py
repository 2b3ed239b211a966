"""GeoReport's addresses, as the specification writes them."""

from django.urls import path

from . import discovery, filing, reading, services, updates
from .calls import resource
from .wire import errors

app_name = "open311"


def nothing(request, rest: str):  # type: ignore[no-untyped-def]
    """Any other address below ours: an error that a client can read."""
    form = "json" if rest.endswith(".json") else "xml"
    return errors(form, 404, ["There is no such resource. The format must be .xml or .json."])


urlpatterns = [
    path("discovery.<str:form>", resource(get=discovery.document), name="discovery"),
    path("v2/discovery.<str:form>", resource(get=discovery.document), name="discovery-beside"),
    path("v2/services.<str:form>", resource(get=services.listing), name="services"),
    path("v2/services/<str:code>.<str:form>", resource(get=services.definition), name="service"),
    path("v2/requests.<str:form>", resource(get=reading.listing, post=filing.file), name="requests"),
    path("v2/requests/<str:number>.<str:form>", resource(get=reading.one), name="request"),
    path("v2/tokens/<str:token>.<str:form>", resource(get=reading.token), name="token"),
    path(
        "v2/servicerequestupdates.<str:form>",
        resource(get=updates.listing, post=updates.post),
        name="updates",
    ),
    path("<path:rest>", nothing, name="nothing"),
]
