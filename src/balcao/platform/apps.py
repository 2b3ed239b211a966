from django.apps import AppConfig


class PlatformApp(AppConfig):
    name = "balcao.platform"
    label = "platform"

    def ready(self) -> None:
        from django.db.backends.signals import connection_created

        from .moments import read_moments

        connection_created.connect(read_moments)
