from django.apps import AppConfig


class CasesApp(AppConfig):
    name = "balcao.cases"
    label = "cases"
