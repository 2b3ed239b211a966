from django.apps import AppConfig


class CitizensApp(AppConfig):
    name = "balcao.citizens"
    label = "citizens"
