from django.apps import AppConfig


class ClocksApp(AppConfig):
    name = "balcao.clocks"
    label = "clocks"
