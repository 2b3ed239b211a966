"""Where everything stands. Each face keeps its own list of addresses."""

from django.conf import settings
from django.urls import include, path

from balcao.web.errors import refused

urlpatterns = [
    path("open311/", include("balcao.channels.open311.urls")),
    path("whatsapp/", include("balcao.channels.whatsapp.urls")),
    path("chat/", include("balcao.channels.webchat.urls")),
    path("transparencia/", include("balcao.insights.urls")),
    path("console/account/", include("balcao.console.sign_in")),
    path("console/", include("balcao.console.urls")),
    path("api/", include("balcao.api.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("balcao.platform.urls")),
    path("", include("balcao.channels.portal.urls")),  # last: whatever has no prefix is compared with each in turn
    path("recusado/<int:status>/", refused, name="refused"),  # config/pages.py shows it in place of another
]
if settings.GALLERY:
    urlpatterns += [path("_gallery/", include("balcao.web.urls"))]

handler400 = "balcao.web.errors.bad_request"
handler403 = "balcao.web.errors.forbidden"
handler404 = "balcao.web.errors.not_found"
handler500 = "balcao.web.errors.server_error"
