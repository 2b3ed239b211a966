from django.apps import AppConfig


class PlatformApp(AppConfig):
    name = "balcao.platform"
    label = "platform"
