"""The web room as a Django app: design tokens, components, layouts and front-end sources; it has no models."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "balcao.web"
    label = "web"
    verbose_name = "Web"
