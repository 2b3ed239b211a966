from django.apps import AppConfig


class WorkordersApp(AppConfig):
    name = "balcao.workorders"
    label = "workorders"
