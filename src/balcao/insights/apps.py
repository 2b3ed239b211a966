from django.apps import AppConfig


class InsightsApp(AppConfig):
    name = "balcao.insights"
    label = "insights"
