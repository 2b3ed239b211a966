from django.apps import AppConfig


class PortalApp(AppConfig):
    name = "balcao.channels.portal"
    label = "portal"
