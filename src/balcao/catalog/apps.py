from django.apps import AppConfig


class CatalogApp(AppConfig):
    name = "balcao.catalog"
    label = "catalog"
