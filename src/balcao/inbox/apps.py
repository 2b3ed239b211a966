from django.apps import AppConfig


class InboxApp(AppConfig):
    name = "balcao.inbox"
    label = "inbox"
