"""The wiring is installed when Django is ready."""

from django.apps import AppConfig


class ConfigApp(AppConfig):
    name = "balcao.config"
    label = "config"

    def ready(self) -> None:
        from . import wiring

        wiring.install()
