from django.apps import AppConfig


class EmailApp(AppConfig):
    name = "balcao.channels.email"
    label = "email"
