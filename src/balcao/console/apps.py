from django.apps import AppConfig


class ConsoleApp(AppConfig):
    name = "balcao.console"
    label = "console"
