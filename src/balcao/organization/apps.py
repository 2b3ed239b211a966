from django.apps import AppConfig


class OrganizationApp(AppConfig):
    name = "balcao.organization"
    label = "organization"
