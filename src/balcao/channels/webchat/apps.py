from django.apps import AppConfig


class WebChatApp(AppConfig):
    name = "balcao.channels.webchat"
    label = "webchat"
