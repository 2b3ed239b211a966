from django.apps import AppConfig


class Open311App(AppConfig):
    name = "balcao.channels.open311"
    label = "open311"
